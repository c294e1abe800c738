import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { PathCase } from '../posix-fs.ts';

const run = promisify(execFile);
const BOUND = { timeout: 30_000, killSignal: 'SIGKILL' as const };

async function python(root: string, script: string): Promise<string> {
  return (await run('python3', ['-c', script], { ...BOUND, cwd: root })).stdout.trim();
}

async function shell(root: string, script: string): Promise<string> {
  return (await run('sh', ['-e', '-c', script], { ...BOUND, cwd: root })).stdout.trim();
}

/** Cases of programs that need a path of the operating system. */
export const programCases: Record<string, PathCase> = {
  'programs: a shared writable mapping reaches the file': async (root) => {
    await writeFile(`${root}/m`, Buffer.alloc(8_192, 'a'));
    await python(
      root,
      `import mmap
f = open('m', 'r+b')
m = mmap.mmap(f.fileno(), 8192)
m[4090:4100] = b'B' * 10
m.flush(); m.close(); f.close()`,
    );
    const back = await readFile(`${root}/m`);
    assert.equal(back.subarray(4_088, 4_102).toString(), 'aaBBBBBBBBBBaa');
  },
  'programs: a mapping sees a write': async (root) => {
    await writeFile(`${root}/m`, Buffer.alloc(4_096, 'a'));
    const seen = await python(
      root,
      `import mmap, os
f = open('m', 'r+b')
m = mmap.mmap(f.fileno(), 4096, access=mmap.ACCESS_READ)
first = m[0:1]
os.pwrite(f.fileno(), b'Z', 0)
print((first + m[0:1]).decode())`,
    );
    assert.equal(seen, 'aZ');
  },
  'programs: record locks keep another process out': async (root) => {
    await writeFile(`${root}/l`, 'x');
    const answer = await python(
      root,
      `import fcntl, os, subprocess, sys
f = open('l', 'r+')
fcntl.lockf(f, fcntl.LOCK_EX)
code = "import fcntl\\nf = open('l', 'r+')\\ntry:\\n fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)\\n print('got')\\nexcept OSError:\\n print('kept out')"
print(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True).stdout.strip())`,
    );
    assert.equal(answer, 'kept out');
  },
  'programs: flock keeps another process out': async (root) => {
    const answer = await shell(root, `: > l; flock l sh -c 'flock -n l echo got || echo kept out'`);
    assert.equal(answer, 'kept out');
  },
  'programs: sqlite keeps a database with a rollback journal': async (root) => {
    const count = await shell(
      root,
      `sqlite3 db 'CREATE TABLE t(a); WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<500) INSERT INTO t SELECT x FROM c;'
sqlite3 db 'BEGIN; DELETE FROM t WHERE a > 250; ROLLBACK; PRAGMA integrity_check; SELECT count(*), sum(a) FROM t;'`,
    );
    assert.equal(count, 'ok\n500|125250');
  },
  'programs: sqlite keeps a database with a write-ahead log': async (root) => {
    const count = await shell(
      root,
      `sqlite3 db 'PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES (1),(2),(3);' > /dev/null
sqlite3 db 'INSERT INTO t VALUES (4); PRAGMA integrity_check; SELECT sum(a) FROM t;'`,
    );
    assert.equal(count, 'ok\n10');
  },
  'programs: git makes a repository, commits, clones, and is clean': async (root) => {
    const out = await shell(
      root,
      `mkdir repo && cd repo && git init -q . && mkdir -p docs/deep
echo one > a.md; echo two > docs/b.md; echo three > docs/deep/c.md
git add -A && git -c user.name=t -c user.email=t@example.org commit -q -m first
cd .. && git clone -q repo clone && cd clone && git fsck --strict 2>/dev/null
git status --porcelain; git -C ../repo status --porcelain; git log --oneline | wc -l; cat docs/deep/c.md`,
    );
    assert.equal(out.replace(/\s+/g, ' '), '1 three');
  },
  'programs: tar packs a tree and unpacks it to the same bytes': async (root) => {
    const out = await shell(
      root,
      `mkdir -p t/sub; for i in 1 2 3 4 5; do echo $i > t/sub/f$i; done; ln -s f1 t/sub/link; ln t/sub/f2 t/sub/hard
tar cf t.tar --exclude=.abstract.md --exclude=.overview.md t; mkdir u; tar xf t.tar -C u
diff -r --no-dereference -x .abstract.md -x .overview.md t u/t && stat -c %h u/t/sub/hard && readlink u/t/sub/link`,
    );
    assert.equal(out, '2\nf1');
  },
  'programs: cp -r and diff -r of a tree': async (root) => {
    await mkdir(`${root}/t/a/b`, { recursive: true });
    for (let index = 0; index < 50; index += 1)
      await writeFile(`${root}/t/a/b/${index}`, `${index}\n`.repeat(index));
    await shell(root, 'cp -r t u && diff -r -x .abstract.md -x .overview.md t u');
    await shell(root, 'rm -r t u && test ! -e t && test ! -e u');
  },
  'programs: rsync finds nothing to do the second time': async (root) => {
    const out = await shell(
      root,
      `mkdir src; for i in 1 2 3; do echo $i > src/f$i; touch -d "2020-0$i-01 12:00" src/f$i; done
rsync -a --exclude=.abstract.md --exclude=.overview.md src/ dst/
rsync -ai --exclude=.abstract.md --exclude=.overview.md src/ dst/ | grep -c '^>f' || true`,
    );
    assert.equal(out, '0');
  },
  'programs: sed -i, mv over and a shell here-document': async (root) => {
    const out = await shell(
      root,
      `cat > doc <<'END'
first line
second line
END
sed -i 's/second/2nd/' doc; echo third >> doc; cp doc other; mv other doc; cat doc; ls`,
    );
    assert.equal(out, 'first line\n2nd line\nthird\ndoc');
  },
  'programs: touch with a date, cp -p and find -newer agree': async (root) => {
    const out = await shell(
      root,
      `echo a > old; touch -d '2001-01-01 00:00:00 UTC' old; echo b > new; cp -p old copy
stat -c %Y copy; find . -maxdepth 1 -newer old -name new`,
    );
    assert.equal(out, '978307200\n./new');
  },
  'programs: touch -m sets the modification time alone': async (root) => {
    const out = await shell(
      root,
      `echo a > f; touch -d '2001-01-01 00:00:00 UTC' f; touch -m -d '2002-01-01 00:00:00 UTC' f; stat -c '%X %Y' f`,
    );
    assert.equal(out, '978307200 1009843200');
  },
  'programs: twenty processes append to one file': async (root) => {
    const lines = await shell(
      root,
      `for p in $(seq 20); do (for i in $(seq 20); do echo "$p $i" >> log; done) & done; wait; sort -u log | wc -l; wc -l < log`,
    );
    assert.equal(lines.replace(/\s+/g, ' '), '400 400');
  },
  'programs: an executable script runs': async (root) => {
    const out = await shell(root, `printf '#!/bin/sh\\necho ran\\n' > s; chmod +x s; ./s`);
    assert.equal(out, 'ran');
  },
};
