import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import yazl from 'yazl';
import { addResource, type IngestRequest, resourceName, unzip } from '../../../src/ingest/index.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let temp: TempDir;
let base: string;
let source: string;
let container: string;

beforeEach(async () => {
  temp = await tempDir();
  base = temp.path;
  source = join(base, 'My Project');
  container = join(base, 'content');
  await Promise.all([mkdir(source), mkdir(container), mkdir(join(base, 'staging'))]);
});

afterEach(() => temp.remove());

const request = (changes: Partial<IngestRequest> = {}): IngestRequest => ({
  source,
  container,
  stagingDir: join(base, 'staging'),
  ...changes,
});

async function tree(directory: string): Promise<string[]> {
  return (await readdir(directory, { recursive: true })).sort();
}

describe('addResource', () => {
  it('copies a directory, honours nested .gitignore, keeps binaries, skips links and tools', async () => {
    await put('README.md', '# Hello');
    await put('.gitignore', 'build/\n*.log\n!keep.log\n');
    await put('a.log', 'x');
    await put('keep.log', 'x');
    await put('build/out.js', 'x');
    await put('sub/.gitignore', '/local.txt\n');
    await put('sub/local.txt', 'x');
    await put('sub/deep/local.txt', 'kept: the rule is anchored');
    await put('image.bin', Buffer.from([0, 1, 2, 255]));
    await put('node_modules/x/index.js', 'x');
    await put('.git/HEAD', 'x');
    await symlink('/etc/passwd', join(source, 'link'));

    const outcome = await addResource(request());

    expect(outcome.name).toBe('My_Project');
    expect(await tree(join(container, 'My_Project'))).toEqual([
      '.gitignore',
      'README.md',
      'image.bin',
      'keep.log',
      'sub',
      'sub/.gitignore',
      'sub/deep',
      'sub/deep/local.txt',
    ]);
    expect(await readFile(join(container, 'My_Project/image.bin'))).toEqual(Buffer.from([0, 1, 2, 255]));
    expect(outcome.skipped).toContainEqual({ path: 'link', reason: 'symlink' });
    expect(outcome.skipped).toContainEqual({ path: 'build', reason: '.gitignore' });
    expect(await tree(join(base, 'staging'))).toEqual([]);
  });

  it('takes the next free name, or updates exactly the named one', async () => {
    await put('a.md', 'one');
    await put('b.md', 'same');
    expect((await addResource(request())).name).toBe('My_Project');
    expect((await addResource(request())).name).toBe('My_Project_1');
    const before = await stat(join(container, 'My_Project/b.md'));
    await put('a.md', 'two');
    await put('c.md', 'new');
    const outcome = await addResource(request({ name: 'My_Project' }));
    expect([...outcome.changed].sort()).toEqual(['My_Project/a.md', 'My_Project/c.md']);
    expect(await readFile(join(container, 'My_Project/a.md'), 'utf8')).toBe('two');
    expect((await stat(join(container, 'My_Project/b.md'))).ino).toBe(before.ino);
  });

  it('removes what is gone from the source but never dot-entries of the target', async () => {
    await put('gone.md', 'x');
    await put('kept.md', 'x');
    await addResource(request({ name: 'r' }));
    await writeFile(join(container, 'r/.overview.md'), 'pinned by a person');
    const other = join(base, 'other');
    await mkdir(other);
    await writeFile(join(other, 'kept.md'), 'x');
    await addResource(request({ source: other, name: 'r' }));
    expect(await tree(join(container, 'r'))).toEqual(['.overview.md', 'kept.md']);
  });

  it('replaces symlinks in the target and never follows one out of it', async () => {
    const outside = join(base, 'outside');
    await mkdir(join(outside, 'docs'), { recursive: true });
    await writeFile(join(outside, 'docs/precious.md'), 'precious');
    await writeFile(join(outside, 'note.md'), 'precious');
    await mkdir(join(container, 'docs'));
    await symlink(join(outside, 'docs'), join(container, 'docs/docs'));
    await symlink(join(outside, 'note.md'), join(container, 'docs/note.md'));
    await put('docs/a.md', 'new');
    await put('note.md', 'new');
    await addResource(request({ name: 'docs' }));
    expect(await tree(outside)).toEqual(['docs', 'docs/precious.md', 'note.md']);
    expect(await readFile(join(outside, 'note.md'), 'utf8')).toBe('precious');
    expect(await tree(join(container, 'docs'))).toEqual(['docs', 'docs/a.md', 'note.md']);
    expect(await readFile(join(container, 'docs/note.md'), 'utf8')).toBe('new');
  });

  it('gives each of many that come at once a name of its own', async () => {
    await put('a.md', 'a');
    const others = await Promise.all(
      ['one', 'two', 'three', 'four'].map(async (name) => {
        await mkdir(join(base, name, 'My Project'), { recursive: true });
        await writeFile(join(base, name, 'My Project', `${name}.md`), name);
        return join(base, name, 'My Project');
      }),
    );
    const outcomes = await Promise.all(
      [source, ...others].map((from) => addResource(request({ source: from }))),
    );
    expect(new Set(outcomes.map(({ name }) => name)).size).toBe(5);
    const files = (await tree(container))
      .filter((name) => name.endsWith('.md'))
      .map((name) => name.split('/')[1]);
    expect(files.sort()).toEqual(['a.md', 'four.md', 'one.md', 'three.md', 'two.md']);
  });

  it('does not put a directory where a file is', async () => {
    await put('a.md', 'a');
    await writeFile(join(container, 'taken'), 'mine');
    await expect(addResource(request({ name: 'taken' }))).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
      message: expect.stringContaining('taken'),
    });
    expect(await readFile(join(container, 'taken'), 'utf8')).toBe('mine');
  });

  it('takes include and exclude globs', async () => {
    await put('a.md', 'x');
    await put('b.ts', 'x');
    await put('sub/c.md', 'x');
    await addResource(request({ name: 'r', include: ['*.md'], exclude: ['sub/**'] }));
    expect((await tree(join(container, 'r'))).filter((name) => name.includes('.'))).toEqual(['a.md']);
  });

  it('makes a directory of a single file', async () => {
    await put('notes.txt', 'hello');
    const outcome = await addResource(request({ source: join(source, 'notes.txt') }));
    expect(outcome).toMatchObject({ name: 'notes', files: 1, bytes: 5 });
    expect(await tree(join(container, 'notes'))).toEqual(['notes.txt']);
  });

  it('unpacks a zip, with its only top directory standing for the archive', async () => {
    const archive = await zipped('docs.zip', { 'docs-1.0/a.md': '# A', 'docs-1.0/sub/b.md': '# B' });
    const outcome = await addResource(request({ source: archive }));
    expect(outcome).toMatchObject({ name: 'docs', files: 2 });
    expect(await tree(join(container, 'docs'))).toEqual(['a.md', 'sub', 'sub/b.md']);
  });

  it('says which source does not exist', async () => {
    await expect(addResource(request({ source: join(base, 'nowhere') }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('nowhere'),
    });
  });

  async function put(path: string, data: string | Buffer): Promise<void> {
    await mkdir(join(source, path, '..'), { recursive: true });
    await writeFile(join(source, path), data);
  }
});

