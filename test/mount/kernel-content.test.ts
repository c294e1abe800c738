import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { canMount, type KernelMount, kernelMount } from '../helpers/kernel-mount.ts';

/** Content through the kernel driver: the plain files behind it are the oracle. */
describe.skipIf(!canMount)('kernel driver: content', () => {
  let mount: KernelMount;
  beforeAll(async () => {
    mount = await kernelMount();
  });
  afterAll(() => mount?.close());

  /** The script must succeed; returns what it said. */
  async function sh(script: string): Promise<string> {
    const result = await mount.sh(`set -e\n${script}`);
    expect(result.err).toBe('');
    expect(result.code).toBe(0);
    return result.out;
  }

  const python = (code: string) => `python3 - <<'PY'\nimport os, fcntl, mmap, ctypes\n${code}\nPY`;

  it('writes what is read behind it', async () => {
    await sh('printf one > a; printf two >> a');
    expect(await readFile(join(mount.backing, 'a'), 'utf8')).toBe('onetwo');
  });

  it('keeps one node for two names: size, link count and ctime agree', async () => {
    const out = await sh(`
      echo 1 > h1; ln h1 h2; cat h2 > /dev/null; stat -c %h h1
      echo 22 >> h1; stat -c %s h2; cat h2
      before=$(stat -c %z h1); sleep 0.02; rm h2; stat -c %h h1; [ "$before" != "$(stat -c %z h1)" ] && echo moved`);
    expect(out).toBe('2\n5\n1\n22\n1\nmoved\n');
  });

  it('reads and writes a file whose name is gone', async () => {
    const out = await sh(
      `exec 3<>gone; echo first >&3; rm gone; echo second >&3; sleep 0.1; stat -L -c %h /proc/self/fd/3; cat /proc/self/fd/3`,
    );
    expect(out).toBe('0\nfirst\nsecond\n');
  });

  it('reads the old file after a rename over it', async () => {
    const out = await sh(`echo old > t; exec 3<t; echo new > n; mv n t; cat <&3; cat t`);
    expect(out).toBe('old\nnew\n');
  });

  it('exchanges, and refuses to replace', async () => {
    const out = await sh(
      python(`
libc = ctypes.CDLL(None, use_errno=True)
def rename2(a, b, flags): return 0 if libc.renameat2(-100, a.encode(), -100, b.encode(), flags) == 0 else ctypes.get_errno()
open('x1','w').write('1'); open('x2','w').write('2')
print(rename2('x1','x2',1), rename2('x1','x2',2), open('x1').read(), open('x2').read())
os.mkdir('xd'); print(rename2('x1','xd',2), os.path.isdir('x1'), open('xd').read())`),
    );
    expect(out).toBe('17 0 2 1\n0 True 2\n');
  });

  it('makes a file without a name, and names it', async () => {
    const out = await sh(
      python(`
fd = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600); os.write(fd, b'hidden')
ctypes.CDLL(None).linkat(-100, f'/proc/self/fd/{fd}'.encode(), -100, b'named', 0x400)
print(open('named').read(), os.stat('named').st_nlink)`),
    );
    expect(out).toBe('hidden 1\n');
  });

  it('keeps times to the nanosecond, sets one alone, and times before 1970', async () => {
    const out = await sh(
      python(`
open('tm','w'); os.utime('tm', ns=(1_000_000_001, 2_000_000_002)); s=os.stat('tm'); print(s.st_atime_ns, s.st_mtime_ns)
os.utime('tm', ns=(-1_500_000_000, -1)); s=os.stat('tm'); print(s.st_atime_ns, s.st_mtime_ns)`) +
        '\ntouch -m -d @7 tm; stat -c "%X %Y" tm',
    );
    expect(out).toBe('1000000001 2000000002\n-1500000000 -1\n-2 7\n');
  });

  it('is sparse where the backing is, and finds the holes', async () => {
    const out = await sh(
      `truncate -s 1M sp; printf x | dd of=sp bs=1 seek=524288 conv=notrunc status=none; [ $(stat -c %b sp) -lt 100 ] && echo sparse
      ${python(`fd=os.open('sp',os.O_RDONLY); print(os.lseek(fd,0,os.SEEK_DATA), os.lseek(fd,524288,os.SEEK_HOLE))`)}
      fallocate -p -o 524288 -l 4096 sp; fallocate -l 2M sp; stat -c %s sp; md5sum < sp; head -c 2M /dev/zero | md5sum`,
    );
    const [sparse, ends, size, sum, zeros] = out.trimEnd().split('\n');
    expect([sparse, ends, size]).toEqual(['sparse', '524288 528384', '2097152']);
    expect(sum).toBe(zeros);
  });

  it('keeps extended attributes, and adds ours', async () => {
    const out = await sh(
      python(`
open('xa','w'); os.setxattr('xa','user.mine',b'v'); print(os.getxattr('xa','user.mine'), sorted(os.listxattr('xa')))
print(os.getxattr('xa','user.viking.uri'))
os.removexattr('xa','user.mine')
try: os.getxattr('xa','user.mine')
except OSError as e: print(e.errno)
try: os.setxattr('xa','user.viking.uri',b'no')
except OSError as e: print(e.errno)`),
    );
    expect(out).toBe("b'v' ['user.mine', 'user.viking.uri']\nb'viking://resources/xa'\n61\n13\n");
  });

  it('shows through mmap what is written, and the reverse', async () => {
    const out = await sh(
      python(`
fd=os.open('mm',os.O_CREAT|os.O_RDWR); os.write(fd,b'a'*8192); m=mmap.mmap(fd,8192)
os.pwrite(fd,b'B',4097); print(m[4096:4099]); m[0:3]=b'xyz'; m.flush(); print(os.pread(fd,4,0), open('mm','rb').read(4))
w=os.open('mw',os.O_CREAT|os.O_WRONLY); os.write(w,b'1'*4096); r=open('mw','rb'); n=mmap.mmap(r.fileno(),4096,prot=mmap.PROT_READ)
print(n[0:2]); os.pwrite(w,b'22',0); print(n[0:3], open('mw','rb').read(3))`),
    );
    expect(out).toBe("b'aBa'\nb'xyza' b'xyza'\nb'11'\nb'221' b'221'\n");
  });

  it('appends from many processes without losing a line', async () => {
    const out = await sh(
      'for i in 1 2 3 4 5 6 7 8; do (for k in $(seq 50); do echo "$i $k" >> lines; done) & done; wait; wc -l < lines; sort -u lines | wc -l',
    );
    expect(out).toBe('400\n400\n');
  });

  it('locks across processes', async () => {
    const out = await sh(`exec 9>lk; flock -n 9; bash -c 'exec 8>lk; flock -n 8 && echo both || echo alone'
      ${python(`
f=open('pl','w'); fcntl.lockf(f, fcntl.LOCK_EX)
if os.fork()==0:
  g=open('pl','w')
  try: fcntl.lockf(g, fcntl.LOCK_EX|fcntl.LOCK_NB); print('both', flush=True)
  except OSError: print('alone', flush=True)
  os._exit(0)
os.wait()`)}`);
    expect(out).toBe('alone\nalone\n');
  });

  it('lists thousands of entries whole while others come and go', async () => {
    const out = await sh(`
      mkdir many; (cd many; for i in $(seq 3000); do : > f$i; done)
      (for i in $(seq 300); do : > many/n$i; rm many/n$i; done) & for k in 1 2 3 4 5; do ls -f many | grep -c '^f'; done; wait; rm -rf many; ls -d many 2>/dev/null || echo none`);
    expect(out).toBe('3000\n3000\n3000\n3000\n3000\nnone\n');
  });

  it('takes names of 255 bytes and refuses more', async () => {
    const long = 'n'.repeat(255);
    expect(await sh(`: > ${long}; ls ${long}`)).toBe(`${long}\n`);
    expect((await mount.sh(`: > ${long}n`)).err).toContain('too long');
  });

  it('serves trees deeper than PATH_MAX and follows no link out of content', async () => {
    const name = 'd'.repeat(200);
    const out = await sh(`
      for i in $(seq 30); do mkdir ${name}; cd -P ${name} 2>/dev/null || cd ${name}; done; echo deep > leaf; cat leaf
      ln -s /etc/passwd out; readlink out`);
    expect(out).toBe('deep\n/etc/passwd\n');
  });

  it('removes a tree deeper than PATH_MAX', async () => {
    expect(await sh('rm -rf ddd*; ls -d ddd* 2>/dev/null || echo none')).toBe('none\n');
  });

  it('takes set-id bits away when somebody writes', async () => {
    const out = await sh('echo x > sid; chmod 6755 sid; stat -c %a sid; chown 1:1 sid; stat -c %a sid');
    expect(out).toBe('6755\n755\n');
  });

  it('hides the staging files of atomic writes', async () => {
    await writeFile(join(mount.backing, '.vikingfs-x.tmp'), 'unfinished');
    const result = await mount.sh('ls -a; cat .vikingfs-x.tmp; echo mine > .vikingfs-y.tmp');
    expect(result.out).not.toContain('.vikingfs-');
    expect(result.err).toContain('No such file');
    expect(result.err).toContain('Permission denied');
  });

  it('holds a git repository, a database and an archive', async () => {
    await sh(`git init -q g; cd g; for i in $(seq 50); do echo $i > f$i; done; git add .; git -c user.email=a@b -c user.name=n commit -qm m
      git repack -qad; git fsck 2>/dev/null; git clone -q . ../g2; diff -r --exclude=.git . ../g2; [ -z "$(git status --short)" ]`);
    await sh(`tar cf t.tar g2; mkdir un; tar xf t.tar -C un; diff -r g2 un/g2`);
    const sql = await mount.sh(
      `command -v sqlite3 >/dev/null || exit 9; sqlite3 s.db 'pragma journal_mode=wal; create table t(a); insert into t select value from generate_series(1,2000); select count(*) from t;' && sqlite3 s.db 'pragma integrity_check'`,
    );
    if (sql.code !== 9) expect(sql.out).toBe('wal\n2000\nok\n');
  });

  it('tells the vfs what changed, each path once', async () => {
    await mount.ask('changes');
    await sh(
      'mkdir ev; echo 1 > ev/a; echo 2 > ev/a; mv ev/a ev/b; for i in $(seq 500); do echo $i >> ev/many; done; rm ev/b',
    );
    let seen: string[] = [];
    await eventually(
      async () => {
        seen = [...seen, ...(await mount.ask<string[]>('changes'))];
        return seen.includes('/resources/ev/b');
      },
      { what: 'the last change' },
    );
    expect(seen).toContain('/resources/ev');
    expect(seen).toContain('/resources/ev/a');
    // Told every 20 ms at most: 500 writes are a few changes.
    expect(seen.filter((path) => path === '/resources/ev/many').length).toBeLessThan(50);
  });
});
