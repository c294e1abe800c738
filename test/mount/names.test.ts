import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDrivers } from '../helpers/drivers.ts';
import { shell } from '../helpers/mount-shell.ts';
import { startMount, type TestMount } from '../helpers/start-mount.ts';

/** A name that is not UTF-8 has no URI. A plain directory takes it, so this is not a conformance case. */
await describeDrivers('names that are not UTF-8', (driver) => {
  let mount: TestMount;
  const refused = async (script: string) => (await shell(mount.mountpoint, `cd resources; ${script}`)).stderr;
  beforeAll(async () => {
    mount = await startMount({ driver });
    await mkdir(join(mount.contentDir, 'default/resources'), { recursive: true });
  });
  afterAll(() => mount?.close());

  it.each([
    ['a file', `touch $'no\\xff'`],
    ['a directory', `mkdir $'no\\xc3\\x28'`],
    ['a symlink', `ln -s target $'no\\xed\\xa0\\x80'`],
    ['a hard link', `touch src; ln src $'no\\xc0\\xaf'`],
    ['a rename', `touch src; mv -T src $'no\\xf5\\x80\\x80\\x80'`],
    ['a cut character', `touch $'no\\xe2\\x82'`],
  ])('%s cannot be made', async (_what, script) => {
    expect(await refused(script)).toMatch(/Invalid or incomplete multibyte|byte sequence/i);
    expect((await readdir(join(mount.contentDir, 'default/resources'))).join()).not.toContain('no');
  });

  it('one that lies in the content directory does not exist, and hides nothing else', async () => {
    const raw = Buffer.concat([
      Buffer.from(join(mount.contentDir, 'default/resources/')),
      Buffer.from([0x78, 0xff]),
    ]);
    await writeFile(raw, 'nobody');
    await writeFile(join(mount.contentDir, 'default/resources/seen.md'), 'seen');
    // libfuse 2 has one answer for a lookup and for what is to be made.
    const absent = driver === 'kernel' ? /No such file/ : /No such file|multibyte/;
    expect(await refused(`cat $'x\\xff'`)).toMatch(absent);
    expect(await refused(`mv $'x\\xff' fine`)).toMatch(absent);
    expect(
      (await shell(mount.mountpoint, 'rm -f resources/src; ls resources; cat resources/seen.md')).stdout,
    ).toBe('seen.md\nseen');
  });

  it('every other name of up to 255 bytes is a name', async () => {
    const names = [
      '\u00e9',
      '\u65e5\u672c\u8a9e',
      '\u{10ffff}',
      '\u07ff',
      '\ud7ff',
      '\ue000',
      '\u00e9'.repeat(127),
    ];
    expect(await refused(names.map((name) => `echo -n x > '${name}'`).join(' && '))).toBe('');
    const found = await readdir(join(mount.contentDir, 'default/resources'));
    expect(found).toEqual(expect.arrayContaining(names));
  });

  // A symlink's text is whatever was put there; Node hands it to the portable driver as text.
  it('a symlink may lead to any bytes', async () => {
    expect(await refused(`ln -s $'no\\xff' odd`)).toBe('');
    const bytes = (await shell(mount.mountpoint, 'cd resources; readlink odd | od -An -tx1')).stdout.trim();
    expect(bytes).toBe(driver === 'kernel' ? '6e 6f ff 0a' : '6e 6f ef bf bd 0a');
  });
});
