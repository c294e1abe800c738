import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '../../src/base/log.ts';
import type { CoreFiles } from '../../src/core/core.ts';
import type { Principal } from '../../src/tenancy/index.ts';
import { createWebdavDoor } from '../../src/webdav/index.ts';

export interface WebdavServer {
  /** Ends with a slash. */
  readonly url: string;
  /** Who the next requests come from. */
  principal: Principal;
  close(): Promise<void>;
}

/** The WebDAV door alone on a port of loopback. */
export async function startWebdav(files: CoreFiles, principal: Principal): Promise<WebdavServer> {
  const door = createWebdavDoor(files, silentLogger);
  const server = createServer((incoming, outgoing) => door.handle(incoming, outgoing, running.principal));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const running: WebdavServer = {
    url: `http://127.0.0.1:${port}${door.prefix}/`,
    principal,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return running;
}
