import { RE2JS } from 're2js';
import { VikingError } from '../errors/index.ts';
import type { IndexFilter, NumberField, NumberRange, TextField } from '../index/filter.ts';
import { timeOf } from './filter-time.ts';

const TEXT_FIELDS = ['uri', 'name', 'context_type', 'level'] as const satisfies readonly TextField[];
const TIME_FIELDS = ['updated_at', 'created_at'] as const;
const NUMBER_FIELDS = [...TIME_FIELDS, 'size'] as const satisfies readonly NumberField[];
const TAG_FIELDS = ['tags', 'search_tags'] as const;
const FIELDS: readonly string[] = [...TEXT_FIELDS, ...NUMBER_FIELDS, 'tags'];
/** Operators and the keys each has besides `op`. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  and: ['conds'],
  or: ['conds'],
  must: ['field', 'conds'],
  must_not: ['field', 'conds'],
  range: ['field', 'gte', 'gt', 'lte', 'lt'],
  range_out: ['field', 'gte', 'gt', 'lte', 'lt'],
  time_range: ['field', 'gte', 'gt', 'lte', 'lt'],
  prefix: ['field', 'prefix'],
  contains: ['field', 'substring'],
  regex: ['field', 'pattern'],
};
const DEPTH_MOST = 16;
const CONDITIONS_MOST = 1_000;

export interface FilterContext {
  /** Milliseconds since the epoch that `2d` counts back from. */
  readonly nowMs: number;
  /** Content paths of entries that have a tag. */
  tagged(tag: string): readonly string[];
}

/**
 * A filter in the language of the reference: `and`/`or` over `conds`, `must`/`must_not` of values, `range`,
 * `range_out` and `time_range` with `gte gt lte lt`, `prefix`, `contains` (`substring`), `regex` (`pattern`, RE2). An
 * empty object filters nothing.
 * @throws INVALID_ARGUMENT naming the place, for an operator, field, key or value that is not known
 */
export function parseFilter(value: unknown, context: FilterContext): IndexFilter | undefined {
  if (isRecord(value) && Object.keys(value).length === 0) return undefined;
  let conditions = 0;

  function parse(condition: unknown, at: string, depth: number): IndexFilter {
    if (!isRecord(condition)) throw bad(at, `is not an object such as {"op":"must",…}`);
    if (depth > DEPTH_MOST) throw bad(at, `is nested more than ${DEPTH_MOST} deep`);
    if (++conditions > CONDITIONS_MOST) throw bad(at, `has more than ${CONDITIONS_MOST} conditions`);
    const op = condition['op'];
    const keys = typeof op === 'string' ? OPERATORS[op] : undefined;
    if (typeof op !== 'string' || keys === undefined || !Object.hasOwn(OPERATORS, op)) {
      throw bad(`${at}.op`, `${shown(op)} is not one of ${Object.keys(OPERATORS).join(', ')}`);
    }
    const unknown = Object.keys(condition).find((key) => key !== 'op' && !keys.includes(key));
    if (unknown !== undefined)
      throw bad(`${at}.${unknown}`, `is not a key of ${op}; it has ${keys.join(', ')}`);
    if (op === 'and' || op === 'or') {
      const of = listAt(condition['conds'], `${at}.conds`);
      return { op, of: of.map((one, index) => parse(one, `${at}.conds[${index}]`, depth + 1)) };
    }
    const field = fieldOf(condition['field'], `${at}.field`);
    if (op === 'must') return oneOf(field, condition['conds'], at);
    if (op === 'must_not') return { op: 'not', of: oneOf(field, condition['conds'], at) };
    if (op === 'range' || op === 'time_range') return within(field, condition, at);
    if (op === 'range_out') return { op: 'not', of: within(field, condition, at) };
    return textual(op as 'prefix' | 'contains' | 'regex', field, condition, at);
  }

  function oneOf(field: string, values: unknown, at: string): IndexFilter {
    const list = listAt(Array.isArray(values) ? values : [values], `${at}.conds`);
    const texts = list.map((one, index) => {
      if (typeof one === 'string' || typeof one === 'number') return String(one);
      throw bad(`${at}.conds[${index}]`, `${shown(one)} is neither text nor a number`);
    });
    if (isOneOf(TAG_FIELDS, field))
      return { op: 'paths', paths: texts.flatMap((tag) => context.tagged(tagOf(tag))) };
    if (isOneOf(TEXT_FIELDS, field)) return { op: 'in', field, values: texts };
    const ranges = texts.map((text, index): IndexFilter => {
      const number = numberIn(field as NumberField, text, `${at}.conds[${index}]`);
      return { op: 'range', field: field as NumberField, range: { gte: number, lte: number } };
    });
    return { op: 'or', of: ranges };
  }

  function within(field: string, condition: Readonly<Record<string, unknown>>, at: string): IndexFilter {
    if (!isOneOf(NUMBER_FIELDS, field)) {
      throw bad(`${at}.field`, `${shown(field)} has no order; a range is of ${NUMBER_FIELDS.join(', ')}`);
    }
    const range: { -readonly [Key in keyof NumberRange]: number } = {};
    for (const key of ['gt', 'gte', 'lt', 'lte'] as const) {
      const bound = condition[key];
      if (bound !== undefined && bound !== null) range[key] = numberIn(field, bound, `${at}.${key}`);
    }
    if (Object.keys(range).length === 0) throw bad(at, 'has none of gt, gte, lt, lte');
    return { op: 'range', field, range };
  }

  function numberIn(field: NumberField, value: unknown, at: string): number {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (typeof value !== 'string') throw bad(at, `${shown(value)} is neither a number nor a time`);
    if (field !== 'size') return timeOf(value, { at, nowMs: context.nowMs, isEnd: /\.(?:lte|gt)$/.test(at) });
    if (/^\d{1,15}$/.test(value)) return Number(value);
    throw bad(at, `${shown(value)} is not a number of bytes`);
  }

  return parse(value, 'filter', 1);
}

function textual(
  op: 'prefix' | 'contains' | 'regex',
  field: string,
  condition: Readonly<Record<string, unknown>>,
  at: string,
): IndexFilter {
  if (!isOneOf(TEXT_FIELDS, field)) {
    throw bad(`${at}.field`, `${shown(field)} is no text; ${op} is of ${TEXT_FIELDS.join(', ')}`);
  }
  const key = OPERATORS[op]![1]!;
  const text = condition[key];
  if (typeof text !== 'string') throw bad(`${at}.${key}`, `${shown(text)} is no text`);
  if (op === 'regex') {
    try {
      RE2JS.compile(text);
    } catch (error) {
      throw bad(`${at}.${key}`, `${shown(text)} is not a pattern of RE2: ${String(error)}`);
    }
  }
  return { op, field, text };
}

/** Tags are compared in lower case. */
export function tagOf(text: string): string {
  return text.trim().toLowerCase();
}

function fieldOf(field: unknown, at: string): string {
  if (typeof field === 'string' && (FIELDS.includes(field) || field === 'search_tags')) return field;
  throw bad(at, `${shown(field)} is not one of ${FIELDS.join(', ')}`);
}

function listAt(value: unknown, at: string): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0 && value.length <= CONDITIONS_MOST) return value;
  throw bad(at, `is not a list of 1 to ${CONDITIONS_MOST}`);
}

function isOneOf<T extends string>(list: readonly T[], value: string): value is T {
  return (list as readonly string[]).includes(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 80) ?? 'nothing';
}

function bad(at: string, why: string): VikingError {
  return new VikingError('INVALID_ARGUMENT', `${at}: ${why}`, {
    hint: 'docs/retrieval.md describes the filter language.',
  });
}
