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
  const meant = asMeant(asked, result.error.issues);
  const again = meant === undefined ? result : schema.safeParse(meant);
  if (again.success) return again.data;
  throw invalidRequest(again.error.issues.flatMap((issue) => problems(issue, where)));
}

/** A parameter without a value (`limit=`) is what some clients send for none. */
function withoutEmpty(query: unknown): unknown {
  return Object.fromEntries(Object.entries(query as object).filter(([, value]) => value !== ''));
}

/**
 * The request with each refused value as clients of the reference mean it: `null` as absent, and text where a number or
 * a truth value is asked for as that, when it is one. Undefined: there is nothing of the kind.
 */
function asMeant(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  let copy: unknown;
  for (const { path, ...issue } of issues) {
    const key = path.at(-1);
    if (key === undefined) continue;
    const given = valueAt(value, path);
    const meant = given === null ? null : fromText(given, 'expected' in issue ? issue.expected : undefined);
    if (meant === undefined) continue;
    copy ??= structuredClone(value);
    const holder = valueAt(copy, path.slice(0, -1)) as Record<PropertyKey, unknown>;
    if (meant === null) delete holder[key];
    else holder[key] = meant;
  }
  return copy;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

const TRUE = ['true', '1', 'yes', 'on', 't', 'y'];
const FALSE = ['false', '0', 'no', 'off', 'f', 'n'];

function fromText(given: unknown, expected: unknown): boolean | number | undefined {
  if (expected === 'boolean') {
    if (given === 0 || given === 1) return given === 1;
    if (typeof given !== 'string') return undefined;
    const word = given.toLowerCase();
    return TRUE.includes(word) ? true : FALSE.includes(word) ? false : undefined;
  }
  if (expected !== 'number' && expected !== 'int') return undefined;
  const isNumber = typeof given === 'string' && /^[+-]?\d{1,15}(\.\d{1,15})?$/.test(given.trim());
  return isNumber ? Number(given) : undefined;
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
