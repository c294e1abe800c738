import { cp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore, repairStore, type Store } from '../../../src/records/index.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

const RECORDS = 3_000;
/** Written last: they are in the log, the others in tables. */
const IN_LOG = 50;

/** What was done to a store, and how many of its records a repair must at least find. */
interface Damage {
  readonly name: string;
  harm(store: string): Promise<void>;
  readonly least: number;
}

const DAMAGES: readonly Damage[] = [
  { name: 'CURRENT missing', harm: (store) => rm(join(store, 'CURRENT')), least: RECORDS },
  { name: 'CURRENT empty', harm: (store) => truncate(join(store, 'CURRENT'), 0), least: RECORDS },
  { name: 'CURRENT garbage', harm: (store) => writeFile(join(store, 'CURRENT'), 'garbage'), least: RECORDS },
  {
    name: 'CURRENT binary',
    harm: (store) => writeFile(join(store, 'CURRENT'), Buffer.alloc(99, 0xff)),
    least: RECORDS,
  },
  {
    name: 'CURRENT naming what is not there',
    harm: (store) => writeFile(join(store, 'CURRENT'), 'MANIFEST-999999\n'),
    least: RECORDS,
  },
  { name: 'manifest missing', harm: async (store) => rm(await only(store, /^MANIFEST/)), least: RECORDS },
  {
    name: 'manifest empty',
    harm: async (store) => truncate(await only(store, /^MANIFEST/), 0),
    least: RECORDS,
  },
  {
    name: 'manifest cut in half',
    harm: async (store) => cut(await only(store, /^MANIFEST/), 0.5),
    least: RECORDS,
  },
  {
    name: 'manifest cut near its end',
    harm: async (store) => cut(await only(store, /^MANIFEST/), 0.95),
    least: RECORDS,
  },
  {
    name: 'manifest garbage',
    harm: async (store) => fill(await only(store, /^MANIFEST/), 0x5a),
    least: RECORDS,
  },
  {
    name: 'manifest with a flipped bit',
    harm: async (store) => flip(await only(store, /^MANIFEST/), 0.5),
    least: RECORDS,
  },
  { name: 'a table missing', harm: async (store) => rm(await first(store, /\.ldb$/)), least: IN_LOG },
  {
    name: 'a table cut in half',
    harm: async (store) => cut(await first(store, /\.ldb$/), 0.5),
    least: IN_LOG,
  },
  { name: 'a table of zeros', harm: async (store) => fill(await first(store, /\.ldb$/), 0), least: IN_LOG },
  // One block of about 4 KiB may go, no more.
  {
    name: 'a table with a flipped bit',
    harm: async (store) => flip(await first(store, /\.ldb$/), 0.4),
    least: RECORDS - 200,
  },
  {
    name: 'a table with a damaged end, where its index is',
    harm: async (store) => flip(await first(store, /\.ldb$/), 0.999),
    least: RECORDS,
  },
  { name: 'a log missing', harm: async (store) => rm(await only(store, /\.log$/)), least: RECORDS - IN_LOG },
  {
    name: 'a log with a flipped bit',
    harm: async (store) => flip(await only(store, /\.log$/), 0.3),
    least: RECORDS - IN_LOG,
  },
];

let shared: TempDir;
let dir: TempDir;
let path: string;

beforeAll(async () => {
  shared = await tempDir();
  await fillStore(join(shared.path, 'records'));
});
afterAll(() => shared.remove());

beforeEach(async () => {
  dir = await tempDir();
  path = join(dir.path, 'records');
  await cp(join(shared.path, 'records'), path, { recursive: true });
});
afterEach(() => dir.remove());

