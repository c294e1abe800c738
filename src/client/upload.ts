import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';

/** A file as a `multipart/form-data` body with one field, `file`, streamed. */
export function multipartFile(path: string): { contentType: string; bytes: AsyncIterable<Uint8Array> } {
  const boundary = `vikingfs-${randomBytes(16).toString('hex')}`;
  const name = basename(path)
    .replaceAll('"', '%22')
    .replace(/[\r\n]/g, '_');
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n` +
        'Content-Type: application/octet-stream\r\n\r\n',
    );
    yield* createReadStream(path) as AsyncIterable<Buffer>;
    yield Buffer.from(`\r\n--${boundary}--\r\n`);
  }
  return { contentType: `multipart/form-data; boundary=${boundary}`, bytes: bytes() };
}
