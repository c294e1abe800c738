/** Many processes that append to one session through the mount while it is committed again and again. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDriver } from '../helpers/drivers.ts';
import { eventually } from '../helpers/eventually.ts';
import { shell } from '../helpers/shell.ts';
import { startMount, type TestMount } from '../helpers/start-mount.ts';

const WRITERS = 16;
/** Messages of each; 1000 is the promise, fewer keep the check quick. */
const EACH = Number(process.env['VIKINGFS_SESSION_MESSAGES'] ?? 250);
/** Lines of one write: a program that logs a turn writes its messages together. */
const BATCH = 10;
const TIMEOUT_MS = 120_000;

/** Opens with O_APPEND and writes whole lines, one `write` per `batch` lines; prints messages per second. */
const WRITER = `
const fs = require('node:fs');
const [file, name, each, batch] = process.argv.slice(1);
const fd = fs.openSync(file, 'a');
const from = process.hrtime.bigint();
for (let i = 0; i < each; i += Number(batch)) {
  let lines = '';
  for (let k = i; k < i + Number(batch); k += 1)
    lines += JSON.stringify({ role: 'user', content: name + ' says number ' + k + ' of what it has to say' }) + '\\n';
  const bytes = Buffer.from(lines);
  if (fs.writeSync(fd, bytes) !== bytes.length) throw new Error('short write');
}
fs.closeSync(fd);
console.log(Number(process.hrtime.bigint() - from) / 1e6);
`;

/** Asks after each line, at once, for the line it wrote, and after ten for a commit; prints what each commit archived. */
const ASKER = `
const fs = require('node:fs');
const dir = process.argv[1];
const file = dir + '/messages.jsonl';
const archived = [];
const fd = fs.openSync(file, 'a');
for (let i = 0; i < 30; i += 1) {
  fs.writeSync(fd, JSON.stringify({ role: 'user', content: 'line ' + i }) + '\\n');
  const lines = fs.readFileSync(file, 'utf8').trim().split('\\n');
  if (lines.length !== i % 10 + 1 || !lines.at(-1).includes('line ' + i)) throw new Error(i + ': ' + lines);
  if (i % 10 < 9) continue;
  fs.writeFileSync(dir + '/.commit', 'now');
  archived.push(JSON.parse(fs.readFileSync(dir + '/.commit', 'utf8')).archived);
}
fs.closeSync(fd);
console.log(archived.join(' '));
`;

await describeDriver('a session that many append to', 'kernel', () => {
  let mount: TestMount;
  beforeAll(async () => {
    mount = await startMount({ driver: 'kernel' });
  });
  afterAll(() => mount.close());

  async function kept(session: string): Promise<string[]> {
    const dir = join(mount.contentDir, 'default/user/alice/sessions', session);
    const archives = (await readdir(join(dir, 'history')).catch(() => [])).filter(
      (name) => !name.startsWith('.'),
    );
    const files = [...archives.sort().map((name) => join(dir, 'history', name)), dir];
    const texts = await Promise.all(files.map((file) => readFile(join(file, 'messages.jsonl'), 'utf8')));
    return texts
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { parts: { text: string }[] }).parts[0]?.text ?? '');
  }

  const run = (file: string, name: string, each: number, batch: number) =>
    shell(`node -e '${WRITER.replaceAll("'", '"')}' ${file} ${name} ${each} ${batch}`, TIMEOUT_MS);

  it(`${WRITERS} processes of ${EACH} messages each, committed every second: each once, in order`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    const dir = `${mount.mountpoint}/user/alice/sessions/crowd`;
    await shell(`mkdir ${dir}`);
    let writing = true;
    const from = performance.now();
    const writers = Promise.all(
      Array.from({ length: WRITERS }, (_, index) => run(`${dir}/messages.jsonl`, `writer-${index}`, EACH, 1)),
    ).finally(() => {
      writing = false;
    });
    let commits = 0;
    const committing = (async () => {
      while (writing) {
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        await shell(`echo now > ${dir}/.commit`, TIMEOUT_MS);
        commits += 1;
      }
    })();
    await Promise.all([writers, committing]);
    const seconds = (performance.now() - from) / 1_000;
    const texts = await kept('crowd');
    console.info(
      `${WRITERS} × ${EACH} single appends, ${commits} commits: ${Math.round((WRITERS * EACH) / seconds)} messages/s`,
    );
    expect(commits).toBeGreaterThan(0);
    expect(texts).toHaveLength(WRITERS * EACH);
    for (let index = 0; index < WRITERS; index += 1) {
      const own = texts.filter((text) => text.startsWith(`writer-${index} `));
      expect(own.map((text) => Number(/number (\d+)/.exec(text)?.[1]))).toEqual(
        Array.from({ length: EACH }, (_, number) => number),
      );
    }
    await eventually(async () => (await shell(`cat ${dir}/.commit`)).includes('"committed"') || undefined, {
      what: 'the last commit to end',
      timeoutMs: 30_000,
    });
  });

  it('counts every line of a lone writer, who is answered before JavaScript has heard of it', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const dir = `${mount.mountpoint}/user/alice/sessions/direct`;
    await shell(`mkdir ${dir}`);
    const before = (await mount.stats())['directAnswers'] ?? 0;
    expect(await shell(`node -e '${ASKER.replaceAll("'", '"')}' ${dir}`, TIMEOUT_MS)).toBe('10 10 10\n');
    expect(await kept('direct')).toEqual(Array.from({ length: 30 }, (_, number) => `line ${number}`));
    // Not each: a file that is being closed by somebody else at that moment makes it one of several.
    expect((await mount.stats())['directAnswers'] ?? 0).toBeGreaterThan(before + 5);
  });

  it('says how fast one writer is, by single lines and by batches', { timeout: TIMEOUT_MS }, async () => {
    const dir = `${mount.mountpoint}/user/alice/sessions/alone`;
    await shell(`mkdir ${dir}`);
    const single = Number(await run(`${dir}/messages.jsonl`, 'single', 300, 1));
    const batched = Number(await run(`${dir}/messages.jsonl`, 'batched', 3_000, BATCH));
    console.info(
      `one writer: ${Math.round(300_000 / single)} messages/s line by line, ${Math.round(3_000_000 / batched)} by ${BATCH}`,
    );
    expect(await kept('alone')).toHaveLength(3_300);
  });
});

await describeDriver('a request by another door', 'kernel', () => {
  it('finds noted what a writer was told is done, before the event loop has come to it', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const mount = await startMount({ driver: 'kernel', lateMail: true });
    try {
      const dir = `${mount.mountpoint}/user/alice/sessions/late`;
      const line = JSON.stringify({ role: 'user', content: 'said' });
      await shell(
        `mkdir ${dir}; for i in 1 2 3; do echo '${line}' >> ${dir}/messages.jsonl; done`,
        TIMEOUT_MS,
      );
      const { lateNews = 0, lateHeard } = await mount.stats();
      expect(lateNews).toBeGreaterThan(0);
      expect(lateHeard).toBe(lateNews);
    } finally {
      await mount.close();
    }
  });
});
