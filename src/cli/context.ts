import { type Client, createClient } from '../client/index.ts';
import { type Config, type Environment, loadConfig } from '../config/index.ts';
import { createTargets, type Targets } from './targets.ts';

/** Options every command takes. */
export interface Globals {
  readonly json: boolean;
  readonly socket: string | undefined;
  readonly config: string | undefined;
  readonly actorPeer: string | undefined;
  readonly agent: string | undefined;
  readonly account: string | undefined;
  readonly user: string | undefined;
  readonly key: string | undefined;
}

/** What a command may use. Nothing is opened before it is asked for. */
export interface Context extends Globals {
  readonly env: Environment;
  readonly cwd: string;
  /** @throws INVALID_ARGUMENT and the like when the configuration is wrong */
  readonly configuration: Config;
  readonly client: Client;
  readonly targets: Targets;
  /** A client that keeps trying while the daemon starts. */
  patientClient(connectRetryMs: number): Client;
}

export function createContext(globals: Globals, env: Environment, cwd: string): Context {
  let configuration: Config | undefined;
  let client: Client | undefined;
  let targets: Targets | undefined;
  const load = (): Config => {
    configuration ??= loadConfig({
      env,
      cwd,
      // Only the daemon writes to the home; a client may run where it cannot.
      checkHome: false,
      flags: {
        ...(globals.socket === undefined ? {} : { socket: globals.socket }),
        ...(globals.config === undefined ? {} : { config: globals.config }),
      },
    });
    return configuration;
  };
  const connect = (connectRetryMs: number): Client =>
    createClient({
      socketPath: load().socketPath,
      connectRetryMs,
      ...(globals.actorPeer === undefined ? {} : { actorPeer: globals.actorPeer }),
      ...(globals.agent === undefined ? {} : { agent: globals.agent }),
      ...(globals.account === undefined ? {} : { account: globals.account }),
      ...(globals.user === undefined ? {} : { user: globals.user }),
      ...keyFrom(globals, env),
    });
  return {
    ...globals,
    env,
    cwd,
    get configuration() {
      return load();
    },
    get client() {
      client ??= connect(0);
      return client;
    },
    get targets() {
      targets ??= createTargets({
        cwd,
        mounts: () => this.client.mounts(),
        identity: async () => {
          const { account_id = '', user_id = '' } = await this.client.health();
          return { account: account_id, user: user_id, agent: globals.agent ?? null };
        },
      });
      return targets;
    },
    patientClient: connect,
  };
}

/** A key on a command line is seen by every process of the machine, so it may also come from the environment. */
function keyFrom(globals: Globals, env: Environment): { readonly key?: string } {
  const key = globals.key ?? env['VIKINGFS_KEY'];
  return key === undefined || key === '' ? {} : { key };
}
