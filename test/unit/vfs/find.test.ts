import { posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Vfs } from '../../../src/vfs/index.ts';
import { decodeQuestion, encodeQuestion } from '../../../src/vfs/magic/find-directory.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';
import { cat, echo, errnoFrom, exists, ls } from '../../helpers/vfs-files.ts';

const QUESTION = 'how does the scheduler retry failed jobs';

describe('.find', () => {
  let test: TestCore;
  let vfs: Vfs;

  beforeAll(async () => {
    test = await testCore();
    vfs = test.vfs();
    await vfs.mkdir('/resources/guide', 0o755);
    await vfs.mkdir('/resources/other', 0o755);
    await echo(
      vfs,
      '/resources/guide/scheduler.md',
      '# Scheduler\n\nThe scheduler retries failed jobs with exponential backoff, five times at most.\n',
    );
    await echo(vfs, '/resources/guide/colours.md', '# Colours\n\nThe palette is teal, ochre and slate.\n');
    await echo(vfs, '/resources/other/cooking.md', '# Cooking\n\nSimmer the lentils for twenty minutes.\n');
    await vfs.mkdir('/user/alice/sessions/talk', 0o755);
    await test.core.system.wait(test.principal, 20_000);
  });
  afterAll(() => test.close());

  it('answers with ranked links that lead to real entries', async () => {
    const dir = `/resources/.find/${QUESTION}`;
    const names = await ls(vfs, dir);
    expect(names[0]).toBe('01-scheduler.md');
    expect(names).toContain('results.md');
    const target = await vfs.readlink(`${dir}/01-scheduler.md`);
    expect(target).toBe('../../guide/scheduler.md');
    expect(await cat(vfs, posix.resolve(dir, target))).toContain('exponential backoff');
    expect((await vfs.getattr(`${dir}/01-scheduler.md`)).size).toBe(target.length);
  });

  it('explains itself in results.md', async () => {
    const text = await cat(vfs, `/resources/.find/${QUESTION}/results.md`);
    expect(text).toContain(`# ${QUESTION}`);
    expect(text).toContain('## 1. guide/scheduler.md');
    expect(text).toMatch(/- uri: viking:\/\/resources\/guide\/scheduler\.md/);
    expect(text).toMatch(/- score: \d\.\d{3} \(resource, lines \d+-\d+\)/);
    expect(text).toMatch(/- why: \S/);
    expect(text).toMatch(/> .*exponential backoff/);
  });

  it('answers for its own subtree only', async () => {
    const names = await ls(vfs, `/resources/other/.find/${QUESTION}`);
    expect(names.some((name) => name.includes('scheduler'))).toBe(false);
  });

  it.each(['/', '/user', '/user/alice', '/user/alice/sessions', '/user/alice/sessions/talk'])(
    'can be asked in %s',
    async (directory) => {
      const dir = posix.join(directory, '.find', 'anything at all');
      expect(await ls(vfs, dir)).toContain('results.md');
      for (const { name, type } of await vfs.readdir(dir)) {
        if (type !== 'symlink') continue;
        expect(await exists(vfs, posix.resolve(dir, await vfs.readlink(`${dir}/${name}`)))).toBe(true);
      }
    },
  );

  it('always exists, is never listed, and lists what was asked lately', async () => {
    expect(await ls(vfs, '/resources')).not.toContain('.find');
    expect((await vfs.getattr('/resources/.find')).mode & 0o170000).toBe(0o040000);
    await ls(vfs, '/resources/guide/.find/a%2Fb 100%25');
    expect(await ls(vfs, '/resources/guide/.find')).toEqual(['a%2Fb 100%25']);
    expect(await ls(vfs, '/resources/other/.find')).not.toContain('a%2Fb 100%25');
  });

  it('says in results.md that nothing was found', async () => {
    await vfs.mkdir('/resources/empty', 0o755);
    const dir = '/resources/empty/.find/xyzzy plugh';
    expect(await ls(vfs, dir)).toEqual(['results.md']);
    expect(await cat(vfs, `${dir}/results.md`)).toMatch(/Nothing matched/);
    expect(await cat(vfs, `${dir}/results.md`)).toMatch(/index is/i);
  });

  it('refuses to be changed', async () => {
    const dir = `/resources/.find/${QUESTION}`;
    expect(await errnoFrom(vfs.mkdir('/resources/.find/made', 0o755))).toBe('EEXIST');
    expect(await errnoFrom(vfs.mkdir(`${dir}/made`, 0o755))).toBe('EACCES');
    expect(await errnoFrom(vfs.create(`${dir}/made`, 0o101, 0o644))).toBe('EACCES');
    expect(await errnoFrom(vfs.rmdir(dir))).toBe('EACCES');
    expect(await errnoFrom(vfs.unlink(`${dir}/results.md`))).toBe('EACCES');
    expect(await errnoFrom(vfs.rename(`${dir}/results.md`, '/resources/kept.md'))).toBe('EACCES');
    expect(await errnoFrom(vfs.truncate(`${dir}/results.md`, 0))).toBe('EACCES');
  });

  it('does not exist below a file or a missing directory, or deeper than an answer', async () => {
    expect(await errnoFrom(vfs.getattr('/resources/none/.find/q'))).toBe('ENOENT');
    expect(await errnoFrom(vfs.getattr('/resources/guide/colours.md/.find'))).toBe('ENOTDIR');
    expect(await errnoFrom(vfs.getattr('/resources/.find/q/99-nothing.md'))).toBe('ENOENT');
    expect(await errnoFrom(vfs.getattr('/resources/.find/q/.git'))).toBe('ENOENT');
    expect(await errnoFrom(vfs.getattr('/resources/.find/q/results.md/x'))).toBe('ENOTDIR');
  });

  it('takes a blank question without failing', async () => {
    expect(await cat(vfs, '/resources/.find/ /results.md')).toContain('Ask by the name of the directory');
  });

  it('finds a file soon after it is written', async () => {
    await echo(vfs, '/resources/other/zeppelin.md', '# Zeppelin\n\nThe zeppelin hangar opens at dawn.\n');
    await eventually(
      async () => {
        const answer = `/resources/other/.find/when does the zeppelin hangar open ${Date.now()}`;
        return (await ls(vfs, answer))[0] === '01-zeppelin.md';
      },
      { what: 'the new file is found', timeoutMs: 10_000, intervalMs: 100 },
    );
  });

  it('reads and writes names and questions alike', () => {
    for (const question of ['a/b', '100%', '%2F', 'plain', '/', '%25%2f']) {
      expect(decodeQuestion(encodeQuestion(question))).toBe(question);
      expect(encodeQuestion(question)).not.toContain('/');
    }
    expect(decodeQuestion('a%2fb%2Fc 5%25 %20')).toBe('a/b/c 5% %20');
  });

  describe('.viking/find', () => {
    it('answers on the open file, behind what was written', async () => {
      const handle = await vfs.open('/.viking/find', 0o2);
      const question = Buffer.from(`${QUESTION}\n`);
      await vfs.write(handle, question, 0);
      const { size } = await vfs.fgetattr(handle);
      const buffer = Buffer.alloc(size);
      const count = await vfs.read(handle, buffer, question.length);
      const answer = buffer.subarray(0, count).toString();
      expect(question.length + count).toBe(size);
      expect(answer).toContain('resources/guide/scheduler.md');
      // A second question on the same descriptor goes on behind the first answer.
      await vfs.write(handle, Buffer.from('simmer lentils\n'), size);
      const next = Buffer.alloc(64 * 1024);
      const more = await vfs.read(handle, next, size + 15);
      expect(next.subarray(0, more).toString()).toMatch(/^# simmer lentils/);
      await vfs.release(handle);
    });

    it('answers the next open of the same process, or of the child of a shell', async () => {
      await echo(vfs, '/.viking/find', 'simmer lentils\n', { pid: process.pid });
      expect(await cat(vfs, '/.viking/find', { pid: process.pid })).toContain('cooking.md');
      expect(await cat(vfs, '/.viking/find', { pid: process.ppid })).toContain('Write a question');
    });

    it('keeps the answers of two processes apart', async () => {
      await echo(vfs, '/.viking/find', 'simmer lentils\n', { pid: 900_001 });
      await echo(vfs, '/.viking/find', 'teal ochre slate\n', { pid: 900_002 });
      expect(await cat(vfs, '/.viking/find', { pid: 900_001 })).toMatch(/^simmer lentils\n# simmer lentils/);
      expect(await cat(vfs, '/.viking/find', { pid: 900_002 })).toMatch(
        /^teal ochre slate\n# teal ochre slate/,
      );
    });

    it('refuses an endless question', async () => {
      expect(await errnoFrom(echo(vfs, '/.viking/find', 'x'.repeat(10_000)))).toBe('EFBIG');
    });
  });
});