describe.each(DAMAGES)('$name', ({ harm, least }) => {
  beforeEach(() => harm(path));

  it('is CORRUPT, with the directory and the way out, and no file of it is lost', async () => {
    const before = await dataFiles(path);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(openStore({ dir: path, format: 1 })).rejects.toMatchObject({
        code: 'CORRUPT',
        message: expect.stringContaining(path),
        hint: expect.stringContaining('ov fsck --repair'),
      });
    }
    const after = await dataFiles(path);
    for (const [name, bytes] of before) {
      if (name.endsWith('.ldb')) expect(after.get(name)?.equals(bytes), name).toBe(true);
    }
    expect(await readdir(dir.path)).toEqual(['records']);
  });

  it('is repaired: what could be read is back and right, the damaged store is kept as it was', async () => {
    const before = await dataFiles(path);
    const report = await repairStore(path);
    expect(report.recovered).toBeGreaterThanOrEqual(least);
    const kept = await dataFiles(report.movedTo);
    for (const [name, bytes] of before) expect(kept.get(name)?.equals(bytes), name).toBe(true);
    expect((await readdir(dir.path)).sort()).toEqual(['records', report.movedTo.slice(dir.path.length + 1)]);

    const store = await openStore({ dir: path, format: 1 });
    const found = await assertRight(store);
    expect(found).toBeGreaterThanOrEqual(least - 1);
    await store.table<number>('after').put('k', 1);
    await store.close();
  });

  it('of a rebuildable store is moved aside, once, and the store begun anew', async () => {
    for (let round = 0; round < 2; round += 1) {
      const store = await openStore({ dir: path, format: 1, rebuildable: true });
      expect(await assertRight(store)).toBe(0);
      await store.table<string>('round').put('k', 'x'.repeat(2_000));
      await store.close();
      const aside = (await readdir(dir.path)).filter((name) => name.startsWith('records.damaged-'));
      expect(aside).toHaveLength(1);
      if (round === 0) {
        await rm(path, { recursive: true });
        await cp(join(shared.path, 'records'), path, { recursive: true });
        await harm(path);
      }
    }
  });
});

describe('a log cut off at its end', () => {
  it.each([1, 3, 8, 500])(
    'by %i bytes is what a crash leaves: it opens with what is whole',
    async (bytes) => {
      const log = await only(path, /\.log$/);
      await truncate(log, (await stat(log)).size - bytes);
      const store = await openStore({ dir: path, format: 1 });
      const found = await assertRight(store);
      expect(found).toBeLessThan(RECORDS);
      expect(found).toBeGreaterThanOrEqual(RECORDS - IN_LOG);
      await store.close();
    },
  );

  it('or filled up with zeros opens', async () => {
    const log = await only(path, /\.log$/);
    await truncate(log, (await stat(log)).size + 5_000);
    const store = await openStore({ dir: path, format: 1 });
    expect(await assertRight(store)).toBe(RECORDS);
    await store.close();
  });
});

describe('a store too large to be verified when it opens', () => {
  it('says so when a damaged record is read, and not before; verify names it', async () => {
    const large = join(dir.path, 'large');
    const store = await openStore({ dir: large, format: 1 });
    const blobs = store.bytes('blobs');
    // Noise does not compress, so values lie in the tables as they are.
    const noise = Buffer.from(
      Array.from({ length: 1_000_000 }, (_, index) => (Math.sin(index) * 1e6) & 0xff),
    );
    for (let at = 0; at < 10; at += 1) await blobs.put(`${at}`, noise);
    await store.close();
    await (await openStore({ dir: large, format: 1 })).close();
    for (const name of (await readdir(large)).filter((one) => one.endsWith('.ldb'))) {
      const bytes = await readFile(join(large, name));
      const at = bytes.indexOf('blobs\0' + '7');
      if (at !== -1) bytes[at + 500_000]! ^= 1;
      await writeFile(join(large, name), bytes);
    }
    await expect(openStore({ dir: large, format: 1 })).rejects.toMatchObject({ code: 'CORRUPT' });
    const again = await openStore({ dir: large, format: 1, verifyBytes: 0 });
    expect((await again.bytes('blobs').get('6'))?.length).toBe(noise.length);
    await expect(again.bytes('blobs').get('7')).rejects.toMatchObject({
      code: 'CORRUPT',
      hint: expect.stringContaining('ov fsck --repair'),
    });
    expect((await again.verify()).damaged).toEqual(['blobs 7']);
    await again.close();
    await repairStore(large);
    const repaired = await openStore({ dir: large, format: 1 });
    expect(await repaired.bytes('blobs').get('7')).toBeUndefined();
    expect((await repaired.bytes('blobs').get('8'))?.length).toBe(noise.length);
    expect((await repaired.verify()).damaged).toEqual([]);
    await repaired.close();
  });
});

