import type { z } from 'zod';
import type { CommitResult } from '../../api/results.ts';
import {
  commitBody,
  contextQuery,
  extractBody,
  messageBody,
  messagesBody,
  ONLY_WITH_RETENTION,
  retryBody,
  sessionConfigBody,
  sessionCreateBody,
  sessionGetQuery,
  undoBody,
  usedBody,
} from '../../api/schemas/index.ts';
import type { CommitOptions, Core } from '../../core/core.ts';
import { isVikingError, VikingError } from '../../errors/index.ts';
import type { Handler } from '../ask.ts';

/** `/api/v1/sessions`. Sessions belong to the user: the actor peer of a request does not narrow them. */
export function sessionRoutes(core: Core) {
  return {
    async sessionCreate({ owner, body }) {
      const b = await body(sessionCreateBody);
      return await core.sessions.create(owner, {
        ...(b.session_id === undefined ? {} : { sessionId: b.session_id }),
        ...(b.memory_policy === undefined ? {} : { memoryPolicy: b.memory_policy }),
        ...(b.auto_commit_policy === undefined ? {} : { autoCommitPolicy: b.auto_commit_policy }),
        ...(b.memory_extraction_config === undefined
          ? {}
          : { memoryExtractionConfig: b.memory_extraction_config }),
      });
    },

    sessionList: ({ owner }) => core.sessions.list(owner),

    async sessionGet({ owner, params, query }) {
      const id = params['id'] ?? '';
      const { auto_create } = query(sessionGetQuery);
      try {
        return await core.sessions.get(owner, id);
      } catch (error) {
        if (!auto_create || !isVikingError(error) || error.code !== 'NOT_FOUND') throw error;
        return await core.sessions.create(owner, { sessionId: id });
      }
    },

    async sessionDelete({ owner, params }) {
      const id = params['id'] ?? '';
      await core.sessions.remove(owner, id);
      return { session_id: id };
    },

    async sessionMessage({ owner, params, body }) {
      const { telemetry: _telemetry, ...message } = await body(messageBody);
      const given = plain(message);
      return core.sessions.addMessages(owner, params['id'] ?? '', [given]);
    },

    async sessionMessages({ owner, params, body }) {
      const { messages } = await body(messagesBody);
      const given = messages.map(plain);
      return core.sessions.addMessages(owner, params['id'] ?? '', given);
    },

    async sessionUsed({ owner, params, body }) {
      const { contexts, skill } = await body(usedBody);
      return core.sessions.used(owner, params['id'] ?? '', contexts, skill);
    },

    async sessionCommit({ owner, params, body, requestId }) {
      const b = await body(commitBody);
      const committed = await core.sessions.commit(owner, params['id'] ?? '', {
        keepRecent: b.keep_recent_count,
        ...turnBudget(b),
        eventTags: b.extraction_metadata?.event?.tags ?? [],
        ...(b.wait === undefined ? {} : { waitMs: b.wait * 1_000 }),
      });
      return { ...committed, trace_id: requestId } satisfies CommitResult;
    },

    async sessionConfig({ owner, params, body }) {
      const b = await body(sessionConfigBody);
      const id = params['id'] ?? '';
      return core.sessions.configure(owner, id, {
        ...(b.auto_commit_policy === undefined ? {} : { autoCommitPolicy: b.auto_commit_policy }),
        ...(b.memory_extraction_config === undefined
          ? {}
          : { memoryExtractionConfig: b.memory_extraction_config }),
      });
    },

    async sessionRetry({ owner, params, body, requestId }) {
      const { wait } = await body(retryBody);
      const waitMs = wait === undefined ? undefined : wait * 1_000;
      const retried = await core.sessions.retry(owner, params['id'] ?? '', params['archive'] ?? '', waitMs);
      return { ...retried, trace_id: requestId } satisfies CommitResult;
    },

    async sessionUndo({ owner, params, body }) {
      await body(undoBody);
      const archive = `viking://user/sessions/${params['id']}/history/${params['archive']}`;
      return core.memories.undo(owner, core.files.parseUri(owner, archive));
    },

    async sessionExtract({ owner, params, body }) {
      await body(extractBody);
      return core.sessions.extractLive(owner, params['id'] ?? '');
    },

    async sessionContext({ owner, params, query }) {
      return core.sessions.context(owner, params['id'] ?? '', query(contextQuery).token_budget);
    },

    async sessionArchive({ owner, params }) {
      return core.sessions.archive(owner, params['id'] ?? '', params['archive'] ?? '');
    },
  } satisfies Record<string, Handler>;
}

function turnBudget(b: z.infer<typeof commitBody>): Pick<CommitOptions, 'turnBudget'> {
  if (b.retention_mode === undefined) {
    const strange = ONLY_WITH_RETENTION.filter((field) => b[field] !== undefined);
    if (strange.length === 0) return {};
    throw new VikingError(
      'INVALID_ARGUMENT',
      `${strange.join(', ')}: only with retention_mode "turn_budget"`,
    );
  }
  return {
    turnBudget: {
      ...(b.keep_recent_turn_count === undefined ? {} : { turns: b.keep_recent_turn_count }),
      ...(b.retained_message_token_budget === undefined ? {} : { tokens: b.retained_message_token_budget }),
      ...(b.min_raw_tail_steps === undefined ? {} : { minSteps: b.min_raw_tail_steps }),
    },
  };
}

/** A message with only the fields that were given. */
function plain(message: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(message).filter(([, value]) => value !== undefined && value !== null),
  );
}
