import { describe, expect, it } from 'vitest';
import type { Principal } from '../../../src/tenancy/index.ts';
import { locate, splitPath } from '../../../src/vfs/locate.ts';

const alice: Principal = { account: 'default', user: 'alice', role: 'user' };

function kindOf(path: string, principal = alice): string {
  const place = locate(path, principal);
  return 'frame' in place && place.frame ? 'frame' : place.kind;
}

describe('where a path of the mount leads', () => {
  it.each([
    ['/', 'root'],
    ['/resources', 'frame'],
    ['/resources/a.md', 'tree'],
    ['/resources//a///b/', 'tree'],
    ['/user', 'users'],
    ['/user/alice', 'frame'],
    ['/user/alice/memories', 'frame'],
    ['/user/alice/profile.md', 'tree'],
    ['/user/alice/notes.md', 'tree'],
    ['/user/alice/memories/events/x.md', 'tree'],
    ['/user/alice/sessions', 'sessions'],
    ['/user/alice/sessions/s1', 'session'],
    ['/user/alice/sessions/s1/history/archive_001/x', 'session'],
    ['/user/memories', 'link'],
    ['/session', 'link'],
    ['/~', 'link'],
    ['/.viking', 'control'],
    ['/.viking/status', 'control'],
    ['/.abstract.md', 'magic'],
    ['/user/.overview.md', 'magic'],
    ['/resources/docs/.relations.json', 'magic'],
    ['/user/alice/sessions/s1/.overview.md', 'magic'],
    ['/resources/.find', 'find'],
    ['/resources/docs/.find/how?/01-a.md', 'find'],
  ])('%s is %s', (path, kind) => expect(kindOf(path)).toBe(kind));

  it.each([
    '/other',
    '/user/bob',
    '/user/bob/memories',
    '/temp/x',
    '/agent',
    '/resources/.vikingfs-0123.tmp',
  ])('%s does not exist', (path) => expect(kindOf(path)).toBe('absent'));

  it('keeps the state of a session apart from the index of other directories', () => {
    expect(kindOf('/user/alice/sessions/s1/.meta.json')).toBe('session');
    expect(kindOf('/user/alice/sessions/s1/history/archive_001/.meta.json')).toBe('session');
    expect(kindOf('/user/alice/sessions/.meta.json')).toBe('magic');
  });

  it('hides other peers from an actor peer only', () => {
    const narrowed: Principal = { ...alice, actorPeer: 'bot' };
    expect(kindOf('/user/alice/peers/bot/memories/a.md', narrowed)).toBe('tree');
    expect(kindOf('/user/alice/peers/other', narrowed)).toBe('absent');
    expect(kindOf('/user/alice/peers/other/.find/q', narrowed)).toBe('absent');
    expect(kindOf('/user/alice/peers/other')).toBe('tree');
  });

  it.each([
    ['/resources/../x', 'EINVAL'],
    ['/resources/./x', 'EINVAL'],
    ['/resources/a\0b', 'EINVAL'],
    [`/resources/${'n'.repeat(256)}`, 'ENAMETOOLONG'],
    [`/resources/${'日'.repeat(86)}`, 'ENAMETOOLONG'],
    ['/resources/latin-\ufffd', 'EILSEQ'],
    ['/resources/\ud800', 'EILSEQ'],
  ])('refuses %j with %s', (path, code) => {
    expect(() => locate(path, alice)).toThrowError(expect.objectContaining({ code }));
  });

  it('takes names of exactly 255 bytes', () => {
    expect(splitPath(`/resources/${'日'.repeat(85)}`)).toHaveLength(2);
  });
});
