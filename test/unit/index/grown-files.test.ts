import { appendFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GrownFiles } from '../../../src/index/grown-files.ts';
import { readDocument } from '../../../src/index/read-document.ts';
import { withTempDir } from '../../helpers/temp-dir.ts';

const NAME = 'messages.jsonl';

function line(number: number, text = 'is what was said'): string {
  return `${JSON.stringify({ id: `msg_${number}`, role: 'user', parts: [{ type: 'text', text: `${number} ${text}` }] })}\n`;
}

function said(file: string, grown: GrownFiles): string[] {
  return (readDocument(file, NAME, grown)?.passages ?? []).map((passage) => passage.text);
}

describe('a session that grows', () => {
  it('is read once: 5,000 appends in 100 bursts cost as many bytes as they have, and a proof for each burst', async () => {
    await withTempDir(async (dir) => {
      const file = join(dir, NAME);
      const grown = new GrownFiles();
      let sizeBytes = 0;
      for (let burst = 0; burst < 100; burst += 1) {
        const lines = Array.from({ length: 50 }, (_, index) => line(burst * 50 + index)).join('');
        await appendFile(file, lines);
        sizeBytes += lines.length;
        said(file, grown);
      }
      expect(grown.bytesRead).toBeLessThanOrEqual(sizeBytes + 100 * 2 * 4096);
      const passages = said(file, grown);
      expect(passages).toHaveLength(5_000);
      expect(passages).toEqual(said(file, new GrownFiles()));
    });
  });

  it.each<[string, (file: string) => Promise<void>]>([
    ['was cut by a commit', (file) => truncate(file, 0)],
    ['was cut and is longer now', async (file) => writeFile(file, line(7, 'is new').repeat(400))],
    [
      'was replaced',
      async (file) => {
        await writeFile(`${file}.new`, line(1, 'is other').repeat(300));
        await rename(`${file}.new`, file);
      },
    ],
    [
      'has another line in the middle',
      async (file) => {
        await writeFile(
          file,
          Array.from({ length: 300 }, (_, at) => line(at, at === 150 ? 'differs' : undefined)).join(''),
        );
      },
    ],
    [
      'has a line changed that keeps its length',
      async (file) => {
        await writeFile(
          file,
          Array.from({ length: 200 }, (_, at) => line(at, at === 100 ? 'is what was SAID' : undefined)).join(
            '',
          ),
        );
      },
    ],
    [
      'grew in the middle of a character',
      async (file) => {
        const bytes = Buffer.from(line(201, '说的话'));
        await appendFile(file, bytes.subarray(0, bytes.indexOf(0xe8) + 1));
        said(file, new GrownFiles());
        await appendFile(file, bytes.subarray(bytes.indexOf(0xe8) + 1));
      },
    ],
  ])('that %s is read as it is', async (_what, change) => {
    await withTempDir(async (dir) => {
      const file = join(dir, NAME);
      const grown = new GrownFiles();
      await writeFile(file, Array.from({ length: 200 }, (_, at) => line(at)).join(''));
      expect(said(file, grown)).toHaveLength(200);
      await change(file);
      expect(said(file, grown)).toEqual(said(file, new GrownFiles()));
    });
  });

  it('keeps no more than eight files', async () => {
    await withTempDir(async (dir) => {
      const grown = new GrownFiles();
      const files = Array.from({ length: 9 }, (_, index) => join(dir, `${index}.jsonl`));
      for (const file of files) {
        await writeFile(file, line(1).repeat(200));
        said(file, grown);
      }
      const before = grown.bytesRead;
      await appendFile(files[0]!, line(2));
      said(files[0]!, grown);
      expect(grown.bytesRead - before).toBe(line(1).length * 200 + line(2).length);
    });
  });
});
