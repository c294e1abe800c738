import { withDeadline } from '../base/deadline.ts';
import type { RemoteEmbedder } from '../models/index.ts';

/** Questions repeat (a path is read again, a session goes on), and one vector is 4 KB. */
const REMEMBERED = 500;
/** What somebody who asks waits for the endpoint at most; words answer without it. */
const WAIT_MS = 150;
/** After an endpoint kept somebody waiting in vain nobody waits for it, for this long. */
const PATIENCE_MS = 30_000;
/** Questions under way that nobody waits for, at most: an endpoint that hangs must not gather all that are asked. */
const OPEN_MOST = 32;

export interface QueryVector {
  readonly stamp: string;
  readonly values: Float32Array;
}

/** Vectors of questions. Undefined when words have to answer alone. Neither call throws. */
export interface QueryVectors {
  /** Waits a bounded time for the endpoint. For those who asked a door that may wait. */
  wait(text: string): Promise<QueryVector | undefined>;
  /** One that is remembered; asks for nothing. */
  recalled(text: string): QueryVector | undefined;
  /** Waits for nothing: one that is not known is asked for in the background, for the next time. For reading. */
  known(text: string): QueryVector | undefined;
}

/**
 * Vectors of questions, remembered, those used last longest. One that is late is remembered when it comes, for the next
 * time; an endpoint that hangs costs one short wait in half a minute.
 */
export function queryVectors(remote: RemoteEmbedder): QueryVectors {
  const remembered = new Map<string, QueryVector>();
  const open = new Map<string, Promise<QueryVector | undefined>>();
  let impatientUntil = 0;

  function remember(text: string, vector: QueryVector): QueryVector {
    remembered.delete(text);
    if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value!);
    remembered.set(text, vector);
    return vector;
  }

  function recalled(text: string): QueryVector | undefined {
    const found = remembered.get(text);
    // Vectors of a model that is no longer asked would match nothing.
    return found === undefined || found.stamp !== remote.stamp ? undefined : remember(text, found);
  }

  function ask(text: string): Promise<QueryVector | undefined> {
    const known = open.get(text);
    if (known !== undefined) return known;
    const asked = remote.embed([text], { priority: 'interactive', cause: 'query' }).then(
      ({ stamp, vectors: [values] }) =>
        values === undefined ? undefined : remember(text, { stamp, values }),
      () => undefined,
    );
    open.set(text, asked);
    void asked.then(() => open.delete(text));
    return asked;
  }

  return {
    recalled,
    async wait(text) {
      const found = recalled(text);
      if (found !== undefined) return found;
      const asked = ask(text);
      if (performance.now() < impatientUntil) return undefined;
      try {
        return await withDeadline(asked, WAIT_MS, 'the vector of a question');
      } catch {
        impatientUntil = performance.now() + PATIENCE_MS;
        return undefined;
      }
    },
    known(text) {
      const found = recalled(text);
      if (found === undefined && open.size < OPEN_MOST) void ask(text);
      return found;
    },
  };
}
