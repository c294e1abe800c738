import { lookup } from 'node:dns';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { urlToHttpOptions } from 'node:url';
import { bounded } from '../base/bounded.ts';
import { hiddenIn } from '../content/index.ts';
import { type ErrorCode, isVikingError, toVikingError, VikingError } from '../errors/index.ts';
import { isPublicAddress } from './public-address.ts';
import { resourceName } from './resource-name.ts';

/** Largest file that is fetched: the reference's limit of an upload. */
export const FETCH_MAX_BYTES = 512 * 1024 ** 2;
const REDIRECTS_MOST = 5;
const SILENT_MS = 30_000;
const WHOLE_MS = 600_000;
/** What the disk has against a file, whoever sends it. */
const OF_THE_DISK: ReadonlySet<ErrorCode> = new Set([
  'NO_SPACE',
  'RESOURCE_EXHAUSTED',
  'READ_ONLY',
  'TOO_LARGE',
]);

export interface FetchOptions {
  /** Directory on the content's filesystem for unfinished work. */
  readonly stagingDir: string;
  /** Also from this machine and its networks. Default: from the public Internet only. */
  readonly allowPrivate?: boolean;
  /** Default `FETCH_MAX_BYTES`. */
  readonly maxBytes?: number;
  /** What ends it earlier; a reason that is a `VikingError` is thrown. */
  readonly signals?: readonly (AbortSignal | undefined)[];
  /** Longest silence of the other side. Default: 30 s. */
  readonly silentMs?: number;
  /** Longest time for all of it. Default: 10 minutes. */
  readonly wholeMs?: number;
}

/** A file that was fetched, on this machine until it is closed. */
export interface FetchedSource {
  readonly path: string;
  close(): Promise<void>;
}

/** Whether a source is to be fetched. */
export function isRemoteSource(source: string): boolean {
  return /^https?:\/\//i.test(source);
}

