import { describe, expect, it } from 'vitest';
import { assertAccess, isVisible, type Principal } from '../../../src/tenancy/index.ts';
import { VikingUri } from '../../../src/uri/index.ts';

const ada: Principal = { account: 'default', user: 'ada', role: 'user' };
const withPeer: Principal = { ...ada, actorPeer: 'bob' };
const uri = (text: string) => VikingUri.parse(text, ada);
const may = (principal: Principal, text: string, access: 'read' | 'write'): boolean => {
  try {
    assertAccess(principal, uri(text), access);
    return true;
  } catch {
    return false;
  }
};

describe('access', () => {
  it.each([
    ['viking://', true, false],
    ['viking://resources', true, false],
    ['viking://resources/a', true, true],
    ['viking://user', true, false],
    ['viking://user/ada', true, false],
    ['viking://user/ada/notes.md', true, true],
    ['viking://user/ada/memories', true, false],
    ['viking://user/ada/memories/x.md', true, true],
    ['viking://user/ada/sessions/s', true, true],
    ['viking://user/eve', false, false],
    ['viking://user/eve/memories/x.md', false, false],
    ['viking://user/ada/peers/eve/memories/x.md', true, true],
  ])('%s: read %s, write %s', (text, read, write) => {
    expect([may(ada, text, 'read'), may(ada, text, 'write')]).toEqual([read, write]);
  });

  it('hides every peer but the actor peer, and nothing else', () => {
    expect(isVisible(withPeer, uri('viking://~/peers/bob/memories/x'))).toBe(true);
    expect(isVisible(withPeer, uri('viking://~/peers/eve/memories/x'))).toBe(false);
    expect(isVisible(withPeer, uri('viking://~/peers'))).toBe(true);
    expect(isVisible(withPeer, uri('viking://~/memories/x'))).toBe(true);
    expect(isVisible(withPeer, uri('viking://user/eve/peers/bob/memories/x'))).toBe(false);
  });

  it('does not say in the message whether a hidden entry exists', () => {
    expect(() => assertAccess(ada, uri('viking://user/eve/x'), 'read')).toThrowError(
      expect.objectContaining({ code: 'PERMISSION_DENIED' }),
    );
  });
});
