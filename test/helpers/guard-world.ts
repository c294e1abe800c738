import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, createClient } from '../../src/client/index.ts';
import type { Asker } from '../../src/tenancy/guard-matrix.ts';
import { startTestDaemon, type TestDaemon } from './daemon.ts';
import { tcpPortOf } from './tcp-http.ts';

/** Who asks in the guard matrix. `acme` keeps sessions by user, `talks` by account. */
export const ASKERS = {
  'an admin': { account: 'acme', user: 'ann' },
  'a user': { account: 'acme', user: 'bob' },
  'a user with a peer': { account: 'acme', user: 'bob', actorPeer: 'eve' },
  'a user of another account': { account: 'other', user: 'zoe' },
  'a user who shares sessions': { account: 'talks', user: 'sam', sharedSessions: true },
  'an agent kept apart by its skills': {
    account: 'acme',
    user: 'bob',
    agent: 'coder',
    agentSpace: '@@coder',
  },
} as const satisfies Record<string, Asker & { account: string; agent?: string }>;

export type AskerName = keyof typeof ASKERS;

/** One daemon with every asker's key, and a mount of each where a driver works. */
export interface GuardWorld {
  readonly daemon: TestDaemon;
  readonly port: number;
  /** Headers of a request over TCP. */
  headersOf(asker: AskerName): Record<string, string>;
  /** Arguments of a command. */
  argumentsOf(asker: AskerName): readonly string[];
  clientOf(asker: AskerName): Client;
  mountOf(asker: AskerName): string;
  /** Makes a directory with a file in it, past every door; for a session, by its own. */
  fill(asker: AskerName, uri: string): Promise<void>;
}

const ROOT = 'root-key-of-the-test';

export async function startGuardWorld(): Promise<GuardWorld> {
  const daemon = await startTestDaemon({
    env: { VIKINGFS_HTTP: '127.0.0.1:0', VIKINGFS_ROOT_KEY: ROOT },
  });
  try {
    const port = await tcpPortOf(daemon);
    const { admin } = daemon.client;
    const keys: Record<string, string> = {
      ann: (await admin.createAccount({ account_id: 'acme', admin_user_id: 'ann' })).user_key!,
      bob: (await admin.createUser('acme', { user_id: 'bob' })).user_key!,
      zoe: (await admin.createAccount({ account_id: 'other', admin_user_id: 'zoe' })).user_key!,
      sam: (await admin.createAccount({ account_id: 'talks', admin_user_id: 'sam', sessions: 'account' }))
        .user_key!,
    };
    const settingsOf = (name: AskerName) => {
      const { user, actorPeer, agent }: { user: string; actorPeer?: string; agent?: string } = ASKERS[name];
      return {
        key: keys[user]!,
        ...(actorPeer === undefined ? {} : { actorPeer }),
        ...(agent === undefined ? {} : { agent }),
      };
    };
    const clientOf = (name: AskerName) =>
      createClient({ socketPath: daemon.socketPath, timeoutMs: 30_000, ...settingsOf(name) });
    const mountOf = (name: AskerName) => join(daemon.dir, name.replaceAll(' ', '-'));
    return {
      daemon,
      port,
      clientOf,
      mountOf,
      headersOf(name) {
        const { key, actorPeer, agent } = settingsOf(name);
        return {
          'x-api-key': key,
          ...(actorPeer === undefined ? {} : { 'x-openviking-actor-peer': actorPeer }),
          ...(agent === undefined ? {} : { 'x-openviking-agent': agent }),
        };
      },
      argumentsOf(name) {
        const { key, actorPeer, agent } = settingsOf(name);
        return [
          ...['--key', key],
          ...(actorPeer === undefined ? [] : ['--actor-peer', actorPeer]),
          ...(agent === undefined ? [] : ['--agent', agent]),
        ];
      },
      async fill(name, uri) {
        const session = /\/sessions?\/([^/]+)$/.exec(uri)?.[1];
        if (session !== undefined) {
          await clientOf(name).addMessage(session, { role: 'user', content: 'There is a session.' });
          return;
        }
        const directory = join(daemon.home, 'content', ASKERS[name].account, uri.slice('viking://'.length));
        await mkdir(directory, { recursive: true });
        await writeFile(join(directory, 'note.md'), 'xylophone\n');
      },
    };
  } catch (error) {
    await daemon.close();
    throw error;
  }
}

/** Mounts every asker's view. */
export async function mountEveryone(world: GuardWorld): Promise<void> {
  for (const name of Object.keys(ASKERS) as AskerName[]) {
    await mkdir(world.mountOf(name));
    const { account, user, ...rest }: { account: string; user: string; actorPeer?: string; agent?: string } =
      ASKERS[name];
    const owner = createClient({
      socketPath: world.daemon.socketPath,
      timeoutMs: 30_000,
      account,
      user,
      ...(rest.agent === undefined ? {} : { agent: rest.agent }),
    });
    await owner.mount({
      mountpoint: world.mountOf(name),
      driver: 'kernel',
      ...(rest.actorPeer === undefined ? {} : { actor_peer: rest.actorPeer }),
    });
  }
}
