import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Principal } from '../tenancy/index.ts';
import type { Approach } from './doors.ts';

/** Who asks `/health` without a credential: no identity is told, and nothing else is open to it. */
export const NOBODY: Principal = { account: '', user: '', role: 'user' };

/** One request, as a route sees it: checked on the way in, and nothing of the HTTP framework. */
export interface Ask {
  /** The caller, narrowed to the actor peer the request names. */
  readonly principal: Principal;
  /** The caller without the actor peer: sessions belong to the user as a whole. */
  readonly owner: Principal;
  /** Where it came in: what names things of the daemon's machine is for the socket. */
  readonly listener: Approach['listener'];
  /** Decoded `:name` segments of the route. */
  readonly params: Readonly<Record<string, string>>;
  readonly incoming: IncomingMessage;
  /** As the answer's header and the log say it. */
  readonly requestId: string;
  /** @throws INVALID_ARGUMENT */
  query<S extends z.ZodType>(schema: S): z.infer<S>;
  /** The JSON body; an empty body is `{}`. @throws INVALID_ARGUMENT, TOO_LARGE */
  body<S extends z.ZodType>(schema: S): Promise<z.infer<S>>;
  /** Runs once the answer has left. */
  afterAnswer(work: () => void): void;
}

/** An answer that is not an envelope. */
export class RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream needs a `content-length` of its own. */
  readonly body: string | Uint8Array | Readable;

  constructor(status: number, headers: Readonly<Record<string, string>>, body: RawAnswer['body']) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  static json(status: number, value: unknown): RawAnswer {
    return new RawAnswer(status, { 'content-type': 'application/json' }, JSON.stringify(value));
  }
}

/** An enveloped answer to what was accepted and is still to be done: status 202. */
export class Accepted {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** What a route does: its value goes into the envelope, unless it is a `RawAnswer`. */
export type Handler = (ask: Ask) => Promise<unknown>;
