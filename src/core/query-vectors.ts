import { withDeadline } from '../base/deadline.ts';
import type { RemoteEmbedder } from '../models/index.ts';

/** Questions repeat (a path is read again, a session goes on), and one vector is 4 KB. */
const REMEMBERED = 500;
/** What somebody who asks waits for the endpoint at most; words answer without it. */
const WAIT_MS = 150;
/** After an endpoint kept somebody waiting in vain nobody waits for it, for this long. */
const PATIENCE_MS = 30_000;

export interface QueryVector {
  readonly stamp: string;
  readonly values: Float32Array;
}

/**
 * Vectors of questions, remembered. One that is late is remembered when it comes, for the next time; an endpoint that
 * hangs costs one short wait in half a minute. Never throws.
 */
export function queryVectors(remote: RemoteEmbedder): (text: string) => Promise<QueryVector | undefined> {
  const known = new Map<string, QueryVector>();
  const open = new Map<string, Promise<QueryVector | undefined>>();
  let impatientUntil = 0;

  function ask(text: string): Promise<QueryVector | undefined> {
    const asked = remote.embed([text], { priority: 'interactive', cause: 'query' }).then(
      ({ stamp, vectors: [values] }) => {
        if (values === undefined) return undefined;
        if (known.size >= REMEMBERED) known.delete(known.keys().next().value!);
        const vector = { stamp, values };
        known.set(text, vector);
        return vector;
      },
      () => undefined,
    );
    open.set(text, asked);
    void asked.then(() => open.delete(text));
    return asked;
  }

  return async (text) => {
    const found = known.get(text);
    // Vectors of a model that is no longer asked would match nothing.
    if (found !== undefined && found.stamp === remote.stamp) return found;
    const asked = open.get(text) ?? ask(text);
    if (performance.now() < impatientUntil) return undefined;
    try {
      return await withDeadline(asked, WAIT_MS, 'the vector of a question');
    } catch {
      impatientUntil = performance.now() + PATIENCE_MS;
      return undefined;
    }
  };
}
