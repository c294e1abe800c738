import { join } from 'node:path';
import { silentLogger } from '../../src/base/log.ts';
import { type Core, type CoreOptions, createCore } from '../../src/core/index.ts';
import type { Principal } from '../../src/tenancy/index.ts';
import { createVfs, type Vfs } from '../../src/vfs/index.ts';
import { spawnWorker } from './program.ts';
import { tempDir } from './temp-dir.ts';

export interface TestCore {
  readonly core: Core;
  readonly principal: Principal;
  readonly home: string;
  /** A vfs of this core; closed with it. */
  vfs(options?: { readOnly?: boolean; actorPeer?: string }): Vfs;
  close(): Promise<void>;
}

/** A real core on a temporary home, for the user `alice`. */
export async function testCore(options: Partial<CoreOptions> = {}): Promise<TestCore> {
  const dir = await tempDir();
  const home = join(dir.path, 'home');
  const principal: Principal = { account: 'default', user: 'alice', role: 'user' };
  const core = await createCore({
    home,
    account: 'default',
    user: 'alice',
    log: silentLogger,
    logLevel: 'silent',
    ...(spawnWorker === undefined ? {} : { spawnWorker }),
    ...options,
  });
  const made: Vfs[] = [];
  return {
    core,
    principal,
    home,
    vfs({ readOnly = false, actorPeer } = {}) {
      const identity = actorPeer === undefined ? principal : { ...principal, actorPeer };
      const vfs = createVfs(core, identity, { readOnly, log: silentLogger });
      made.push(vfs);
      return vfs;
    },
    async close() {
      for (const vfs of made) await vfs.close();
      await core.close();
      await dir.remove();
    },
  };
}