describe('unzip', () => {
  it('refuses names that leave the target and leaves nothing behind in the container', async () => {
    // yazl refuses to write such a name, so a harmless one of the same length is patched in the finished file.
    const archive = await zipped('evil.zip', { 'xx/yy/evil.txt': 'x' });
    const bytes = await readFile(archive);
    await writeFile(archive, Buffer.from(bytes.toString('latin1').replaceAll('xx/yy/', '../../'), 'latin1'));
    await expect(addResource(request({ source: archive }))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await tree(container)).toEqual([]);
    await expect(stat(join(base, 'evil.txt'))).rejects.toThrow();
  });

  it('refuses a damaged archive by name', async () => {
    const archive = await zipped('cut.zip', { 'a.txt': 'hello'.repeat(1000) });
    await writeFile(archive, (await readFile(archive)).subarray(0, 60));
    await expect(addResource(request({ source: archive }))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('cut.zip'),
    });
  });

  it('stops at the byte limit while unpacking, whatever the archive claims', async () => {
    const archive = await zipped('bomb.zip', { 'zeros.bin': Buffer.alloc(2_000_000) });
    const target = join(base, 'out');
    await mkdir(target);
    await expect(unzip(archive, target, { maxFiles: 10, maxBytes: 1_000_000 })).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
  });

  it('stops at the file limit', async () => {
    const archive = await zipped('many.zip', { a: '1', b: '2', c: '3' });
    const target = join(base, 'out');
    await mkdir(target);
    await expect(unzip(archive, target, { maxFiles: 2, maxBytes: 1_000 })).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
  });
});

describe('resourceName', () => {
  it.each([
    ['My Project', 'My_Project'],
    ['../..', 'unnamed'],
    ['日本語 資料', '日本語_資料'],
    ['a///b???c', 'a_b_c'],
    ['.hidden', 'hidden'],
    ['x'.repeat(80), 'x'.repeat(49)],
  ])('%s becomes %s', (text, name) => expect(resourceName(text)).toBe(name));
});

async function zipped(name: string, files: Record<string, string | Buffer>): Promise<string> {
  const zip = new yazl.ZipFile();
  for (const [path, data] of Object.entries(files)) zip.addBuffer(Buffer.from(data), path);
  zip.end();
  const path = join(base, name);
  await pipeline(zip.outputStream, createWriteStream(path));
  return path;
}
