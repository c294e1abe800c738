import { VikingError } from '../errors/index.ts';
import type { Option } from './command.ts';
import type { Context } from './context.ts';

/** What every command that asks a question takes, but where and how many. */
export const QUESTION_OPTIONS = {
  'context-type': {
    type: 'strings',
    describe: 'Kind of answer (may be repeated)',
    choices: ['memory', 'resource', 'skill'],
  },
  threshold: { type: 'number', alias: 't', describe: 'Lowest score' },
  after: { type: 'string', alias: 'since', describe: 'Changed since: 2d, 2026-01-31 or ISO-8601' },
  before: { type: 'string', alias: 'until', describe: 'Changed until' },
  tags: { type: 'strings', describe: 'Only with this tag (may be repeated)' },
  filter: { type: 'string', describe: 'Condition as JSON, see docs/retrieval.md' },
} as const satisfies Record<string, Option>;

/** Of commands whose answer is a list. */
export const LIST_OPTIONS = {
  uri: { type: 'strings', alias: 'u', describe: 'Search below this URI or path (may be repeated)' },
  'node-limit': { type: 'number', alias: ['n', 'limit'], describe: 'Most answers', default: 10 },
  level: { type: 'string', alias: 'L', describe: '2 files (default), 0 and 1 directories; 0,2 for both' },
  'per-entry': { type: 'number', describe: 'Most answers from one file' },
  explain: { type: 'boolean', describe: 'Show the way through the directories', default: false },
} as const satisfies Record<string, Option>;

export const SESSION_OPTION = {
  session: { type: 'string', alias: 's', describe: 'Session whose messages tell what the question means' },
} as const satisfies Record<string, Option>;

interface Question {
  readonly query: readonly string[];
  readonly 'context-type': readonly string[] | undefined;
  readonly threshold: number | undefined;
  readonly after: string | undefined;
  readonly before: string | undefined;
  readonly tags: readonly string[] | undefined;
  readonly filter: string | undefined;
}

interface Listed extends Question {
  readonly uri: readonly string[] | undefined;
  readonly 'node-limit': number;
  readonly level: string | undefined;
  readonly 'per-entry': number | undefined;
  readonly explain: boolean;
}

/** The question in the words of the API. @throws INVALID_ARGUMENT */
export function questionOf(args: Question) {
  return {
    query: args.query.join(' '),
    context_type: args['context-type'],
    score_threshold: args.threshold,
    since: args.after,
    until: args.before,
    tags: args.tags,
    filter: args.filter === undefined ? undefined : jsonObject(args.filter),
  };
}

/** The same for a list. @throws INVALID_ARGUMENT */
export async function listedQuestion(args: Listed, { targets }: Context) {
  return {
    ...questionOf(args),
    target_uri: await targets.uris(args.uri ?? []),
    limit: args['node-limit'],
    level: args.level,
    per_entry: args['per-entry'],
    include_provenance: args.explain,
  };
}

function jsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below, for both.
  }
  throw new VikingError('INVALID_ARGUMENT', '--filter is not a JSON object', {
    hint: `For example: --filter '{"op":"prefix","field":"name","prefix":"2026-"}'`,
  });
}
