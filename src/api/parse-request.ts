import type { z } from 'zod';
import { VikingError } from '../errors/index.ts';

/** One thing wrong with a request: where, and what. */
export interface ValidationProblem {
  /** `body` or `query`, then the path of the field, e.g. `["body", "messages", 0, "role"]`. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/**
 * `value` as the schema has it.
 * @throws INVALID_ARGUMENT naming every wrong field, with `details.validation_errors`
 */
export function parseRequest<S extends z.ZodType>(
  schema: S,
  value: unknown,
  where: 'body' | 'query',
): z.infer<S> {
  const asked = where === 'query' ? withoutEmpty(value) : value;
  const result = schema.safeParse(asked);
  if (result.success) return result.data;
  const stripped = withoutRefusedNulls(asked, result.error.issues);
  if (stripped !== undefined) return parseRequest(schema, stripped, where);
  throw invalidRequest(result.error.issues.flatMap((issue) => problems(issue, where)));
}

/** A parameter without a value (`limit=`) is what some clients send for none. */
function withoutEmpty(query: unknown): unknown {
  return Object.fromEntries(Object.entries(query as object).filter(([, value]) => value !== ''));
}

/** `null` means absent: the object without those of its keys that were refused for being `null`; undefined: there are none. */
function withoutRefusedNulls(
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const refused = new Set(issues.filter(({ path }) => path.length === 1).map(({ path }) => String(path[0])));
  const kept = Object.entries(fields).filter(([key, field]) => field !== null || !refused.has(key));
  return kept.length === Object.keys(fields).length ? undefined : Object.fromEntries(kept);
}

/** The error of a request that cannot be understood. */
export function invalidRequest(found: readonly ValidationProblem[]): VikingError {
  const told = found.slice(0, 5).map((problem) => {
    const field = problem.loc.slice(1).join('.');
    return field === '' ? problem.msg : `${field}: ${problem.msg}`;
  });
  const more = found.length > 5 ? `; and ${found.length - 5} more` : '';
  return new VikingError('INVALID_ARGUMENT', `${told.join('; ')}${more}`, {
    details: { validation_errors: found },
  });
}

function problems(issue: z.core.$ZodIssue, where: string): ValidationProblem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ loc: [where, ...path, key], msg: 'unknown key', type: 'unknown_key' }));
  }
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return [
    {
      loc: [where, ...path],
      msg: missing ? 'required' : issue.message,
      type: missing ? 'missing' : issue.code,
    },
  ];
}
