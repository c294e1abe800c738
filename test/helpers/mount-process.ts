/** A child process that mounts a real core: run by `startMount`, driven by signals, speaks JSON lines on stdout. */
import { createLogger } from '../../src/base/log.ts';
import { type CoreOptions, createCore } from '../../src/core/index.ts';
import { followChanges } from '../../src/daemon/follow-changes.ts';
import { toVikingError } from '../../src/errors/index.ts';
import { chooseDriver, type DriverChoice, mountVfs } from '../../src/mount/index.ts';
import type { Principal } from '../../src/tenancy/index.ts';
import { createVfs } from '../../src/vfs/index.ts';
import { lateMail } from './late-mail.ts';

export interface MountProcessOptions {
  readonly home: string;
  readonly mountpoint: string;
  readonly driver: DriverChoice;
  readonly readOnly: boolean;
  readonly allowOther: boolean;
  readonly actorPeer?: string;
  readonly operationTimeoutMs: number;
  /** See `late-mail.ts`; the counts are among those of the driver. */
  readonly lateMail?: boolean;
  /** Endpoints, and how soon they are asked again. */
  readonly models?: CoreOptions['models'];
  readonly modelPace?: CoreOptions['modelPace'];
}

const options = JSON.parse(process.argv[2] ?? '{}') as MountProcessOptions;
const log = createLogger('warn');
const late = options.lateMail === true ? lateMail() : undefined;

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const core = await createCore({
  home: options.home,
  account: 'default',
  user: 'alice',
  log,
  logLevel: 'warn',
  ...(options.models === undefined ? {} : { models: options.models }),
  ...(options.modelPace === undefined ? {} : { modelPace: options.modelPace }),
});
try {
  const principal: Principal = {
    account: 'default',
    user: 'alice',
    role: 'user',
    ...(options.actorPeer === undefined ? {} : { actorPeer: options.actorPeer }),
  };
  const vfs = createVfs(core, principal, { readOnly: options.readOnly, log });
  const driver = await chooseDriver(options.driver, log);
  const session = await mountVfs({
    mountpoint: options.mountpoint,
    driver,
    vfs,
    readOnly: options.readOnly,
    allowOther: options.allowOther,
    home: options.home,
    contentDir: core.tree.contentDir,
    operationTimeoutMs: options.operationTimeoutMs,
    log,
  });
  followChanges(core, vfs, session);
  late?.watch(core, session);
  let ending = false;
  const end = async (cause: string) => {
    if (ending) return;
    ending = true;
    await session.unmount();
    const leaked = vfs.openHandles;
    await vfs.close();
    await core.close();
    say({ ended: cause, leaked });
    process.exit(0);
  };
  process.on('SIGTERM', () => void end('SIGTERM'));
  process.on('SIGUSR2', () => say({ stats: { ...session.stats(), ...late?.counts } }));
  void session.ended.then(() => end('unmounted'));
  say({ ready: true, driver: driver.name, contentDir: core.tree.contentDir });
} catch (error) {
  say({ failed: toVikingError(error).toJSON() });
  await core.close();
  process.exit(1);
}
