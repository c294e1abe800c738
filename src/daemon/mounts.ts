import type { MountResult } from '../api/results.ts';
import type { Logger } from '../base/log.ts';
import type { Config } from '../config/index.ts';
import type { MountRequest, MountsControl } from '../control/index.ts';
import type { Core } from '../core/index.ts';
import { VikingError } from '../errors/index.ts';
import { chooseDriver, type DriverSession, mountVfs } from '../mount/index.ts';
import { type Principal, userOfSpace } from '../tenancy/index.ts';
import { assertIdentity } from '../uri/index.ts';
import { createVfs } from '../vfs/index.ts';
import { followChanges } from './follow-changes.ts';

export interface DaemonMounts extends MountsControl {
  /** Resolves when what callers of mounts were told is done has been noted: a request may ask about it. */
  hear(): Promise<void>;
  /** Unmounts everything; a mount that will not go is logged, not waited for. */
  closeAll(): Promise<void>;
}

interface LiveMount {
  readonly result: MountResult;
  readonly session: DriverSession;
}

/** The daemon's mounts: each a vfs of one identity, served by one driver. */
export function createMounts(core: Core, config: Config, log: Logger): DaemonMounts {
  const live = new Map<string, LiveMount>();

  async function mount(principal: Principal, request: MountRequest): Promise<MountResult> {
    if (request.actorPeer !== undefined) assertIdentity(request.actorPeer, 'actor peer');
    // Whoever mounts, a mount is a user's: nothing in it tells of others, or administers.
    const identity: Principal = {
      ...principal,
      role: 'user',
      ...(request.actorPeer === undefined ? {} : { actorPeer: request.actorPeer }),
    };
    const readOnly = request.readOnly ?? config.mount.readOnly;
    const allowOther = request.allowOther ?? config.mount.allowOther;
    const driver = await chooseDriver(request.driver ?? config.mount.driver, log);
    const vfs = createVfs(core, identity, { readOnly, log });
    const session = await mountVfs({
      mountpoint: request.mountpoint,
      driver,
      vfs,
      readOnly,
      allowOther,
      passthrough: config.mount.passthrough,
      home: config.home,
      contentDir: config.contentDir,
      operationTimeoutMs: config.operationTimeoutMs,
      log,
    }).catch(async (error: unknown) => {
      await vfs.close();
      throw error;
    });
    const result: MountResult = {
      mountpoint: session.mountpoint,
      driver: driver.name,
      read_only: readOnly,
      allow_other: allowOther,
      actor_peer: identity.actorPeer ?? null,
      account: identity.account,
      user: userOfSpace(identity.user),
      agent: identity.agent ?? null,
    };
    live.set(session.mountpoint, { result, session });
    const stopListening = followChanges(core, vfs, session);
    void session.ended.then(async () => {
      stopListening();
      live.delete(session.mountpoint);
      await vfs.close();
      log.info({ mountpoint: session.mountpoint }, 'unmounted');
    });
    log.info({ ...result }, 'mounted');
    return result;
  }

  return {
    list: () => [...live.values()].map((entry) => ({ ...entry.result, stats: entry.session.stats() })),
    mount,
    async unmount(mountpoint) {
      const entry = live.get(mountpoint);
      if (entry === undefined) {
        throw new VikingError('NOT_FOUND', `${mountpoint}: not a mount of this daemon`, {
          hint: 'See the mounts with: ov status.',
        });
      }
      await entry.session.unmount();
    },
    async hear() {
      for (const { session } of live.values()) await session.hear();
    },
    async closeAll() {
      const ends = await Promise.allSettled([...live.values()].map((entry) => entry.session.unmount()));
      for (const end of ends) {
        if (end.status === 'rejected')
          log.error({ error: String(end.reason) }, 'a mount could not be unmounted');
      }
    },
  };
}
