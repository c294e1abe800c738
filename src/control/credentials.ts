import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { HEADERS } from '../api/headers.ts';
import { VikingError } from '../errors/index.ts';

/**
 * The API key of a request: `X-API-Key`, `Authorization: Bearer`, or the password of `Authorization: Basic`, which is
 * all that WebDAV clients can send. Two different keys are refused: it would be unclear which one counts.
 * @throws UNAUTHENTICATED
 */
export function keyOf(headers: IncomingHttpHeaders): string | undefined {
  const plain = header(headers, HEADERS.apiKey);
  const carried = fromAuthorization(headers.authorization);
  if (plain !== undefined && carried !== undefined && plain !== carried) {
    throw new VikingError('UNAUTHENTICATED', 'the request carries two different API keys');
  }
  return plain ?? carried;
}

/** A header that came once, without spaces around it; an empty one is none. @throws INVALID_ARGUMENT when it came twice */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  if (Array.isArray(value)) throw new VikingError('INVALID_ARGUMENT', `header ${name}: sent more than once`);
  const text = value?.trim();
  return text === undefined || text === '' ? undefined : text;
}

/** As `header`, also for those that Node joins with a comma when they come twice. */
export function singleHeader(incoming: IncomingMessage, name: string): string | undefined {
  const sent = incoming.headersDistinct[name];
  if (sent !== undefined && sent.length > 1)
    throw new VikingError('INVALID_ARGUMENT', `header ${name}: sent more than once`);
  return header(incoming.headers, name);
}

function fromAuthorization(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [scheme = '', value = ''] = text.trim().split(/\s+/, 2);
  if (/^bearer$/i.test(scheme) && value !== '') return value;
  if (!/^basic$/i.test(scheme)) return undefined;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  const password = colon < 0 ? '' : pair.slice(colon + 1);
  return password === '' ? undefined : password;
}
