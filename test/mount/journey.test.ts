/** What a new user does in the first minutes, with the tools they would use, on a real mount of each driver. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDrivers } from '../helpers/drivers.ts';
import { eventually } from '../helpers/eventually.ts';
import { shell, tryShell } from '../helpers/shell.ts';
import { startMount, type TestMount } from '../helpers/start-mount.ts';
import { withTempDir } from '../helpers/temp-dir.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
/** The question every user has first: is what I just copied understood? */
const UNDERSTOOD_MS = 10_000;

await describeDrivers('a new user on a mount', (driver) => {
  let mount: TestMount;
  let m: string;
  beforeAll(async () => {
    mount = await startMount({ driver });
    m = mount.mountpoint;
  });
  afterAll(() => mount.close());

  it('lists the layers of a directory as soon as they are built, though it was listed before', async () => {
    const d = `${m}/resources/plants`;
    await shell(`mkdir ${d}; printf '# Ferns\n\nFerns like shade.\n' > ${d}/ferns.md; ls -A ${d}`);
    await eventually(
      async () => (await shell(`ls -A ${d}`)).split('\n').filter((name) => name.startsWith('.')).length === 2,
      { what: 'both layers in the listing', timeoutMs: UNDERSTOOD_MS },
    );
  });

  it('understands a tree of some hundred Markdown files and a source tree within seconds', async () => {
    // A documentation tree of the size people have: every package's own pages, in the directories they are in.
    await shell(
      `mkdir ${m}/resources/docs && cd ${ROOT}/node_modules && find . -name '*.md' | tar cf - -T - | tar xf - -C ${m}/resources/docs`,
      60_000,
    );
    await shell(`cp -r ${ROOT}/src ${m}/resources/vikingfs-src`, 60_000);

    const overview = await eventually(
      async () => {
        const text = await shell(`cat ${m}/resources/vikingfs-src/.overview.md`);
        return text.includes('`sessions/`') && text.includes('`vfs/`') && text;
      },
      { what: 'the overview of the source tree', timeoutMs: UNDERSTOOD_MS },
    );
    expect(overview.length).toBeLessThanOrEqual(4_000);
    for (const [, name] of overview.matchAll(/^- `([^`]+?)\/?` —/gm)) {
      expect(await readdir(`${mount.contentDir}/default/resources/vikingfs-src`)).toContain(name);
    }
    const questions: [string, string][] = [
      ['how do I redact secrets from logs', 'redaction.md'],
      ['how do I make a child logger', 'child-loggers.md'],
      ['logging in the browser', 'browser.md'],
    ];
    for (const [question, file] of questions) {
      await eventually(
        async () => {
          const names = (await shell(`ls "${m}/resources/docs/.find/${question}"`)).split('\n');
          return names.slice(0, 3).some((name) => name.endsWith(file));
        },
        { what: `"${question}" finds ${file} in the first three`, timeoutMs: UNDERSTOOD_MS, intervalMs: 300 },
      );
    }
    expect(await shell(`head -c 200 "${m}/resources/docs/.find/${questions[0]![0]}/results.md"`)).toContain(
      'redact',
    );
  });

  it('gives the same bytes through the mount as in the content tree', async () => {
    const content = `${mount.contentDir}/default/resources/docs`;
    const sums = (dir: string) =>
      shell(
        `cd ${dir} && find . -type f -not -name '.abstract.md' -not -name '.overview.md' | sort | xargs -d '\\n' sha256sum | sha256sum`,
      );
    expect(await sums(`${m}/resources/docs`)).toBe(await sums(content));
  });

  it('is a place where git, tar, rsync, sqlite and editors work', async () => {
    const r = `${m}/resources/work`;
    await shell(`mkdir ${r}`);
    await withTempDir(async (dir) => {
      await shell(
        `cd ${dir} && git init -q repo && cd repo && cp -r ${ROOT}/docs . && git add -A && git -c user.name=t -c user.email=t@t commit -qm one`,
      );
      await shell(`git clone -q ${dir}/repo ${r}/clone`);
      // Reading a layer builds it; a clone must stay clean all the same.
      await shell(`cat ${r}/clone/docs/.overview.md`);
      expect(await shell(`cd ${r}/clone && git status --porcelain`)).toBe('');
      await shell(
        `cd ${r}/clone && echo more >> docs/architecture.md && git -c user.name=t -c user.email=t@t commit -qam two && git fsck --full 2>&1`,
      );
      await shell(
        `tar cf ${dir}/src.tar -C ${ROOT} src && tar xf ${dir}/src.tar -C ${r} && diff -r -x .abstract.md -x .overview.md ${ROOT}/src ${r}/src`,
        60_000,
      );
      await shell(`rsync -a ${ROOT}/src/ ${r}/synced/`, 60_000);
      expect(await shell(`rsync -ain ${ROOT}/src/ ${r}/synced/`)).toBe('');
    });
    await shell(`sqlite3 ${r}/t.db 'create table t(a); insert into t values (1),(2); update t set a=a*10;'`);
    expect(await shell(`sqlite3 ${r}/t.db 'select sum(a) from t; pragma integrity_check;'`)).toBe('30\nok\n');
    await shell(
      `cd ${r} && echo one > note.md && echo two > .note.md.swp && mv .note.md.swp note.md && sed -i s/two/three/ note.md`,
    );
    expect(await shell(`cat ${r}/note.md`)).toBe('three\n');
    expect(await shell(`grep -rl three ${r} --include=note.md`)).toContain('note.md');
    expect(await shell(`rg -l three ${r} -g note.md`)).toContain('note.md');
    await shell(`rm -r ${r}`);
    expect((await tryShell(`ls ${r}`)).code).not.toBe(0);
  });

  it('turns a session made with mkdir and echo into an archive and memories that are found at once', async () => {
    const s = `${m}/session/first`;
    await shell(`mkdir ${s}`);
    await shell(
      `echo '{"role":"user","content":"I prefer short answers with examples. My name is Freya."}' >> ${s}/messages.jsonl`,
    );
    await shell(`echo '{"role":"assistant","content":"Noted."}' >> ${s}/messages.jsonl`);
    await shell(`echo > ${s}/.commit`);
    const commit = await eventually(
      async () => {
        const last = JSON.parse(await shell(`cat ${s}/.commit`)) as { status: string; archive_uri: string };
        return last.status === 'committed' && last;
      },
      { what: 'the commit to end', timeoutMs: 10_000 },
    );
    expect(commit.archive_uri).toMatch(/sessions\/first\/history\/archive_001$/);
    expect(await shell(`cat ${s}/history/archive_001/.overview.md`)).toContain('short answers');
    expect(await shell(`cat ${m}/user/memories/preferences/*.md`)).toContain(
      'I prefer short answers with examples.',
    );
    expect(await shell(`cat ${m}/user/profile.md`)).toContain('My name is Freya.');
    expect(await shell(`cat "${m}/user/memories/.find/answer length/"01-*`)).toContain('short answers');
    expect(
      (await readFile(`${mount.contentDir}/default/user/alice/sessions/first/messages.jsonl`)).length,
    ).toBe(0);
  });

  it('refuses a broken line with EINVAL, says why, and keeps nothing of it', async () => {
    const s = `${m}/session/second`;
    await shell(`mkdir ${s} && echo '{"role":"user","content":"kept"}' >> ${s}/messages.jsonl`);
    const broken = await tryShell(`printf '{"role":"user",\\n' >> ${s}/messages.jsonl`);
    expect(broken.code).not.toBe(0);
    expect((await shell(`wc -l < ${s}/messages.jsonl`)).trim()).toBe('1');
    expect(await shell(`tail -1 ${m}/.viking/errors`)).toMatch(/EINVAL.*second\/messages\.jsonl.*JSON/);
  });

  it('shows what was edited behind it', async () => {
    const behind = join(mount.contentDir, 'default/resources/behind');
    await mkdir(behind);
    await writeFile(join(behind, 'okapi.md'), '# Okapi\n\nThe okapi is a relative of the giraffe.\n');
    await eventually(async () => (await shell(`cat ${m}/resources/behind/okapi.md`)).includes('giraffe'), {
      what: 'the new file in the mount',
      timeoutMs: 5_000,
    });
    await writeFile(join(behind, 'okapi.md'), '# Okapi\n\nThe okapi lives in the Congo.\n');
    await eventually(async () => (await shell(`cat ${m}/resources/behind/okapi.md`)).includes('Congo'), {
      what: 'the edited file in the mount',
      timeoutMs: 5_000,
    });
    await eventually(
      async () => (await shell(`ls "${m}/resources/.find/okapi congo"`)).includes('01-okapi.md'),
      {
        what: 'the edit to be found',
        timeoutMs: UNDERSTOOD_MS,
        intervalMs: 200,
      },
    );
  });

  it('lets a person pin a layer and gives it back', async () => {
    const d = `${m}/resources/behind`;
    await shell(`echo 'Notes on rare animals.' > ${d}/.abstract.md`);
    expect(await shell(`cat ${d}/.abstract.md`)).toBe('Notes on rare animals.\n');
    expect(await readFile(join(mount.contentDir, 'default/resources/behind/.abstract.md'), 'utf8')).toBe(
      'Notes on rare animals.\n',
    );
    await shell(`rm ${d}/.abstract.md`);
    expect(await shell(`cat ${d}/.abstract.md`)).toContain('Okapi');
  });

  it.each([
    [
      'a 300-byte name',
      (root: string) => `touch ${root}/resources/$(printf 'x%.0s' $(seq 300))`,
      'File name too long',
    ],
    ['another user', (root: string) => `ls ${root}/user/mallory`, 'No such file'],
    ['removing the frame', (root: string) => `rmdir ${root}/resources`, ''],
    ['writing a read-only magic file', (root: string) => `echo x > ${root}/resources/.meta.json`, ''],
  ])('refuses %s with an honest errno', async (_what, line, text) => {
    const result = await tryShell(line(m));
    expect(result.code).not.toBe(0);
    expect(result.code).not.toBe('timeout');
    expect(result.stderr).toContain(text);
  });
});
