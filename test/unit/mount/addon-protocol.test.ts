import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { chooseDriver, type MountDriver } from '../../../src/mount/index.ts';
import { ADDON_PROTOCOL, loadBinding } from '../../../src/mount/kernel/binding.ts';
import { createKernelDriver } from '../../../src/mount/kernel/index.ts';

class Session {}

describe('an addon built from other sources', () => {
  it.each([
    ['older', { protocol: ADDON_PROTOCOL - 1, Session }],
    ['newer', { protocol: ADDON_PROTOCOL + 1, Session }],
    ['from before the number', { Session }],
    ['something else', { protocol: ADDON_PROTOCOL }],
  ])('is refused when it is %s, with what to do', (_what, addon) => {
    expect(() => loadBinding(() => addon)).toThrow(
      expect.objectContaining({ code: 'UNAVAILABLE', hint: 'Run: npm run build:native.' }),
    );
  });

  it('is taken when the numbers agree', () => {
    expect(loadBinding(() => ({ protocol: ADDON_PROTOCOL, Session })).protocol).toBe(ADDON_PROTOCOL);
  });

  const old = createKernelDriver({}, () => loadBinding(() => ({ protocol: 1, Session })));
  const portable: MountDriver = {
    name: 'fuse-native',
    unavailable: async () => undefined,
    mount: () => Promise.reject(new Error('not in this test')),
  };

  it('makes auto fall back to the portable driver', async () => {
    expect((await chooseDriver('auto', silentLogger, [old, portable])).name).toBe('fuse-native');
  });

  it('is an error when it was asked for by name', async () => {
    await expect(chooseDriver('kernel', silentLogger, [old, portable])).rejects.toThrow(
      /npm run build:native .*protocol 1/,
    );
  });
});
