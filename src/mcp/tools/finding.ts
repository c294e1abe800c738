import { z } from 'zod';
import type { Hit } from '../../api/results.ts';
import type { FindAnswer } from '../../client/client.ts';
import { defineTool, uri } from '../tool.ts';

const question = {
  query: z
    .string()
    .min(1)
    .describe('The question, in plain words; names and identifiers are matched exactly'),
  target_uri: z.array(uri).optional().describe('Only below these; default: everything you may read'),
  limit: z.number().int().min(1).max(100).default(10),
};

export const find = defineTool({
  name: 'find',
  title: 'Find by meaning',
  description:
    'Finds memories, resources and skills by meaning and by words. Answers ranked URIs with the best lines. ' +
    'Read the promising ones with `read`.',
  input: question,
  effect: 'reads',
  run: async (client, input) => hits(await client.find(input)),
});

export const search = defineTool({
  name: 'search',
  title: 'Search with the context of a session',
  description: 'Like `find`, with what was said in a session taken into account.',
  input: { ...question, session_id: z.string().optional() },
  effect: 'reads',
  run: async (client, input) => hits(await client.search(input)),
});

export const context = defineTool({
  name: 'context',
  title: 'What is known about a question',
  description:
    'One text within a token budget: memories, resources and skills that bear on a question, each as detailed as fits. ' +
    'Give a session to have the question understood in it.',
  input: {
    query: question.query,
    session_id: z.string().optional(),
    max_tokens: z.number().int().min(64).max(32_000).default(1_600),
    purpose: z.enum(['chat', 'coding']).default('chat'),
  },
  effect: 'reads',
  async run(client, input) {
    const { rendered } = await client.context(input);
    return rendered === '' ? 'Nothing was found.' : rendered;
  },
});

export const grep = defineTool({
  name: 'grep',
  title: 'Search text by pattern',
  description: 'Lines that match a regular expression (RE2 syntax), with their files and line numbers.',
  input: {
    uri: uri.default('viking://'),
    pattern: z.string().min(1),
    case_insensitive: z.boolean().default(false),
    node_limit: z.number().int().min(1).max(1_000).default(100),
  },
  effect: 'reads',
  run: (client, input) => client.grep(input),
});

export const glob = defineTool({
  name: 'glob',
  title: 'Find names by pattern',
  description: 'URIs of files whose path matches a pattern such as **/*.md.',
  input: {
    pattern: z.string().min(1),
    uri: uri.default('viking://'),
    node_limit: z.number().int().min(1).max(1_000).default(256),
  },
  effect: 'reads',
  run: (client, input) => client.glob(input),
});

/** What a model needs of an answer: tokens spent on empty fields answer nothing. */
function hits(answer: FindAnswer): unknown {
  const ranked = [...answer.memories, ...answer.resources, ...answer.skills].sort(
    (a, b) => b.score - a.score,
  );
  const { freshness, query_plan: plan } = answer;
  return {
    ...(plan === undefined || plan.planner === 'none' ? {} : { query_plan: plan }),
    hits: ranked.map(line),
    ...(freshness.state === 'fresh' ? {} : { freshness }),
  };
}

function line(hit: Hit): unknown {
  const { uri: where, context_type, score, abstract, lines, match_reason, tags } = hit;
  return {
    uri: where,
    context_type,
    score,
    ...(lines === undefined ? {} : { lines }),
    abstract,
    match_reason,
    ...(tags.length === 0 ? {} : { tags }),
  };
}