/** A source as errors and logs name it: of an address not the query, where the secret of a signed link is. */
export function sourceText(source: string): string {
  if (!isRemoteSource(source)) return source;
  return URL.canParse(source) ? urlText(new URL(source)) : source.replace(/[?#].*$/s, '');
}

function urlText({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

/**
 * Fetches a file over http or https. What it connects to is checked as it connects, at every redirect: a name that
 * leads into this machine's networks, now or the next time it is asked, reaches nothing there.
 * @throws INVALID_ARGUMENT (no usable URL), UNIMPLEMENTED (a repository), PERMISSION_DENIED (not public, or refused there),
 * NOT_FOUND, TOO_LARGE, NO_SPACE, UNAVAILABLE
 */
export async function fetchSource(source: string, options: FetchOptions): Promise<FetchedSource> {
  const first = remoteUrl(source);
  const directory = hiddenIn(options.stagingDir);
  const close = () => rm(directory, { recursive: true, force: true });
  const { signals = [], wholeMs: timeoutMs = WHOLE_MS } = options;
  return bounded({ timeoutMs, signals }, async (signal) => {
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const { response, url } = await follow(first, options, signal);
      const path = join(directory, nameOf(url, response.headers['content-type']));
      await pipeline(
        response,
        atMost(options.maxBytes ?? FETCH_MAX_BYTES, urlText(first)),
        createWriteStream(path, { mode: 0o600 }),
        { signal },
      );
      return { path, close };
    } catch (error) {
      await close();
      throw failed(first, error, signal);
    }
  });
}

function failed(url: URL, error: unknown, signal: AbortSignal): VikingError {
  if (isVikingError(error)) return error;
  if (isVikingError(signal.reason)) return signal.reason;
  const { code, syscall } = error as NodeJS.ErrnoException;
  const known = toVikingError(error).code;
  // The whole message names the place in staging.
  if (syscall !== 'connect' && OF_THE_DISK.has(known))
    return new VikingError(known, `${urlText(url)}: cannot be kept (${code})`, { cause: error });
  const why = signal.aborted ? 'it took too long' : (error as Error).message;
  return new VikingError('UNAVAILABLE', `${urlText(url)}: cannot be fetched (${why})`, {
    hint: 'Look whether the address answers, or download the file and import it.',
    cause: error,
  });
}

function remoteUrl(source: string): URL {
  if (!URL.canParse(source))
    throw new VikingError('INVALID_ARGUMENT', `path ${sourceText(source)}: not a URL`);
  const url = new URL(source);
  if (url.username !== '' || url.password !== '') {
    throw new VikingError('INVALID_ARGUMENT', `path ${url.origin}: a URL with a password in it is not kept`, {
      hint: 'Download the file and import it.',
    });
  }
  if (!isRepository(url)) return url;
  throw new VikingError(
    'UNIMPLEMENTED',
    `path ${urlText(url)}: repositories are not cloned in this version`,
    {
      hint: 'Clone it, then import the directory.',
    },
  );
}

/** As the reference tells one: by its ending, or as the front page of a project of a known host. */
function isRepository({ hostname, pathname }: URL): boolean {
  const segments = pathname.split('/').filter((segment) => segment !== '');
  return (
    pathname.endsWith('.git') ||
    (/^(www\.)?(github|gitlab|bitbucket)\.(com|org)$/.test(hostname) && segments.length === 2)
  );
}

async function follow(
  first: URL,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<{ readonly response: IncomingMessage; readonly url: URL }> {
  let url = first;
  for (let hops = 0; hops <= REDIRECTS_MOST; hops++) {
    const response = await get(url, options, signal);
    const { statusCode: status = 0, headers } = response;
    if (status >= 200 && status < 300) return { response, url };
    response.destroy();
    const { location } = headers;
    if (status < 300 || status >= 400 || location === undefined) throw refused(url, status);
    if (!URL.canParse(location, url.href) || !isRemoteSource(new URL(location, url).href))
      throw new VikingError('UNAVAILABLE', `${urlText(url)}: leads to what is no web address`);
    url = new URL(location, url);
  }
  throw new VikingError('UNAVAILABLE', `${urlText(first)}: redirects more than ${REDIRECTS_MOST} times`);
}

function get(
  url: URL,
  { allowPrivate = false, silentMs = SILENT_MS }: FetchOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // A literal address is connected to without being looked up.
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) throw notPublic(url.host);
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const sent = send({
      ...urlToHttpOptions(url),
      agent: false,
      signal,
      headers: { 'user-agent': 'vikingfs', accept: '*/*', 'accept-encoding': 'identity' },
      ...(allowPrivate ? {} : { lookup: publicLookup }),
    });
    sent.setTimeout(silentMs, () => sent.destroy(new Error(`no answer for ${silentMs / 1_000} s`)));
    sent.once('response', resolve);
    sent.once('error', reject);
    // A connection that is to become another (101) ends with neither.
    sent.once('close', () => reject(new Error('closed without an answer')));
    sent.end();
  });
}

/** dns.lookup whose every answer is public: what is checked here is what is connected to. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '');
    const inside = addresses.find(({ address }) => !isPublicAddress(address));
    if (inside !== undefined) return callback(notPublic(hostname), '');
    if (options.all === true) return callback(null, addresses);
    callback(null, addresses[0]!.address, addresses[0]!.family);
  });
};

function notPublic(host: string): VikingError {
  return new VikingError('PERMISSION_DENIED', `${host}: not an address of the public Internet`, {
    hint: "Upload the file, or let the daemon's owner set sources.private_addresses.",
  });
}

function refused(url: URL, status: number): VikingError {
  const code =
    status === 404 || status === 410
      ? 'NOT_FOUND'
      : status === 401 || status === 403
        ? 'PERMISSION_DENIED'
        : 'UNAVAILABLE';
  return new VikingError(code, `${urlText(url)}: answers ${status}`, { details: { status } });
}

function atMost(maxBytes: number, source: string): Transform {
  let bytes = 0;
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      bytes += piece.length;
      if (bytes <= maxBytes) done(null, piece);
      else done(new VikingError('TOO_LARGE', `${source}: larger than ${maxBytes} bytes`));
    },
  });
}

/** Endings of what comes without one. */
const ENDINGS: Readonly<Record<string, string>> = {
  'text/html': '.html',
  'text/markdown': '.md',
  'text/plain': '.txt',
  'application/json': '.json',
  'application/pdf': '.pdf',
  'application/zip': '.zip',
};

/** The last word of the address, else its host, as a safe name with an ending. */
function nameOf({ pathname, hostname }: URL, type = ''): string {
  const last = pathname.split('/').findLast((segment) => segment !== '') ?? '';
  const name = resourceName(last === '' ? hostname : decoded(last));
  const ending = ENDINGS[type.split(';')[0]!.trim().toLowerCase()];
  const has = last !== '' && /\.[A-Za-z0-9]{1,8}$/.test(name);
  return has || ending === undefined ? name : `${name}${ending}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
