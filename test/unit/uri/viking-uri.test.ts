import { describe, expect, it } from 'vitest';
import { isIdentity, VikingUri } from '../../../src/uri/index.ts';

const me = { user: 'ada', now: Date.UTC(2026, 7, 22, 12), timeZone: 'UTC' };
const parse = (text: string) => String(VikingUri.parse(text, me));
const codeOf = (text: string): string => {
  try {
    return `parsed as ${parse(text)}`;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('VikingUri', () => {
  it.each([
    ['viking://', 'viking://'],
    ['viking://resources//docs/', 'viking://resources/docs'],
    ['viking://~', 'viking://user/ada'],
    ['viking://~/memories/x.md', 'viking://user/ada/memories/x.md'],
    ['viking://user/memories/x.md', 'viking://user/ada/memories/x.md'],
    ['viking://user/profile.md', 'viking://user/ada/profile.md'],
    ['viking://user/bob/memories', 'viking://user/bob/memories'],
    ['viking://session', 'viking://user/ada/sessions'],
    ['viking://session/s1/history', 'viking://user/ada/sessions/s1/history'],
    ['  viking://resources/a b.md ', 'viking://resources/a b.md'],
    ['viking://resources/日本語/é.md', 'viking://resources/日本語/é.md'],
    ['viking://resources/%2e%2e/x', 'viking://resources/%2e%2e/x'],
  ])('%s means %s', (input, canonical) => expect(parse(input)).toBe(canonical));

  it.each([
    ['resources/docs', 'INVALID_URI'],
    ['http://resources', 'INVALID_URI'],
    ['viking://elsewhere/x', 'INVALID_URI'],
    ['viking://agent/skills', 'INVALID_URI'],
    ['viking://temp/x', 'INVALID_URI'],
    ['viking://queue', 'INVALID_URI'],
    ['viking://upload', 'INVALID_URI'],
    ['viking://resources/../user', 'PERMISSION_DENIED'],
    ['viking://resources/./x', 'PERMISSION_DENIED'],
    ['viking://resources/a\\..\\b', 'PERMISSION_DENIED'],
    ['viking://resources/a\0b', 'INVALID_URI'],
    ['viking://resources/\ud800', 'INVALID_URI'],
    ['viking://user/a b/x', 'INVALID_URI'],
    [`viking://resources/${'x'.repeat(256)}`, 'NAME_TOO_LONG'],
    [`viking://resources/${'é'.repeat(128)}`, 'NAME_TOO_LONG'],
    ['viking://resources/{env:HOME}', 'INVALID_ARGUMENT'],
  ])('%s is refused with %s', (input, code) => expect(codeOf(input)).toBe(code));

  it('accepts a name of exactly 255 bytes', () => {
    expect(parse(`viking://resources/${'x'.repeat(255)}`)).toHaveLength('viking://resources/'.length + 255);
  });

  it('names the user path to use instead of agent', () => {
    expect(() => VikingUri.parse('viking://agent/skills/x', me)).toThrowError(
      expect.objectContaining({ hint: expect.stringContaining('viking://user/skills/x') }),
    );
  });

  it.each([
    ['today', '2026/08/22'],
    ['yesterday', '2026/08/21'],
    ['tomorrow', '2026/08/23'],
    ['year', '2026'],
    ['month', '08'],
    ['day', '22'],
    ['ym', '2026/08'],
    ['quarter', 'Q3'],
    ['yq', '2026/Q3'],
    ['week', '34'],
    ['yw', '2026/w34'],
  ])('renders {calendar:%s}', (key, value) => {
    expect(parse(`viking://resources/log/{calendar:${key}}`)).toBe(`viking://resources/log/${value}`);
  });

  it('renders the calendar in the asked time zone', () => {
    const late = { ...me, now: Date.UTC(2026, 11, 31, 20), timeZone: 'Asia/Tokyo' };
    expect(String(VikingUri.parse('viking://resources/{calendar:today}', late))).toBe(
      'viking://resources/2027/01/01',
    );
  });

  it.each(['{calendar:today}.md', '{x:y}', ' spaced ', 'a{b', '%2F', '~'])(
    'gives back what it wrote of the name %j',
    (name) => {
      const uri = VikingUri.resources('docs', name);
      expect(VikingUri.fromCanonical(String(uri)).segments).toEqual(uri.segments);
    },
  );

  it('reads no other text as canonical', () => {
    expect(VikingUri.fromCanonical('viking://')).toBe(VikingUri.root);
    for (const text of ['resources/a', 'viking://~/s', 'viking://temp/x', 'viking://resources/../user/x']) {
      expect(() => VikingUri.fromCanonical(text), text).toThrow(
        expect.objectContaining({ code: 'INVALID_URI' }),
      );
    }
  });

  it('tells kinds of context by position', () => {
    const kind = (text: string) => VikingUri.parse(text, me).contextType;
    expect(kind('viking://resources/x')).toBe('resource');
    expect(kind('viking://~/memories/x')).toBe('memory');
    expect(kind('viking://~/profile.md')).toBe('memory');
    expect(kind('viking://~/peers/bob/memories/x')).toBe('memory');
    expect(kind('viking://~/peers/bob/resources/x')).toBe('resource');
    expect(kind('viking://~/skills/x')).toBe('skill');
    expect(kind('viking://session/s')).toBe('session');
  });

  it('knows what lies within what, segment by segment', () => {
    const docs = VikingUri.resources('docs');
    expect(VikingUri.resources('docs', 'a').isWithin(docs)).toBe(true);
    expect(VikingUri.resources('docs2').isWithin(docs)).toBe(false);
    expect(docs.isWithin(VikingUri.root)).toBe(true);
    expect(docs.parent().equals(VikingUri.resources())).toBe(true);
  });

  it.each(['', '.', '..', 'a/b', 'a b', 'x'.repeat(129), 'é'])('does not take %j for an identity', (text) => {
    expect(isIdentity(text)).toBe(false);
  });
});
