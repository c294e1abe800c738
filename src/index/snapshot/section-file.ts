import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { syncDirectory } from '../../base/atomic-write.ts';

/** A large array, written and read as it lies in memory (little-endian, as every machine Node.js runs on). */
export type Section = Uint8Array | Uint32Array | Float64Array;

interface SectionHeader {
  readonly name: string;
  readonly type: 'u8' | 'u32' | 'f64';
  readonly bytes: number;
  readonly crc: number;
}

interface Header<F> {
  readonly facts: F;
  readonly sections: readonly SectionHeader[];
}

/** A file begins with this, the length of the header and the header's checksum; the header is JSON, sections follow. */
const MAGIC = 0x5a1d_ec01;
const PREFIX_BYTES = 12;
/** Other work of the thread goes on between pieces of this size. */
const PIECE_BYTES = 4 * 1024 * 1024;

export interface SectionFile<F> {
  readonly facts: F;
  readonly sections: ReadonlyMap<string, Section>;
}

/**
 * Replaces `path` by a file of these sections: written beside it, synced, renamed. The sections must not change before
 * it resolves. @throws errors of the file system; the old file is then still there
 */
export async function writeSections<F>(
  path: string,
  facts: F,
  sections: ReadonlyMap<string, Section>,
): Promise<void> {
  const temporary = join(dirname(path), `${basename(path)}.new`);
  let file: FileHandle | undefined;
  try {
    file = await open(temporary, 'w', 0o600);
    const headers: SectionHeader[] = [];
    for (const [name, section] of sections) {
      headers.push({
        name,
        type: typeOf(section),
        bytes: section.byteLength,
        crc: await checksum(bytesOf(section)),
      });
    }
    const header = Buffer.from(JSON.stringify({ facts, sections: headers } satisfies Header<F>));
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix.writeUInt32LE(MAGIC, 0);
    prefix.writeUInt32LE(header.length, 4);
    prefix.writeUInt32LE(crc32(header), 8);
    await file.writeFile(Buffer.concat([prefix, header]));
    for (const section of sections.values()) await writeAll(file, bytesOf(section));
    await file.sync();
    await file.close();
    file = undefined;
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } finally {
    await file?.close().catch(() => undefined);
    await rm(temporary, { force: true });
  }
}

/**
 * The sections of a file, each in memory of its own, or the reason why it cannot be used: missing, cut, of other bytes
 * than were written, or refused by `accepts`, which is asked before the sections are read.
 */
export async function readSections<F>(
  path: string,
  accepts: (facts: F) => string | undefined,
): Promise<SectionFile<F> | string> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is none' : String(error);
  }
  try {
    const header = await readHeader<F>(file);
    if (typeof header === 'string') return header;
    const refused = accepts(header.facts);
    if (refused !== undefined) return refused;
    const { size } = await file.stat();
    const sections = new Map<string, Section>();
    let at = header.at;
    if (header.sections.reduce((sum, section) => sum + section.bytes, at) !== size)
      return `it has ${size} bytes`;
    for (const { name, type, bytes, crc } of header.sections) {
      const buffer = await readBytes(file, at, bytes);
      if (buffer === undefined || (await checksum(buffer)) !== crc) return `${name} fails its checksum`;
      sections.set(name, sectionOf(type, buffer));
      at += bytes;
    }
    return { facts: header.facts, sections };
  } catch (error) {
    return String(error);
  } finally {
    await file.close();
  }
}

async function readHeader<F>(file: FileHandle): Promise<(Header<F> & { readonly at: number }) | string> {
  const prefix = await readBytes(file, 0, PREFIX_BYTES);
  if (prefix === undefined) return 'it is cut';
  const view = Buffer.from(prefix.buffer);
  if (view.readUInt32LE(0) !== MAGIC) return 'it is something else';
  const length = view.readUInt32LE(4);
  if (length > (await file.stat()).size) return 'it is cut';
  const header = await readBytes(file, PREFIX_BYTES, length);
  if (header === undefined || crc32(header) !== view.readUInt32LE(8)) return 'its header fails its checksum';
  const parsed = JSON.parse(Buffer.from(header.buffer).toString()) as Header<F>;
  return { ...parsed, at: PREFIX_BYTES + length };
}

async function readBytes(file: FileHandle, from: number, bytes: number): Promise<Uint8Array | undefined> {
  const buffer = new Uint8Array(bytes);
  for (let filled = 0; filled < bytes; ) {
    const length = Math.min(PIECE_BYTES, bytes - filled);
    const { bytesRead } = await file.read(buffer, filled, length, from + filled);
    if (bytesRead === 0) return undefined;
    filled += bytesRead;
  }
  return buffer;
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, Math.min(PIECE_BYTES, bytes.length - at));
    at += bytesWritten;
  }
}

async function checksum(bytes: Uint8Array): Promise<number> {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    sum = crc32(bytes.subarray(at, at + PIECE_BYTES), sum);
    if (at + PIECE_BYTES < bytes.length) await new Promise((resolve) => setImmediate(resolve));
  }
  return sum;
}

function bytesOf(section: Section): Uint8Array {
  return new Uint8Array(section.buffer, section.byteOffset, section.byteLength);
}

function typeOf(section: Section): SectionHeader['type'] {
  if (section instanceof Uint32Array) return 'u32';
  return section instanceof Float64Array ? 'f64' : 'u8';
}

/** `bytes` has a buffer of its own, so it is aligned. */
function sectionOf(type: SectionHeader['type'], bytes: Uint8Array): Section {
  if (type === 'u32') return new Uint32Array(bytes.buffer, 0, bytes.length / 4);
  return type === 'f64' ? new Float64Array(bytes.buffer, 0, bytes.length / 8) : bytes;
}
