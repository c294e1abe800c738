import { VikingError } from '../errors/index.ts';
import { type FilterContext, type IndexFilter, parseFilter, tagOf, timeOf } from '../retrieval/index.ts';
import type { FindRequest } from './core.ts';

const QUERY_LIMIT = 10_000;

/** @throws INVALID_ARGUMENT for an empty or endless question */
export function assertQuestion(query: string): void {
  if (query.trim() === '') throw new VikingError('INVALID_ARGUMENT', 'the query is empty');
  if (query.length > QUERY_LIMIT) {
    throw new VikingError('INVALID_ARGUMENT', `the query has more than ${QUERY_LIMIT} characters`);
  }
}

/**
 * All conditions of a request as one filter, or undefined for none: its filter, every tag, and the time span.
 * @throws INVALID_ARGUMENT
 */
export function requestFilter(request: FindRequest, context: FilterContext): IndexFilter | undefined {
  const parts: IndexFilter[] = (request.tags ?? []).map((tag) => {
    return { op: 'paths', paths: context.tagged(tagOf(tag)) };
  });
  const { since, until, timeField: field = 'updated_at' } = request;
  const { nowMs } = context;
  if (since !== undefined) {
    parts.push({ op: 'range', field, range: { gte: timeOf(since, { at: 'since', nowMs, isEnd: false }) } });
  }
  if (until !== undefined) {
    parts.push({ op: 'range', field, range: { lte: timeOf(until, { at: 'until', nowMs, isEnd: true }) } });
  }
  const own = request.filter === undefined ? undefined : parseFilter(request.filter, context);
  if (own !== undefined) parts.push(own);
  return parts.length === 0 ? undefined : { op: 'and', of: parts };
}

/** Whether a request looks at tags, so that they are read only then. */
export function asksTags({ tags, filter }: FindRequest): boolean {
  return (
    (tags !== undefined && tags.length > 0) ||
    (filter !== undefined && JSON.stringify(filter).includes('tags"'))
  );
}
