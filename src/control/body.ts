import type { IncomingMessage } from 'node:http';
import { invalidRequest } from '../api/parse-request.ts';
import { VikingError } from '../errors/index.ts';

/** Longest JSON body. Larger content goes through `temp_upload` or the mount. */
const JSON_BODY_MAX_BYTES = 64 * 1024 ** 2;

/**
 * Pieces of a body, counted. When the limit is passed, or the consumer stops, the rest is thrown away as it arrives,
 * so that the sender can read the answer instead of a broken connection.
 * @throws TOO_LARGE
 */
export async function* boundedBody(incoming: IncomingMessage, maxBytes: number): AsyncGenerator<Buffer> {
  try {
    if (Number(incoming.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
    let received = 0;
    for await (const piece of incoming.iterator({ destroyOnReturn: false })) {
      received += (piece as Buffer).length;
      if (received > maxBytes) throw tooLarge(maxBytes);
      yield piece as Buffer;
    }
  } finally {
    incoming.resume();
  }
}

/**
 * The body as JSON; an empty body is `{}`.
 * @throws TOO_LARGE; INVALID_ARGUMENT for another content type, bytes that are not UTF-8, or malformed JSON
 */
export async function readJsonBody(
  incoming: IncomingMessage,
  maxBytes = JSON_BODY_MAX_BYTES,
): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const piece of boundedBody(incoming, maxBytes)) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  if (bytes.length === 0) return {};
  assertPlain(incoming.headers['content-encoding']);
  assertJsonType(incoming.headers['content-type']);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw invalidRequest([
      { loc: ['body'], msg: `not valid JSON: ${(error as Error).message}`, type: 'json_invalid' },
    ]);
  }
}

function assertPlain(encoding: string | undefined): void {
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  const msg = `content encoding ${JSON.stringify(encoding.slice(0, 40))} is not understood: send the body as it is`;
  throw invalidRequest([{ loc: ['header', 'content-encoding'], msg, type: 'content_encoding' }]);
}

function assertJsonType(header: string | undefined): void {
  const type = (header ?? '').split(';')[0]!.trim().toLowerCase();
  if (type === 'application/json' || (type.startsWith('application/') && type.endsWith('+json'))) return;
  throw invalidRequest([
    {
      loc: ['header', 'content-type'],
      msg: `content type ${JSON.stringify(type)} is not application/json`,
      type: 'content_type',
    },
  ]);
}

function tooLarge(maxBytes: number): VikingError {
  return new VikingError('TOO_LARGE', `request body is larger than ${maxBytes} bytes`, {
    hint: 'Send large content as a file: through the mount, or POST /api/v1/resources/temp_upload.',
    details: { max_bytes: maxBytes },
  });
}
