import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../tenancy/index.ts';

/** Another protocol on the TCP listener, below a path of its own; it is asked after the caller is known. */
export interface Door {
  /** Path it answers at and below, e.g. `/webdav`. */
  readonly prefix: string;
  handle(incoming: IncomingMessage, outgoing: ServerResponse, principal: Principal): void;
}

/** What a connection says of its caller, for `resolvePrincipal`. */
export interface Approach {
  /** `socket`: the Unix socket, which only this machine reaches; `tcp`: the TCP listener. */
  readonly listener: 'socket' | 'tcp';
  readonly incoming: IncomingMessage;
  /** Path of the request, without its query. */
  readonly path: string;
}

/** The door a path belongs to. */
export function doorAt(doors: readonly Door[], path: string): Door | undefined {
  return doors.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
}
