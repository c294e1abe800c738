import { createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import yauzl from 'yauzl';
import { toVikingError, VikingError } from '../errors/index.ts';
import { assertSegment } from '../uri/index.ts';

/** Bounds on what an archive may unpack to, so that a few kilobytes cannot fill the disk. */
export interface UnzipLimits {
  readonly maxFiles: number;
  readonly maxBytes: number;
}

export const UNZIP_LIMITS: UnzipLimits = { maxFiles: 100_000, maxBytes: 4 * 1024 ** 3 };

/** Whether a file begins as a zip archive does (local file header, or the end record of an empty archive). */
export async function isZip(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    const signature = bytesRead === 4 ? buffer.readUInt32LE(0) : 0;
    return signature === 0x04034b50 || signature === 0x06054b50;
  } finally {
    await file.close();
  }
}

/**
 * Unpacks `archive` into the empty directory `target`. Names are checked segment by segment, so nothing lands outside.
 * @throws INVALID_ARGUMENT for a damaged or encrypted archive or a hostile name, TOO_LARGE beyond `limits`
 */
export async function unzip(
  archive: string,
  target: string,
  limits: UnzipLimits = UNZIP_LIMITS,
): Promise<void> {
  const zip = await openZip(archive);
  let bytes = 0;
  try {
    await eachEntry(zip, async (entry, index) => {
      if (index >= limits.maxFiles) {
        throw new VikingError('TOO_LARGE', `${archive}: more than ${limits.maxFiles} files`);
      }
      const path = join(target, ...entrySegments(archive, entry.fileName));
      if (entry.fileName.endsWith('/')) {
        await mkdir(path, { recursive: true });
        return;
      }
      await mkdir(dirname(path), { recursive: true });
      const count = new Transform({
        transform(data: Buffer, _encoding, done) {
          // Counted as it unpacks: the size an archive claims is not to be trusted.
          bytes += data.length;
          if (bytes <= limits.maxBytes) return done(null, data);
          return done(
            new VikingError('TOO_LARGE', `${archive}: unpacks to more than ${limits.maxBytes} bytes`),
          );
        },
      });
      await pipeline(await zip.openReadStreamPromise(entry), count, createWriteStream(path, { flags: 'wx' }));
    });
  } catch (error) {
    const known = toVikingError(error, archive);
    if (error === known || known.code === 'NO_SPACE' || known.code === 'RESOURCE_EXHAUSTED') throw known;
    throw new VikingError('INVALID_ARGUMENT', `${archive}: cannot be unpacked: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    zip.close();
  }
}

interface OpenZip {
  readonly file: yauzl.ZipFile;
  openReadStreamPromise(entry: yauzl.Entry): Promise<NodeJS.ReadableStream>;
  close(): void;
}

async function openZip(archive: string): Promise<OpenZip> {
  const file = await new Promise<yauzl.ZipFile>((resolve, reject) => {
    yauzl.open(archive, { lazyEntries: true, autoClose: false, strictFileNames: true }, (error, opened) => {
      if (error === null) resolve(opened);
      else {
        reject(
          new VikingError('INVALID_ARGUMENT', `${archive}: not a readable zip archive: ${error.message}`, {
            cause: error,
          }),
        );
      }
    });
  });
  return {
    file,
    openReadStreamPromise: (entry) =>
      new Promise((resolve, reject) => {
        file.openReadStream(entry, (error, stream) => (error === null ? resolve(stream) : reject(error)));
      }),
    close: () => file.close(),
  };
}

function eachEntry(zip: OpenZip, visit: (entry: yauzl.Entry, index: number) => Promise<void>): Promise<void> {
  let index = 0;
  return new Promise((resolve, reject) => {
    zip.file.on('error', reject);
    zip.file.on('end', resolve);
    zip.file.on('entry', (entry: yauzl.Entry) => {
      visit(entry, index++).then(() => zip.file.readEntry(), reject);
    });
    zip.file.readEntry();
  });
}

function entrySegments(archive: string, name: string): string[] {
  const segments = name.split('/').filter((segment) => segment !== '');
  if (name.startsWith('/') || segments.length === 0) {
    throw new VikingError('INVALID_ARGUMENT', `${archive}: holds the unusable name ${JSON.stringify(name)}`);
  }
  for (const segment of segments) assertSegment(segment, `${archive}: ${name.slice(0, 200)}`);
  return segments;
}
