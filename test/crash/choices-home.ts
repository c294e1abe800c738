import { silentLogger } from '../../src/base/log.ts';
import { createAttributes } from '../../src/core/attributes.ts';
import type { CoreAttributes } from '../../src/core/core.ts';
import { createExtract } from '../../src/core/extract.ts';
import { createGuard } from '../../src/core/guard.ts';
import { ADA, assistant, openSessionHome, type SessionHome, user } from '../helpers/session-home.ts';

export const SESSION = 'choices';

/** A turn with two events in it, and one that stays live. */
export const EVENTS = [
  user('We decided to drop Windows support. We launched the Madrid office.'),
  assistant('Noted.'),
];
export const TAIL = ['And now?', 'Now we wait.'];

export interface ChoicesHome extends SessionHome {
  readonly attributes: CoreAttributes;
}

/** Sessions whose events are tagged as the core does it, without the core's index, which takes long to start. */
export async function openHome(dir: string): Promise<ChoicesHome> {
  let extract: ReturnType<typeof createExtract> | undefined;
  const home = await openSessionHome(dir, {
    // Nothing is extracted before the journal starts.
    start: false,
    sessions: { extract: (request) => extract!(request) },
  });
  const { content, store, memory } = home;
  const attributes = createAttributes({ store, content, guard: createGuard(content) });
  extract = createExtract({
    memory,
    tenancy: { assertActive: () => undefined },
    stopping: new AbortController().signal,
    tag: (principal, uri, tags) =>
      attributes.setTags(principal, uri, { tags, mode: 'append', recursive: false }),
    log: silentLogger,
    indexed: async () => undefined,
  });
  await home.journal.start();
  return { ...home, attributes };
}

/** The commit that is cut short, and asked for again where nothing of it held. */
export function commitByChoice({ sessions }: SessionHome) {
  return sessions.commit(ADA, SESSION, {
    turnBudget: { turns: 1, tokens: 777 },
    eventTags: ['sprint=7'],
    waitMs: 30_000,
  });
}
