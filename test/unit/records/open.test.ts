import { readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, repairStore } from '../../../src/records/index.ts';
import { childScript } from '../../helpers/child-script.ts';
import { eventually } from '../../helpers/eventually.ts';
import { canMount, withSmallDisk } from '../../helpers/small-disk.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let dir: TempDir;
let path: string;
beforeEach(async () => {
  dir = await tempDir();
  path = join(dir.path, 'home/records');
});
afterEach(() => dir.remove());

describe('the format of a store', () => {
  it('is written once and accepted again', async () => {
    await (await openStore({ dir: path, format: 3 })).close();
    await (await openStore({ dir: path, format: 3 })).close();
  });

  it('of a newer version is refused, naming it', async () => {
    const newer = await openStore({ dir: path, format: 7 });
    await newer.table<number>('t').put('k', 1);
    await newer.close();
    await expect(openStore({ dir: path, format: 6 })).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: expect.stringContaining('format 7'),
      hint: expect.stringContaining('format 7'),
      details: { found: 7, format: 6 },
    });
    const again = await openStore({ dir: path, format: 7 });
    expect(await again.table('t').get('k')).toBe(1);
    await again.close();
  });

  it('of an older version is refused, unless the store can be rebuilt', async () => {
    const older = await openStore({ dir: path, format: 1 });
    await older.table<number>('t').put('k', 1);
    await older.close();
    await expect(openStore({ dir: path, format: 2 })).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
    const begun = await openStore({ dir: path, format: 2, rebuildable: true });
    expect(await begun.table('t').get('k')).toBeUndefined();
    await begun.close();
    const names = await readdir(join(dir.path, 'home'));
    expect(names).toHaveLength(2);
    const old = await openStore({
      dir: join(dir.path, 'home', names.find((name) => name !== 'records')!),
      format: 1,
    });
    expect(await old.table('t').get('k')).toBe(1);
    await old.close();
  });

  it.each([0, -1, 1.5, Number.NaN])('cannot be %s', async (format) => {
    await expect(openStore({ dir: path, format })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('a store that is held', () => {
  it('by this process is refused, by whatever name, and stays held', async () => {
    const first = await openStore({ dir: path, format: 1 });
    await symlink(path, join(dir.path, 'alias'));
    for (const name of [path, join(dir.path, 'alias'), `${path}/`]) {
      await expect(openStore({ dir: name, format: 1, rebuildable: true })).rejects.toMatchObject({
        code: 'CONFLICT',
        details: { pid: process.pid },
      });
    }
    await expect(repairStore(path)).rejects.toMatchObject({ code: 'CONFLICT' });
    // The refused opens must not have cost the first its lock.
    const other = await childScript(dir.path, opener(path));
    await eventually(() => other.output() !== '', {
      timeoutMs: 15_000,
      what: 'the answer of the other process',
    });
    expect(other.output()).toContain(`CONFLICT another daemon holds ${path} (pid ${process.pid})`);
    await first.table<number>('t').put('k', 1);
    await first.close();
    await (await openStore({ dir: path, format: 1 })).close();
  });

  it('by another process is refused with its pid and the way out; its death frees it', async () => {
    const holder = await childScript(
      dir.path,
      `import { openStore } from 'src/records/index.ts';
       const store = await openStore({ dir: ${JSON.stringify(path)}, format: 1 });
       await store.table('t').put('k', 'theirs');
       process.stdout.write('held');
       setInterval(() => undefined, 1000);`,
    );
    try {
      await holder.said('held');
      for (const rebuildable of [false, true]) {
        await expect(openStore({ dir: path, format: 1, rebuildable })).rejects.toMatchObject({
          code: 'CONFLICT',
          message: `another daemon holds ${path} (pid ${holder.child.pid})`,
          hint: expect.stringContaining('ov stop'),
        });
      }
      await expect(repairStore(path)).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await readdir(join(dir.path, 'home'))).toEqual(['records']);
    } finally {
      await holder.kill();
    }
    const store = await openStore({ dir: path, format: 1 });
    expect(await store.table('t').get('k')).toBe('theirs');
    await store.close();
  });
});

describe('durable writes', () => {
  it('survive SIGKILL the moment they are acknowledged', async () => {
    const writer = await childScript(
      dir.path,
      `import { openStore } from 'src/records/index.ts';
       const store = await openStore({ dir: ${JSON.stringify(path)}, format: 1 });
       const table = store.table('t');
       for (let at = 0; ; at += 10) {
         await Promise.all(Array.from({ length: 10 }, (_, index) => table.put(String(at + index), 'x'.repeat(1000))));
         process.stdout.write((at + 10) + '\\n');
       }`,
    );
    await writer.said('200\n');
    await writer.kill();
    const acknowledged = Number(writer.output().trimEnd().split('\n').at(-1));
    const store = await openStore({ dir: path, format: 1 });
    const table = store.table<string>('t');
    for (let at = 0; at < acknowledged; at += 1) expect(await table.get(`${at}`)).toBe('x'.repeat(1000));
    await store.close();
  });

  it('of one moment share a sync', async () => {
    const store = await openStore({ dir: path, format: 1 });
    const table = store.table<number>('t');
    const started = performance.now();
    await table.put('warm', 1);
    const oneMs = performance.now() - started;
    const begun = performance.now();
    await Promise.all(Array.from({ length: 2_000 }, (_, index) => table.put(`${index}`, index)));
    // Two thousand syncs one after the other would take two thousand times as long.
    expect(performance.now() - begun).toBeLessThan(Math.max(oneMs, 0.1) * 1_000);
    await store.close();
  });
});

describe.skipIf(!canMount)('a full disk (needs root and the right to mount)', () => {
  it('fails writes with NO_SPACE and loses nothing acknowledged', async () => {
    const disk = join(dir.path, 'disk');
    await withSmallDisk(disk, 2_097_152, async () => {
      const store = await openStore({ dir: join(disk, 'records'), format: 1 });
      const table = store.table<string>('t');
      let acknowledged = 0;
      const noise = Array.from({ length: 5_000 }, () => Math.random().toString(36)).join('');
      const failure = await (async () => {
        for (;;) {
          await table.put(`${acknowledged}`, noise.slice(0, 50_000));
          acknowledged += 1;
        }
      })().catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'NO_SPACE' });
      expect(acknowledged).toBeGreaterThan(5);
      expect(await table.get('0')).toBe(noise.slice(0, 50_000));
      await store.close();
      // As many as fit are there when it opens with room again.
      const { cp } = await import('node:fs/promises');
      await cp(join(disk, 'records'), path, { recursive: true });
      const again = await openStore({ dir: path, format: 1 });
      for (let at = 0; at < acknowledged; at += 1) expect(await again.table('t').get(`${at}`)).toBeDefined();
      await again.close();
    });
  });
});

/** A process that opens the store and says what came of it. */
function opener(path: string): string {
  return `import { openStore } from 'src/records/index.ts';
    try {
      await openStore({ dir: ${JSON.stringify(path)}, format: 1 });
      process.stdout.write('opened');
    } catch (error) {
      process.stdout.write(error.code + ' ' + error.message);
    }
    process.exit(0);`;
}
