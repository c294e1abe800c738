import { join } from 'node:path';
import { silentLogger } from '../../src/base/log.ts';
import { type ControlOptions, type ControlServer, createControlServer } from '../../src/control/index.ts';
import type { Core } from '../../src/core/core.ts';

/** Stands where a core would be, and fails the test that reaches it: what is refused at the door never gets there. */
export const noCore: Core = new Proxy({} as Core, {
  get(_target, group) {
    // Routes take their part of the core when the server is made; what counts is what a request calls.
    return new Proxy(
      {},
      {
        get(_part, name) {
          throw new Error(`the request reached the core (${String(group)}.${String(name)})`);
        },
      },
    );
  },
});

/** A control server in this process, without a core, on a socket in `dir`. */
export function controlServer(dir: string, options: Partial<ControlOptions> = {}): ControlServer {
  return createControlServer({
    core: noCore,
    mounts: {
      list: () => [],
      mount: () => Promise.reject(new Error('no mounts')),
      unmount: () => Promise.resolve(),
    },
    socketPath: join(dir, 'run', 'control.sock'),
    uploadDir: join(dir, 'uploads'),
    log: silentLogger,
    version: '0.0.0-test',
    resolvePrincipal: async () => ({ account: 'default', user: 'tester', role: 'root' }),
    onStop: () => undefined,
    ...options,
  });
}
