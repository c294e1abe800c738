import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { createChanges } from '../../../src/core/changes.ts';
import { createJournal } from '../../../src/core/journal.ts';
import { VikingUri } from '../../../src/uri/index.ts';
import { eventually } from '../../helpers/eventually.ts';

function setUp() {
  const touched: string[][] = [];
  const events: string[] = [];
  const changes = createChanges({
    touch: (paths) => void touched.push([...paths]),
    event: (_account, uri, origin) => void events.push(`${origin} ${uri}`),
  });
  return { changes, touched, events };
}

describe('changes', () => {
  it('gathers a burst into one message to the worker', async () => {
    const { changes, touched } = setUp();
    for (let index = 0; index < 100; index++) changes.report([`default/resources/${index % 10}.md`], 'mount');
    await eventually(() => touched.length > 0, { what: 'the gathered hints' });
    expect(touched).toHaveLength(1);
    expect(touched[0]).toHaveLength(10);
  });

  it('keeps many changes back until whoever makes them has been quiet for longer, unless somebody asks', async () => {
    const { changes, touched } = setUp();
    const many = Array.from({ length: 600 }, (_, index) => `default/resources/${index}.md`);
    const start = performance.now();
    changes.report(many.slice(0, 400), 'mount');
    expect(changes.inBurst()).toBe(false);
    changes.report(many.slice(400), 'mount');
    expect(changes.inBurst()).toBe(true);
    await eventually(() => touched.length > 0, { what: 'the gathered hints' });
    expect(performance.now() - start).toBeGreaterThan(1_000);
    expect(touched.map((paths) => paths.length)).toEqual([600]);
    expect(changes.inBurst()).toBe(false);
    changes.report(many, 'mount');
    changes.settle();
    expect(touched).toHaveLength(2);
  });

  it('tell what is behind: all above a change, all below one, and nothing beside it', () => {
    const { changes } = setUp();
    expect(changes.isBehind('default/resources')).toBe(false);
    changes.report(['default/resources/docs/guide/a.md', 'default/resources/moved'], 'mount');
    const behind = (path: string) => changes.isBehind(`default/resources${path}`);
    expect(['', '/docs', '/docs/guide', '/docs/guide/a.md', '/moved', '/moved/deep/er'].map(behind)).toEqual(
      Array.from({ length: 6 }, () => true),
    );
    expect(['/doc', '/docs/guide2', '/other', '/docs/guide/b.md'].map(behind)).toEqual(
      Array.from({ length: 4 }, () => false),
    );
    changes.settle();
    expect(behind('/docs')).toBe(false);
  });

  it('recognises the watcher repeating our own change, but still has the worker look', () => {
    const { changes, touched, events } = setUp();
    changes.report(['default/resources/a.md'], 'door');
    changes.report(['default/resources/a.md', 'default/resources/b.md'], 'outside');
    changes.settle();
    expect(events).toEqual(['door viking://resources/a.md', 'outside viking://resources/b.md']);
    expect(touched).toEqual([['default/resources/a.md', 'default/resources/b.md']]);
  });

  it('takes a burst of changes in time that grows with their number', () => {
    const { changes, events } = setUp();
    const paths = Array.from({ length: 60_000 }, (_, index) => `default/resources/${index}.md`);
    const start = performance.now();
    for (const path of paths) changes.report([path], 'mount');
    expect(performance.now() - start).toBeLessThan(2_000);
    changes.report(paths.slice(-1_000), 'outside');
    expect(events).toHaveLength(60_000);
    changes.settle();
  });

  it('tells drivers of every change, and which of them their kernels know already', () => {
    const { changes } = setUp();
    const heard: string[] = [];
    const stop = changes.listen(({ uri, isShown }) => heard.push(`${isShown ? 'shown' : 'new'} ${uri}`));
    changes.report(['default/resources/mount.md'], 'mount');
    changes.report(['default/resources/door.md'], 'door');
    // The watcher's echo may hide a second change: what is made from the entry is looked at again.
    changes.report(['default/resources/door.md', 'default'], 'outside');
    changes.listed(['default/resources']);
    changes.built(['default/resources']);
    stop();
    changes.report(['default/resources/late.md'], 'door');
    expect(heard).toEqual([
      'shown viking://resources/mount.md',
      'new viking://resources/door.md',
      'shown viking://resources/door.md',
      'shown viking://',
      'new viking://resources/.abstract.md',
      'shown viking://resources/.abstract.md',
    ]);
  });

  it('passes over paths that are no part of the namespace', () => {
    const { changes, events } = setUp();
    changes.report(['default/lost+found', ''], 'outside');
    expect(events).toEqual([]);
  });
});

describe('journal', () => {
  const ada = { account: 'default', user: 'ada', role: 'user' } as const;
  const eve = { account: 'default', user: 'eve', role: 'user' } as const;

  it('shows an event to those who may see it, live and later', () => {
    const journal = createJournal(systemClock);
    const heard: unknown[] = [];
    journal.subscribe(eve, (event) => heard.push(event['uri']));
    journal.emit('default', VikingUri.user('ada', 'x'), { type: 'changed' });
    journal.emit('default', VikingUri.resources('x'), { type: 'changed' });
    journal.emit('other', VikingUri.resources('y'), { type: 'changed' });
    expect(journal.events(ada).map((event) => event['uri'])).toEqual([
      'viking://user/ada/x',
      'viking://resources/x',
    ]);
    expect(journal.events(eve).map((event) => event['uri'])).toEqual(['viking://resources/x']);
    expect(heard).toEqual(['viking://resources/x']);
  });

  it('tells a caller narrowed to one peer nothing of the others', () => {
    const journal = createJournal(systemClock);
    const [withBob, withMallory] = ['bob', 'mallory'].map((actorPeer) => ({ ...ada, actorPeer }));
    const heard: unknown[] = [];
    journal.subscribe(withBob!, (event) => heard.push(event['uri']));
    journal.emit('default', VikingUri.user('ada', 'peers', 'mallory', 'memories', 'x'), { type: 'changed' });
    journal.emit('default', VikingUri.user('ada', 'peers', 'bob', 'memories', 'y'), { type: 'changed' });
    expect(heard).toEqual(['viking://user/ada/peers/bob/memories/y']);
    expect(journal.events(withBob!).map((event) => event['uri'])).toEqual(heard);
    expect(journal.events(ada)).toHaveLength(2);
    const error = {
      time: '',
      op: 'open',
      path: '/peers/mallory',
      code: 'CORRUPT',
      errno: 'EIO',
      message: '',
    };
    journal.recordError(withMallory!, error);
    expect(journal.errors(withBob!)).toEqual([]);
    expect(journal.errors(withMallory!)).toEqual([error]);
    expect(journal.errors(ada)).toEqual([error]);
  });

  it('keeps the last errors of each user apart and bounded', () => {
    const journal = createJournal(systemClock);
    const error = {
      time: '',
      op: 'write',
      path: '/x',
      code: 'INVALID_ARGUMENT',
      errno: 'EINVAL',
      message: 'bad',
    };
    for (let index = 0; index < 300; index++) journal.recordError(ada, { ...error, message: `bad ${index}` });
    expect(journal.errors(ada)).toHaveLength(200);
    expect(journal.errors(ada).at(-1)?.message).toBe('bad 299');
    expect(journal.errors(eve)).toEqual([]);
  });
});
