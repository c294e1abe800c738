import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Case } from '../posix-fs.ts';
import {
  append,
  fails,
  O_APPEND,
  O_CREAT,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  read,
  readBytes,
  write,
} from './support.ts';

function pattern(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0; index < length; index += 1) bytes[index] = (index * 31 + seed + (index >> 8)) & 0xff;
  return bytes;
}

export const dataCases: Record<string, Case> = {
  'data: what is written is read': async (fs) => {
    await write(fs, `${fs.root}/a`, 'hello\n');
    assert.equal(await read(fs, `${fs.root}/a`), 'hello\n');
  },
  'data: an empty file': async (fs) => {
    await write(fs, `${fs.root}/a`, '');
    assert.equal((await fs.stat(`${fs.root}/a`)).size, 0);
    assert.equal(await read(fs, `${fs.root}/a`), '');
  },
  'data: all byte values survive': async (fs) => {
    const bytes = Buffer.from(Array.from({ length: 1_024 }, (_, index) => index & 0xff));
    await write(fs, `${fs.root}/a`, bytes);
    assert.deepEqual(await readBytes(fs, `${fs.root}/a`), bytes);
  },
  'data: 5 MiB in odd pieces keeps its digest': async (fs) => {
    const file = await fs.open(`${fs.root}/big`, O_RDWR | O_CREAT);
    const digest = createHash('sha256');
    let at = 0;
    for (let piece = 0; at < 5 * 1024 * 1024; piece += 1) {
      const bytes = pattern(30_001 + (piece % 7) * 4_093, piece);
      digest.update(bytes);
      for (let done = 0; done < bytes.length; ) done += await file.write(bytes.subarray(done), at + done);
      at += bytes.length;
    }
    await file.close();
    const back = await readBytes(fs, `${fs.root}/big`);
    assert.equal(back.length, at);
    assert.equal(createHash('sha256').update(back).digest('hex'), digest.digest('hex'));
  },
  'data: pread and pwrite leave the offset alone': async (fs) => {
    await write(fs, `${fs.root}/a`, 'abcdef');
    const file = await fs.open(`${fs.root}/a`, O_RDWR);
    assert.equal((await file.read(2, null)).toString(), 'ab');
    assert.equal((await file.read(2, 4)).toString(), 'ef');
    await file.write('X', 0);
    assert.equal((await file.read(2, null)).toString(), 'cd');
    await file.close();
    assert.equal(await read(fs, `${fs.root}/a`), 'Xbcdef');
  },
  'data: a read at and behind the end gives nothing': async (fs) => {
    await write(fs, `${fs.root}/a`, 'abc');
    const file = await fs.open(`${fs.root}/a`, O_RDONLY);
    assert.equal((await file.read(10, 3)).length, 0);
    assert.equal((await file.read(10, 1_000)).length, 0);
    assert.equal((await file.read(10, 2)).toString(), 'c');
    await file.close();
  },
  'data: overwriting the middle keeps the rest': async (fs) => {
    await write(fs, `${fs.root}/a`, 'aaaaaaaaaa');
    const file = await fs.open(`${fs.root}/a`, O_WRONLY);
    await file.write('BB', 4);
    await file.close();
    assert.equal(await read(fs, `${fs.root}/a`), 'aaaaBBaaaa');
  },
  'data: a write is seen at once through another open file': async (fs) => {
    await write(fs, `${fs.root}/a`, '11111');
    const reader = await fs.open(`${fs.root}/a`, O_RDONLY);
    assert.equal((await reader.read(10, 0)).toString(), '11111');
    const writer = await fs.open(`${fs.root}/a`, O_WRONLY);
    await writer.write('22222+more', 0);
    assert.equal((await reader.read(20, 0)).toString(), '22222+more');
    await writer.close();
    await reader.close();
  },
  'data: O_APPEND writes at the end, wherever it is': async (fs) => {
    await write(fs, `${fs.root}/a`, 'one\n');
    const appender = await fs.open(`${fs.root}/a`, O_WRONLY | O_APPEND);
    await append(fs, `${fs.root}/a`, 'two\n');
    await appender.write('three\n', null);
    await appender.close();
    assert.equal(await read(fs, `${fs.root}/a`), 'one\ntwo\nthree\n');
  },
  'data: O_APPEND makes a missing file': async (fs) => {
    await append(fs, `${fs.root}/log`, 'a');
    await append(fs, `${fs.root}/log`, 'b');
    assert.equal(await read(fs, `${fs.root}/log`), 'ab');
  },
  'data: twenty appenders lose nothing and mix nothing': async (fs) => {
    const path = `${fs.root}/log`;
    await write(fs, path, '');
    await Promise.all(
      Array.from({ length: 20 }, async (_, who) => {
        for (let round = 0; round < 10; round += 1)
          await append(fs, path, `${who}:${round}:${'x'.repeat(who)}\n`);
      }),
    );
    const lines = (await read(fs, path)).split('\n').filter((line) => line !== '');
    assert.equal(lines.length, 200);
    assert.equal(new Set(lines).size, 200);
    for (const line of lines) assert.match(line, /^\d+:\d+:x*$/);
  },
  'data: twenty writers of their own parts of one file': async (fs) => {
    const path = `${fs.root}/parts`;
    await write(fs, path, Buffer.alloc(20 * 5_000));
    await Promise.all(
      Array.from({ length: 20 }, async (_, who) => {
        const file = await fs.open(path, O_WRONLY);
        const bytes = pattern(5_000, who);
        for (let done = 0; done < bytes.length; )
          done += await file.write(bytes.subarray(done), who * 5_000 + done);
        await file.close();
      }),
    );
    const back = await readBytes(fs, path);
    for (let who = 0; who < 20; who += 1) {
      assert.deepEqual(back.subarray(who * 5_000, (who + 1) * 5_000), pattern(5_000, who));
    }
  },
  'data: truncate shorter cuts, truncate longer fills with zeros': async (fs) => {
    const path = `${fs.root}/a`;
    await write(fs, path, 'abcdef');
    await fs.truncate(path, 3);
    assert.equal(await read(fs, path), 'abc');
    await fs.truncate(path, 6);
    assert.deepEqual(await readBytes(fs, path), Buffer.from('abc\0\0\0'));
  },
  'data: ftruncate through a writer, and what was cut does not come back': async (fs) => {
    const path = `${fs.root}/a`;
    await write(fs, path, 'x'.repeat(10_000));
    const file = await fs.open(path, O_RDWR);
    await file.truncate(10);
    await file.truncate(100);
    assert.deepEqual(await file.read(200, 0), Buffer.concat([Buffer.from('x'.repeat(10)), Buffer.alloc(90)]));
    await file.close();
    assert.equal((await fs.stat(path)).size, 100);
  },
  'data: truncate of a missing file and of a directory': async (fs) => {
    await fails(fs.truncate(`${fs.root}/none`, 0), 'ENOENT');
    await fs.mkdir(`${fs.root}/d`);
    await fails(fs.truncate(`${fs.root}/d`, 0), 'EISDIR');
  },
  'data: a hole reads as zeros and takes no space': async (fs) => {
    const path = `${fs.root}/sparse`;
    const file = await fs.open(path, O_RDWR | O_CREAT);
    await file.write('end', 64 * 1024 * 1024);
    const stat = await file.stat();
    assert.equal(stat.size, 64 * 1024 * 1024 + 3);
    assert.ok(stat.blocks * 512 < 1024 * 1024, `${stat.blocks} blocks`);
    assert.deepEqual(await file.read(16, 32 * 1024 * 1024), Buffer.alloc(16));
    assert.equal((await file.read(3, 64 * 1024 * 1024)).toString(), 'end');
    await file.close();
  },
  'data: beyond 4 GiB': async (fs) => {
    const at = 5 * 1024 ** 3;
    const file = await fs.open(`${fs.root}/far`, O_RDWR | O_CREAT);
    await file.write('far', at);
    assert.equal((await file.stat()).size, at + 3);
    assert.equal((await file.read(3, at)).toString(), 'far');
    await file.truncate(at + 1);
    assert.equal((await fs.stat(`${fs.root}/far`)).size, at + 1);
    await file.close();
    await fs.unlink(`${fs.root}/far`);
  },
  'data: fsync answers, and the data is there': async (fs) => {
    const file = await fs.open(`${fs.root}/a`, O_WRONLY | O_CREAT);
    await file.write('durable', 0);
    await file.sync();
    assert.equal(await read(fs, `${fs.root}/a`), 'durable');
    await file.close();
  },
  'data: reading a file opened for writing only, and the reverse': async (fs) => {
    await write(fs, `${fs.root}/a`, 'x');
    const writer = await fs.open(`${fs.root}/a`, O_WRONLY);
    await fails(writer.read(1, 0), 'EBADF');
    await writer.close();
    const reader = await fs.open(`${fs.root}/a`, O_RDONLY);
    await fails(reader.write('y', 0), 'EBADF');
    await reader.close();
  },
};