describe('a compaction cut short', () => {
  it('leaves a half table that belongs to nobody, and no damage', async () => {
    const [, table] = [...(await dataFiles(path))].find(([name]) => name.endsWith('.ldb'))!;
    await writeFile(join(path, '000900.ldb'), table.subarray(0, table.length / 2));
    const store = await openStore({ dir: path, format: 1 });
    expect(await assertRight(store)).toBe(RECORDS);
    await store.close();
  });

  it('at every close while much is written opens again', async () => {
    const busy = join(dir.path, 'busy');
    const value = new Uint8Array(2_000).map((_, index) => index * 7);
    for (let round = 0; round < 8; round += 1) {
      const store = await openStore({ dir: busy, format: 1 });
      const bytes = store.bytes('v');
      for (let at = 0; at < 4_000; at += 500) {
        await store.batch(
          Array.from({ length: 500 }, (_, index) => bytes.putting(key((at + index) * 8 + round), value)),
          { sync: false },
        );
      }
      await store.close();
    }
    const store = await openStore({ dir: busy, format: 1 });
    expect(await store.verify()).toEqual({ records: 32_001, damaged: [] });
    await store.close();
  });
});

describe('damage anywhere', () => {
  // Seeded, so that a failure can be run again.
  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'is noticed or harmless, and repaired to the truth: seed %i',
    async (seed) => {
      let state = seed + 1;
      const random = (below: number) => {
        state = (state * 48_271) % 2_147_483_647;
        return state % below;
      };
      const names = [...(await dataFiles(path)).keys()].sort();
      const file = join(path, names[seed % names.length]!);
      const bytes = await readFile(file);
      const from = random(bytes.length);
      for (let at = from; at < Math.min(bytes.length, from + [1, 8, 300][seed % 3]!); at += 1)
        bytes[at]! ^= 1 << random(8);
      await writeFile(file, bytes);
      const opened = await openStore({ dir: path, format: 1 }).catch((error: unknown) => error);
      if (opened instanceof Error) {
        expect(opened).toMatchObject({ code: 'CORRUPT' });
        await repairStore(path);
        const repaired = await openStore({ dir: path, format: 1 });
        await assertRight(repaired);
        await repaired.close();
      } else {
        // Only the end of the log may pass for what a crash leaves.
        const found = await assertRight(opened as Store);
        if (found < RECORDS) expect(file).toMatch(/\.log$/);
        await (opened as Store).close();
      }
    },
  );
});

