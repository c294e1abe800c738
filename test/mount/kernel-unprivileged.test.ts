import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canMount, type KernelMount, kernelMount, run } from '../helpers/kernel-mount.ts';

const USER = 65_534;

/** An ordinary user may only mount where /dev/fuse is open to users, as udev makes it; the test opens it for itself. */
const mode = canMount ? (await run('stat', ['-c', '%a', '/dev/fuse'])).out.trim() : '';
const hasHelper = (await run('sh', ['-c', 'command -v fusermount3'])).code === 0;

describe.skipIf(!canMount || !hasHelper)('kernel driver: through fusermount3', () => {
  it('serves root by the helper too', async () => {
    const mount = await kernelMount({ helper: true });
    try {
      expect((await mount.sh('echo by helper > a; cat a; cat .overview.md')).out).toBe(
        'by helper\ngenerated for /resources\n',
      );
      await mount.ask('unmount');
      expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(mount.mountpoint);
    } finally {
      await mount.close();
    }
  });

  describe('as an ordinary user', () => {
    let mount: KernelMount;
    beforeAll(async () => {
      await run('chmod', ['666', '/dev/fuse']);
      mount = await kernelMount({}, USER);
    });
    afterAll(async () => {
      await mount?.close();
      await run('chmod', [mode, '/dev/fuse']);
    });

    const sh = (script: string) => mount.sh(script, { user: USER });

    it('reads, writes, lists and answers', async () => {
      const result = await sh(
        'mkdir d; echo 1 > d/a; mv d/a d/b; cat d/b; ls d; cat .overview.md; ln d/b c; stat -c %h c; rm -r d; cat c',
      );
      expect(result).toEqual({ code: 0, err: '', out: '1\nb\ngenerated for /resources\n2\n1\n' });
    });

    it('holds modes, also against the owner, and lets a holder go on writing', async () => {
      const result = await sh(
        'echo x > ro; chmod 400 ro; echo y > ro; chmod 0 ro; cat ro; exec 3>w; chmod 400 w; echo held >&3; cat w',
      );
      expect(result.out).toBe('held\n');
      expect(result.err.match(/Permission denied/g)).toHaveLength(2);
    });

    it('holds a git repository', async () => {
      const result = await sh(
        'export HOME=$PWD; git init -q g; cd g; seq 100 > f; git add .; git -c user.email=a@b -c user.name=n commit -qm m; git fsck 2>/dev/null; git status --short; git log --format=%s',
      );
      expect(result).toEqual({ code: 0, err: '', out: 'm\n' });
    });

    /** How often GETXATTR (22) was asked so far. */
    const asked = async () => (await mount.ask<Record<string, number>>('stats'))['opcode22'] ?? 0;

    it('walks what it has walked before without a message: nobody else’s access lists are asked for', async () => {
      await sh(
        'mkdir -p many; for i in $(seq 40); do echo $i > many/$i; done; ls -lR . > /dev/null; grep -r x many',
      );
      const before = await asked();
      await sh('ls -l many > /dev/null; grep -r x many; cat many/*');
      const after = await asked();
      expect(after - before).toBeLessThan(5);
    });

    it('keeps root out', async () => {
      expect((await run('ls', [mount.mountpoint])).err).toContain('Permission denied');
    });
  });
});
