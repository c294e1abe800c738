import { ROUTES, type RouteName } from '../api/routes.ts';
import { VikingError } from '../errors/index.ts';

export interface Matched {
  readonly name: RouteName;
  /** Decoded `:name` segments. */
  readonly params: Readonly<Record<string, string>>;
}

interface Pattern {
  readonly name: RouteName;
  readonly method: string;
  readonly segments: readonly string[];
}

const NO_PARAMS: Readonly<Record<string, string>> = {};

const FIXED = new Map<string, RouteName>();
const PATTERNS: Pattern[] = [];
for (const [name, { method, path }] of Object.entries(ROUTES)) {
  if (!path.includes(':')) FIXED.set(`${method} ${path}`, name as RouteName);
  else PATTERNS.push({ name: name as RouteName, method, segments: path.split('/') });
}

/**
 * The route a request is for; a fixed path goes before one with `:name`. `HEAD` is answered as `GET` without a body.
 * @throws INVALID_ARGUMENT for a segment that is not valid percent-encoded UTF-8
 */
export function matchRoute(method: string, path: string): Matched | undefined {
  const asked = method === 'HEAD' ? 'GET' : method;
  const fixed = FIXED.get(`${asked} ${path}`);
  if (fixed !== undefined) return { name: fixed, params: NO_PARAMS };
  const segments = path.split('/');
  for (const pattern of PATTERNS) {
    if (pattern.method !== asked || pattern.segments.length !== segments.length) continue;
    const params = paramsOf(pattern.segments, segments);
    if (params !== undefined) return { name: pattern.name, params };
  }
  return undefined;
}

/**
 * The path and query of a request line. Slashes that a base URL adds do not matter: repeated ones at the front, those at
 * the end. One in the middle is an empty segment, and an id left empty must not become another route.
 */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return { path: tidy(path), query: mark < 0 ? '' : target.slice(mark + 1) };
}

function tidy(path: string): string {
  // A request line may carry a whole URL (RFC 9112, 3.2.2).
  const rooted = path.startsWith('/') ? path : URL.canParse(path) ? new URL(path).pathname : '/';
  return rooted.startsWith('//') || rooted.endsWith('/') ? `/${rooted.replace(/^\/+|\/+$/g, '')}` : rooted;
}

function paramsOf(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index]!;
    if (!part.startsWith(':')) {
      if (part !== segment) return undefined;
    } else {
      if (segment === '') return undefined;
      params[part.slice(1)] = decoded(segment);
    }
  }
  return params;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    throw new VikingError(
      'INVALID_ARGUMENT',
      `path segment ${JSON.stringify(segment.slice(0, 200))}: not valid`,
      {
        hint: 'Percent-encode UTF-8.',
        cause: error,
      },
    );
  }
}
