import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/log.ts';
import { openContent } from '../../../src/content/index.ts';
import { openLayerRecords } from '../../../src/layers/layer-records.ts';
import { listDirectory } from '../../../src/layers/listing.ts';
import { Wave } from '../../../src/layers/wave.ts';
import { eventually } from '../../helpers/eventually.ts';
import { withTempDir } from '../../helpers/temp-dir.ts';

const QUIET = 'acme/resources/node_modules/pkg';
const BUILT = 'acme/resources/boats';

/** A wave that builds nothing by itself, over two directories of two files each. */
async function withWave(work: (wave: Wave, glimpse: (path: string) => Promise<string>) => Promise<void>) {
  await withTempDir(async (dir) => {
    const contentDir = join(dir, 'content');
    for (const path of [QUIET, BUILT]) {
      await mkdir(join(contentDir, path), { recursive: true });
      for (const name of ['a.md', 'b.md'])
        await writeFile(join(contentDir, path, name), `# Title of ${name}\n\nText.\n`);
    }
    const content = await openContent(contentDir);
    const records = await openLayerRecords(join(dir, 'index'));
    const wave = new Wave({ content, records, log: silentLogger, clock: systemClock, yields: () => true });
    try {
      await wave.scan;
      await work(wave, async (path) => {
        const { layers } = await wave.glimpse(await listDirectory(content, path));
        return layers.overview;
      });
    } finally {
      await wave.close();
    }
  });
}

it('a glimpse of a directory that nobody will build leaves nothing in memory', async () => {
  await withWave(async (wave, glimpse) => {
    const both = await Promise.all([glimpse(QUIET), glimpse(QUIET)]);
    for (const overview of both) expect(overview).toContain('a.md');
    expect([...wave.context.unsaved.keys()]).toEqual([]);
    // A reader with more time has it built, and that saves what it read.
    await wave.bring(QUIET, Number.POSITIVE_INFINITY);
    expect(await wave.freshRecord(QUIET)).toMatchObject({ files: ['a.md', 'b.md'] });
    expect([...wave.context.unsaved.keys()]).toEqual([]);
  });
});

it('a glimpse of one that is to be built keeps what it read until then', async () => {
  await withWave(async (wave, glimpse) => {
    wave.touch([BUILT]);
    // A moment may be too short for the first file already, on a machine that does much else.
    await eventually(async () => (await glimpse(BUILT)).includes('Title of a.md'), { what: 'a file read' });
    expect([...(wave.context.unsaved.get(BUILT)?.keys() ?? [])]).toContain('a.md');
    await wave.flush();
    expect([...wave.context.unsaved.keys()]).toEqual([]);
    expect(await wave.freshRecord(BUILT)).toMatchObject({ files: ['a.md', 'b.md'] });
    await glimpse(BUILT);
    expect([...wave.context.unsaved.keys()]).toEqual([]);
  });
});
