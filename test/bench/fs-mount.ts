/**
 * A process that mounts for the filesystem bench. Arguments: driver (`kernel` or `fuse-native`), vfs (`small`: a test
 * vfs whose content only the kernel driver can serve; `real`: the whole core), mountpoint, home, settings as JSON.
 * Says `ready` and the process id on standard output; SIGTERM unmounts and ends it.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from '../../src/base/log.ts';
import { createCore } from '../../src/core/create-core.ts';
import type { Core } from '../../src/core/index.ts';
import { followChanges } from '../../src/daemon/follow-changes.ts';
import { fuseNativeDriver } from '../../src/mount/fuse-native/index.ts';
import { createKernelDriver, type KernelOptions } from '../../src/mount/kernel/index.ts';
import { createVfs, type Vfs } from '../../src/vfs/index.ts';
import { kernelVfs } from '../helpers/kernel-vfs.ts';

const [driverName = 'kernel', vfsName = 'small', mountpoint = '', home = '', settings = '{}'] =
  process.argv.slice(2);
const driver =
  driverName === 'kernel' ? createKernelDriver(JSON.parse(settings) as KernelOptions) : fuseNativeDriver;

let core: Core | undefined;

async function realVfs(): Promise<Vfs> {
  const identity = { account: 'bench', user: 'me' };
  core = await createCore({ home, ...identity, logLevel: 'silent', log: silentLogger });
  return createVfs(core, { ...identity, role: 'user' }, { readOnly: false, log: silentLogger });
}

async function smallVfs(): Promise<Vfs> {
  const content = join(home, 'content', 'bench');
  await mkdir(join(content, 'user', 'me'), { recursive: true });
  return kernelVfs(content);
}

const vfs = vfsName === 'real' ? await realVfs() : await smallVfs();
const session = await driver.mount({
  mountpoint,
  vfs,
  readOnly: false,
  source: 'vikingfs-bench',
  operationTimeoutMs: 60_000,
  log: silentLogger,
  // What a caller is refused (a missing name, an attribute) is part of the work measured, not news.
  onError: () => undefined,
});
if (core !== undefined) followChanges(core, vfs, session);
process.on('SIGTERM', () => void session.unmount().finally(() => process.exit(0)));
process.on('SIGUSR2', () => process.stderr.write(`${JSON.stringify(session.stats())}\n`));
process.stdout.write(`ready ${process.pid}\n`);
