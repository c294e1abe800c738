import type { Models } from '../models/index.ts';

/** How long an endpoint may be without a good answer before nobody waits for its work; prose takes its time. */
const GRACE_MS = { embedding: 3_000, chat: 30_000 } as const;
/** The same for one that fails, or has never answered. */
const UNKNOWN_MS = 3_000;
const LOOK_MS = 100;

/**
 * Resolves with `work`, or soon when the endpoint of that kind is not known to answer: whoever waits for everything to be
 * done must not wait for an endpoint that is away. The work itself goes on.
 */
export async function whileEndpointAnswers(
  models: Models,
  kind: 'embedding' | 'chat',
  work: Promise<unknown> | undefined,
): Promise<void> {
  if (work === undefined) return;
  let timer: NodeJS.Timeout | undefined;
  let answeredAt = performance.now();
  let lastOkAt: number | undefined;
  const away = new Promise<void>((resolve) => {
    timer = setInterval(() => {
      const endpoint = models.health().find((one) => one.kind === kind);
      if (endpoint?.lastOkAt !== lastOkAt) answeredAt = performance.now();
      lastOkAt = endpoint?.lastOkAt;
      const graceMs = endpoint?.state === 'ok' ? GRACE_MS[kind] : UNKNOWN_MS;
      if (performance.now() - answeredAt > graceMs) resolve();
    }, LOOK_MS);
  });
  try {
    await Promise.race([work, away]);
  } finally {
    clearInterval(timer);
  }
}
