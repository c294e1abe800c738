import OpenAI, { APIError, APIUserAbortError } from 'openai';
import { ModelFailure } from '../failure.ts';

/** Largest answer that is read: 2,048 vectors of 3,072 numbers as JSON are about 80 MB; nobody asks for so many. */
const ANSWER_BYTES_MOST = 64 * 1024 * 1024;
/** The library's own bound; the signal of each call is the one that matters. */
const LIBRARY_TIMEOUT_MS = 600_000;
/** Longest pause an endpoint may ask for. */
const RETRY_AFTER_MOST_MS = 3_600_000;

export interface TransportOptions {
  readonly url: string;
  readonly key: string | undefined;
}

/** One request, one answer: no retries, no redirects. */
export interface Transport {
  /** The parsed JSON body, unchecked. @throws ModelFailure */
  post(path: string, body: object, signal: AbortSignal): Promise<unknown>;
}

export function createTransport({ url, key }: TransportOptions): Transport {
  const { address, query, basic } = addressOf(url);
  // Everything the library would take from the environment is given: nothing is sent that was not configured here.
  const client = new OpenAI({
    baseURL: address,
    apiKey: key ?? 'none',
    organization: null,
    project: null,
    defaultQuery: query,
    ...(key === undefined ? { defaultHeaders: { Authorization: basic } } : {}),
    maxRetries: 0,
    timeout: LIBRARY_TIMEOUT_MS,
    logLevel: 'off',
    fetch: fetchWhole,
  });
  return {
    async post(path, body, signal) {
      try {
        const answer: unknown = await client.post(path, { body, signal });
        if (typeof answer !== 'object' || answer === null) {
          throw new ModelFailure('malformed', 'the answer is not JSON');
        }
        return answer;
      } catch (error) {
        throw asFailure(error, signal);
      }
    },
  };
}

/** The parts of a configured URL: `fetch` takes no credentials in one, and a path cannot be added to a query. */
function addressOf(url: string): { address: string; query: Record<string, string>; basic: string | null } {
  const parsed = new URL(url);
  const { username, password } = parsed;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const basic = username === '' ? null : `Basic ${Buffer.from(pair).toString('base64')}`;
  const query = Object.fromEntries(parsed.searchParams);
  parsed.username = '';
  parsed.password = '';
  parsed.search = '';
  return { address: parsed.toString().replace(/\/+$/, ''), query, basic };
}

/** Reads the body before it answers, so that the signal of the call covers it, and a redirect takes no key elsewhere. */
async function fetchWhole(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, { ...init, redirect: 'error' });
  const parts: Uint8Array[] = [];
  let size = 0;
  if (response.body !== null) {
    for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
      size += part.length;
      if (size > ANSWER_BYTES_MOST) {
        throw new ModelFailure('malformed', `the answer is longer than ${ANSWER_BYTES_MOST} bytes`);
      }
      parts.push(part);
    }
  }
  const body = response.status === 204 || response.status === 304 ? null : Buffer.concat(parts);
  return new Response(body, {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  });
}

function asFailure(error: unknown, signal: AbortSignal): ModelFailure {
  if (error instanceof ModelFailure) return error;
  if (signal.aborted || error instanceof APIUserAbortError) return abortFailure(signal);
  if (error instanceof SyntaxError) {
    return new ModelFailure('malformed', 'the answer is not JSON', { cause: error });
  }
  if (error instanceof APIError && error.status !== undefined) return statusFailure(error);
  const within = innermost(error);
  if (within instanceof ModelFailure) return within;
  if (within instanceof SyntaxError)
    return new ModelFailure('malformed', 'the answer is not JSON', { cause: error });
  return new ModelFailure('connection', `cannot be reached (${textOf(within)})`, { cause: error });
}

/** What an aborted call comes to: the deadline of the call, or the caller who gave up. */
export function abortFailure(signal: AbortSignal): ModelFailure {
  const isDeadline = (signal.reason as { name?: unknown } | undefined)?.name === 'TimeoutError';
  return isDeadline
    ? new ModelFailure('timeout', 'no answer in time')
    : new ModelFailure('aborted', 'the call was given up');
}

function statusFailure(error: APIError): ModelFailure {
  const status = error.status as number;
  const said = `HTTP ${status}: ${shortened(error.message)}`;
  const options = { status, cause: error };
  if (status === 401 || status === 403) return new ModelFailure('auth', said, options);
  if (status === 429)
    return new ModelFailure('rate', said, { ...options, retryAfterMs: retryAfterMs(error.headers) });
  if (status === 408) return new ModelFailure('timeout', said, options);
  if (status >= 500)
    return new ModelFailure('server', said, { ...options, retryAfterMs: retryAfterMs(error.headers) });
  return new ModelFailure('request', said, options);
}

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3). */
function retryAfterMs(headers: Headers | undefined): number | undefined {
  const text = headers?.get('retry-after')?.trim();
  if (text === undefined || text === '') return undefined;
  const ms = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), RETRY_AFTER_MOST_MS) : undefined;
}

function innermost(error: unknown): unknown {
  let inner = error;
  for (let depth = 0; depth < 5; depth++) {
    const cause = (inner as { cause?: unknown } | undefined)?.cause;
    if (cause === undefined || cause === null) break;
    inner = cause;
  }
  return inner;
}

function textOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (typeof code === 'string') return code;
  return shortened(error instanceof Error ? error.message : String(error));
}

/** The endpoint's own words, which may be a whole page. */
function shortened(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length <= 200 ? line : `${line.slice(0, 199)}…`;
}
