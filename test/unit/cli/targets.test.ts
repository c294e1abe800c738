import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTargets, type Targets } from '../../../src/cli/targets.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let dir: TempDir;
let asked: number;
let targets: (cwd: string) => Targets;

beforeEach(async () => {
  dir = await tempDir();
  asked = 0;
  mkdirSync(join(dir.path, 'vault/resources/docs'), { recursive: true });
  mkdirSync(join(dir.path, 'vault2'));
  const mount = (name: string) => ({
    mountpoint: join(dir.path, name),
    driver: 'kernel',
    read_only: false,
    allow_other: false,
    actor_peer: null,
    account: 'default',
    user: 'tester',
    agent: null,
  });
  targets = (cwd) =>
    createTargets({
      cwd,
      mounts: async () => {
        asked++;
        return [mount('vault'), mount('vault/resources'), { ...mount('bob'), user: 'bob', agent: 'coder' }];
      },
      identity: async () => ({ account: 'default', user: 'tester', agent: null }),
    });
});
afterEach(() => dir.remove());

describe('targets', () => {
  it('leave URIs alone, without asking the daemon', async () => {
    const own = targets('/');
    for (const uri of ['viking://', 'viking://~/a', 'viking://resources/{calendar:today}', 'http://x'])
      expect(await own.uri(uri)).toBe(uri);
    expect(asked).toBe(0);
  });

  it('refuse a path in the mount of somebody else, and say how to act as them', async () => {
    await expect(targets('/').uri(join(dir.path, 'bob/resources/a'))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      hint: expect.stringContaining('ov --account default --user bob --agent coder'),
    });
  });

  it('turn paths into URIs of the innermost mount, asking once', async () => {
    const own = targets(join(dir.path, 'vault'));
    expect(await own.uris(['.', 'user/me/x', `${dir.path}/vault/resources/docs/`, '../vault/user'])).toEqual([
      'viking://',
      'viking://user/me/x',
      'viking://docs',
      'viking://user',
    ]);
    expect(asked).toBe(1);
  });

  it('follow links, also above what does not exist yet', async () => {
    symlinkSync(join(dir.path, 'vault'), join(dir.path, 'link'));
    expect(await targets('/').uri(join(dir.path, 'link/user/new/deep'))).toBe('viking://user/new/deep');
  });

  it('refuse other paths, also one whose name only begins like a mount', async () => {
    for (const path of ['/etc/passwd', join(dir.path, 'vault2/x'), dir.path, 'resources/docs', '']) {
      await expect(targets(dir.path).uri(path), path).rejects.toMatchObject({
        code: 'INVALID_URI',
        hint: expect.stringContaining('viking://'),
      });
    }
  });
});
