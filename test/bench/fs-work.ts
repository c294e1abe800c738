/**
 * Operations of the filesystem bench that no command does: run as a process of its own, never by the one that mounts.
 * Arguments: what, directory or file. Prints the milliseconds it took.
 */
import { closeSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const [what = '', target = ''] = process.argv.slice(2);

const works: Record<string, () => void> = {
  /** 5,000 files of 3 KB in 50 directories. */
  create() {
    const bytes = Buffer.alloc(3_000, 'a line of text\n');
    for (let directory = 0; directory < 50; directory += 1) {
      mkdirSync(join(target, `d${directory}`), { recursive: true });
      for (let file = 0; file < 100; file += 1) {
        const fd = openSync(join(target, `d${directory}`, `f${file}.md`), 'w');
        writeSync(fd, bytes);
        closeSync(fd);
      }
    }
  },
  /** 100,000 reads of 4 KiB at places spread over 1 GiB by a fixed rule. */
  random() {
    const fd = openSync(target, 'r');
    const buffer = Buffer.alloc(4096);
    let at = 1;
    for (let count = 0; count < 100_000; count += 1) {
      at = (at * 1_103_515_245 + 12_345) % 262_144;
      readSync(fd, buffer, 0, 4096, at * 4096);
    }
    closeSync(fd);
  },
  /** Microseconds of one open, read and close of a virtual file, as the median of 2,000. */
  virtual() {
    const buffer = Buffer.alloc(4096);
    const times: number[] = [];
    for (let count = 0; count < 2_000; count += 1) {
      const start = performance.now();
      const fd = openSync(target, 'r');
      readSync(fd, buffer, 0, 4096, 0);
      closeSync(fd);
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    process.stdout.write(`${times[1_000]! * 1_000}\n`);
    process.exit(0);
  },
};

const start = performance.now();
works[what]!();
process.stdout.write(`${performance.now() - start}\n`);