describe('repairStore', () => {
  it('of a sound store keeps every record', async () => {
    const { recovered, dropped } = await repairStore(path);
    expect([recovered, dropped]).toEqual([RECORDS + 1, 0]);
  });

  it('begins anew when nothing can be read, and keeps the rest', async () => {
    for (const [name] of await dataFiles(path)) await fill(join(path, name), 0xa5);
    const { recovered, movedTo } = await repairStore(path);
    expect(recovered).toBe(0);
    expect((await dataFiles(movedTo)).size).toBeGreaterThan(2);
    const store = await openStore({ dir: path, format: 1 });
    expect(await assertRight(store)).toBe(0);
    await store.close();
  });

  it('can be run again and again; every state is kept', async () => {
    for (let round = 0; round < 3; round += 1) await repairStore(path);
    expect(await readdir(dir.path)).toHaveLength(4);
  });

  it('takes the format from the caller when it is lost, and only then', async () => {
    const lost = join(dir.path, 'lost');
    await (await openStore({ dir: lost, format: 5 })).close();
    const log = await only(lost, /\.log$/);
    const sound = await readFile(await only(path, /\.log$/));
    for (const name of await readdir(lost)) if (name.endsWith('.ldb')) await rm(join(lost, name));
    // Records of the other store without its format, which is the first write of a log.
    const formatRecord = 7 + sound.readUInt16LE(4);
    await writeFile(log, Buffer.concat([Buffer.alloc(formatRecord, 0xff), sound.subarray(formatRecord)]));
    await expect(openStore({ dir: lost, format: 5 })).rejects.toMatchObject({ code: 'CORRUPT' });
    await repairStore(lost);
    await expect(openStore({ dir: lost, format: 5 })).rejects.toMatchObject({ code: 'CORRUPT' });
    expect((await repairStore(lost, { format: 5 })).recovered).toBe(IN_LOG);
    await (await openStore({ dir: lost, format: 5 })).close();
    await repairStore(lost, { format: 6 });
    await (await openStore({ dir: lost, format: 5 })).close();
  });

  it('refuses what is not there', async () => {
    await expect(repairStore(join(dir.path, 'missing'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await readdir(dir.path)).toEqual(['records']);
  });

  it('killed between its two renames is finished by the next open', async () => {
    await rename(path, `${path}.repaired`);
    const store = await openStore({ dir: path, format: 1 });
    expect(await assertRight(store)).toBe(RECORDS);
    await store.close();
    expect(await readdir(dir.path)).toEqual(['records']);
  });
});

async function fillStore(store: string): Promise<void> {
  const text = (index: number) => `record ${index} ${(index * 2_654_435_761).toString(36).repeat(3)}`;
  const write = async (from: number, to: number) => {
    const open = await openStore({ dir: store, format: 1 });
    const table = open.table<{ index: number; text: string }>('t');
    // Several log records: a batch is one.
    for (let at = from; at < to; at += 10) {
      await open.batch(
        Array.from({ length: 10 }, (_, offset) =>
          table.putting(key(at + offset), { index: at + offset, text: text(at + offset) }),
        ),
      );
    }
    await open.close();
  };
  await write(0, RECORDS - IN_LOG);
  // Opening writes what was in the log to a table.
  await write(RECORDS - IN_LOG, RECORDS);
}

/** Asserts that every record that is there is right; returns how many there are. */
async function assertRight(store: Store): Promise<number> {
  let found = 0;
  for await (const [name, value] of store.table<{ index: number; text: string }>('t').entries()) {
    expect(name).toBe(key(value.index));
    expect(value.text).toContain(`record ${value.index} `);
    found += 1;
  }
  return found;
}

function key(index: number): string {
  return `${index}`.padStart(6, '0');
}

/** Name and bytes of the files that hold data. */
async function dataFiles(store: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(store)).filter((name) => /^(CURRENT|MANIFEST-\d+|\d+\.(ldb|log))$/.test(name));
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(store, name))] as const)),
  );
}

async function only(store: string, pattern: RegExp): Promise<string> {
  const names = (await readdir(store)).filter((name) => pattern.test(name));
  expect(names, `${pattern}`).toHaveLength(1);
  return join(store, names[0]!);
}

async function first(store: string, pattern: RegExp): Promise<string> {
  const names = (await readdir(store)).filter((name) => pattern.test(name)).sort();
  expect(names.length).toBeGreaterThan(0);
  return join(store, names[0]!);
}

async function cut(file: string, part: number): Promise<void> {
  await truncate(file, Math.floor((await stat(file)).size * part));
}

async function fill(file: string, byte: number): Promise<void> {
  await writeFile(file, Buffer.alloc((await stat(file)).size, byte));
}

async function flip(file: string, part: number): Promise<void> {
  const bytes = await readFile(file);
  bytes[Math.floor(bytes.length * part)]! ^= 0x10;
  await writeFile(file, bytes);
}
