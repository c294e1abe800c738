import { VikingError } from '../errors/index.ts';

/** Longest input that is sent as one request: the daemon's own limit is 64 MiB of JSON. */
const STDIN_MAX_BYTES = 48 * 1024 ** 2;

/**
 * Content from the command line, or from standard input when it is `-` or absent and input is piped.
 * @throws INVALID_ARGUMENT when there is nothing to take it from; TOO_LARGE
 */
export async function contentOf(given: string | undefined, what: string): Promise<string | Uint8Array> {
  if (given !== undefined && given !== '-') return given;
  if (given === undefined && process.stdin.isTTY === true) {
    throw new VikingError('INVALID_ARGUMENT', `${what}: no content`, {
      hint: 'Give it as an argument or with --content, or pipe it in.',
    });
  }
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of process.stdin) {
    size += (piece as Buffer).length;
    if (size > STDIN_MAX_BYTES) {
      throw new VikingError('TOO_LARGE', `${what}: standard input has more than ${STDIN_MAX_BYTES} bytes`, {
        hint: 'Copy large files through the mount.',
      });
    }
    pieces.push(piece as Buffer);
  }
  return asText(Buffer.concat(pieces));
}

/** Text when the bytes are UTF-8 and survive the way there and back, otherwise the bytes. */
export function asText(bytes: Buffer): string | Uint8Array {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : bytes;
}
