import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory, writeFileAtomic } from '../../base/atomic-write.ts';

/** Says what a graph file must be before the library may read it: it crashes on damage and believes any dimension. */
export interface GraphHeader {
  readonly format: 1;
  readonly dimensions: number;
  /** Embedder that made the vectors. */
  readonly stamp: string;
  /** Store the labels belong to. */
  readonly generation: string;
  readonly count: number;
  readonly bytes: number;
  readonly sha256: string;
}

export type GraphFacts = Pick<GraphHeader, 'dimensions' | 'stamp' | 'generation'>;

const HEADER = 'graph.json';
const GRAPH = 'graph.hnsw';

export function graphPath(dir: string): string {
  return join(dir, GRAPH);
}

/**
 * The header of a graph file that is whole and of these facts, or the reason why there is none. Only a file that
 * passed may be given to the library.
 */
export async function verifyGraph(dir: string, facts: GraphFacts): Promise<GraphHeader | string> {
  const header = await readHeader(dir);
  if (header === undefined) return 'no readable header';
  for (const key of ['dimensions', 'stamp', 'generation'] as const) {
    if (header[key] !== facts[key]) return `${key} is ${header[key]}, not ${facts[key]}`;
  }
  const size = await stat(graphPath(dir)).then(
    (file) => file.size,
    () => -1,
  );
  if (size !== header.bytes) return `${size} bytes, not ${header.bytes}`;
  return (await checksum(graphPath(dir))) === header.sha256 ? header : 'checksum differs';
}

/**
 * Saves a graph with `write(path)`: beside the old one, synced, its structure checked (the library reports success on
 * a full disk), then renamed. A crash at any point leaves a pair that verifies, or one that is refused.
 * @throws when the file that was written is not whole
 */
export async function saveGraph(
  dir: string,
  facts: GraphFacts & { readonly count: number },
  write: (path: string) => Promise<unknown>,
): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const temporary = join(dir, `${GRAPH}.new`);
  try {
    await write(temporary);
    const file = await open(temporary, 'r');
    let bytes: number;
    try {
      await file.sync();
      bytes = (await file.stat()).size;
      await assertWhole(file, bytes, facts);
    } finally {
      await file.close();
    }
    const header: GraphHeader = { format: 1, ...facts, bytes, sha256: await checksum(temporary) };
    await rename(temporary, graphPath(dir));
    await syncDirectory(dir);
    await writeFileAtomic(join(dir, HEADER), JSON.stringify(header));
  } finally {
    await rm(temporary, { force: true });
  }
}

export async function removeGraph(dir: string): Promise<void> {
  await rm(join(dir, HEADER), { force: true });
  await rm(graphPath(dir), { force: true });
}

async function readHeader(dir: string): Promise<GraphHeader | undefined> {
  try {
    const header = JSON.parse(await readFile(join(dir, HEADER), 'utf8')) as GraphHeader;
    return header.format === 1 ? header : undefined;
  } catch {
    return undefined;
  }
}

function checksum(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    createReadStream(path, { highWaterMark: 1 << 20 })
      .on('data', (piece) => hash.update(piece))
      .on('end', () => resolve(hash.digest('hex')))
      .on('error', reject);
  });
}

/** Offsets in hnswlib's file: sizes are 64-bit little-endian, elements follow, then each element's upper links. */
const COUNT_AT = 16;
const ELEMENT_BYTES_AT = 24;
const ELEMENTS_AT = 96;
const TAIL_BLOCK = 1 << 20;

/** Walks the file's structure to its last byte, which a short write cannot have reached. */
async function assertWhole(
  file: FileHandle,
  bytes: number,
  facts: { readonly count: number; readonly dimensions: number },
): Promise<void> {
  const head = Buffer.alloc(ELEMENTS_AT);
  await file.read(head, 0, ELEMENTS_AT, 0);
  const count = Number(head.readBigUInt64LE(COUNT_AT));
  const elementBytes = Number(head.readBigUInt64LE(ELEMENT_BYTES_AT));
  if (count !== facts.count) throw new Error(`the saved graph holds ${count} vectors, not ${facts.count}`);
  if (elementBytes < facts.dimensions * 4)
    throw new Error(`the saved graph has ${elementBytes} bytes a vector`);
  let at = ELEMENTS_AT + count * elementBytes;
  let block = Buffer.alloc(0);
  let blockAt = at;
  for (let element = 0; element < count; element++) {
    if (at + 4 > blockAt + block.length) {
      blockAt = at;
      block = Buffer.alloc(Math.max(0, Math.min(TAIL_BLOCK, bytes - at)));
      await file.read(block, 0, block.length, at);
      if (block.length < 4)
        throw new Error(`the saved graph ends at byte ${bytes}, in vector ${element} of ${count}`);
    }
    at += 4 + block.readUInt32LE(at - blockAt);
  }
  if (at !== bytes) throw new Error(`the saved graph has ${bytes} bytes, its structure says ${at}`);
}
