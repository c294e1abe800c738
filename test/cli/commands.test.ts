import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliOptions, runCli } from '../helpers/cli.ts';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { programOf } from '../helpers/program.ts';

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(() => daemon.close());

const ov = (args: string[], options: CliOptions = {}) =>
  runCli(args, { cwd: daemon.dir, env: daemon.env, ...options });

describe('files', () => {
  it('writes in every spelling, and reads back the same bytes', async () => {
    const uri = 'viking://resources/cli/a.md';
    expect((await ov(['write', uri, 'one'])).stdout).toContain(`${uri}: 3 bytes written`);
    expect((await ov(['write', '--uri', uri, '--content', 'two', '-p'])).code).toBe(0);
    expect((await ov(['read', uri])).stdout).toBe('two');
    expect((await ov(['write', uri, '-'], { stdin: 'three' })).code).toBe(0);
    expect((await ov(['write', '-u', uri], { stdin: 'four' })).code).toBe(0);
    expect((await ov(['append', uri, '\nfive'])).code).toBe(0);
    expect((await ov(['write', uri, '--append'], { stdin: '\nsix' })).code).toBe(0);
    expect((await ov(['cat', uri])).stdout).toBe('four\nfive\nsix');
    expect((await ov(['read', uri, '--offset', '1', '--limit', '1'])).stdout).toBe('five\n');
    expect((await ov(['read', uri, '--json'])).json().result).toBe('four\nfive\nsix');
  });

  it('carries bytes that are not text', async () => {
    const bytes = Buffer.from([0xff, 0x00, 0xfe, 0x0a, 0x80]);
    expect((await ov(['write', 'viking://resources/cli/b.bin'], { stdin: bytes })).code).toBe(0);
    expect((await ov(['read', 'viking://resources/cli/b.bin'])).bytes).toEqual(bytes);
    expect((await ov(['get', 'viking://resources/cli/b.bin', '.'])).code).toBe(0);
    expect(readFileSync(join(daemon.dir, 'b.bin'))).toEqual(bytes);
    const again = await ov(['get', 'viking://resources/cli/b.bin', 'b.bin']);
    expect(again.code).toBe(5);
    expect(again.stderr).toContain('--force');
    expect((await ov(['get', 'viking://resources/cli/b.bin', 'b.bin', '--force'])).code).toBe(0);
  });

  it('refuses what contradicts itself', async () => {
    expect((await ov(['write', 'viking://resources/x', 'a', '--append', '--mode', 'create'])).code).toBe(2);
    expect((await ov(['write', 'viking://resources/x', 'a', 'b'])).code).toBe(2);
    expect((await ov(['write', 'viking://resources/cli/a.md', 'x', '--mode', 'create'])).code).toBe(5);
    expect((await ov(['append', 'viking://resources/cli/none.md', 'x'])).code).toBe(4);
    expect((await ov(['write', 'viking://resources/q/r.md', 'x', '--no-parent-auto-create'])).code).toBe(4);
  });

  it('makes, lists, moves, stats and removes', async () => {
    expect((await ov(['mkdir', 'viking://resources/cli/dir', '--description', 'For the tests'])).stdout).toBe(
      'viking://resources/cli/dir\n',
    );
    expect((await ov(['abstract', 'viking://resources/cli/dir'])).stdout).toBe('For the tests\n');
    expect((await ov(['ls', '-s', 'viking://resources/cli'])).stdout.split('\n')).toEqual([
      'viking://resources/cli/dir',
      'viking://resources/cli/a.md',
      'viking://resources/cli/b.bin',
      '',
    ]);
    const listing = (await ov(['ls', 'viking://resources/cli'])).stdout;
    expect(listing).toMatch(/^ *-\s+\d{4}-\d\d-\d\d \d\d:\d\d\s+dir\/\s+For the tests$/m);
    expect(listing).toMatch(/^ *13\s+.*\sa\.md$/m);
    expect(listing).not.toContain('\u001b');
    expect((await ov(['tree', 'viking://resources'])).stdout).toContain('  a.md');
    expect((await ov(['mv', 'viking://resources/cli/a.md', 'viking://resources/cli/dir/a.md'])).code).toBe(0);
    expect((await ov(['stat', 'viking://resources/cli/dir/a.md'])).stdout).toMatch(/^size\s+13$/m);
    const full = await ov(['rm', 'viking://resources/cli/dir']);
    expect(full.code).toBe(5);
    expect((await ov(['rm', '-r', 'viking://resources/cli/dir'])).code).toBe(0);
    expect((await ov(['rm', 'viking://resources/cli/dir'])).code).toBe(0);
    expect((await ov(['ls', 'viking://resources/cli/dir'])).code).toBe(4);
    expect((await ov(['ls', 'viking://resources', '--json'])).json()).toMatchObject({
      status: 'ok',
      result: expect.any(Array),
    });
  });

  it('ends with the code of the error table', async () => {
    for (const [args, code] of [
      [['stat', 'viking://resources/none'], 4],
      [['stat', 'viking://nowhere'], 2],
      [['stat', 'viking://user/other'], 6],
      [['read', 'viking://resources'], 2],
      [['wait', '--timeout', '-1'], 2],
      [['stat', 'resources/none'], 2],
    ] as const) {
      expect((await ov([...args])).code, args.join(' ')).toBe(code);
    }
  });

  it('tells a path that is in no mount from a URI', async () => {
    const result = await ov(['stat', 'resources/docs']);
    expect(result.stderr).toContain('"resources/docs" is neither a Viking URI nor a path inside a mount');
    expect(result.stderr).toContain('viking://resources/docs');
  });
});

describe('searching', () => {
  it('finds, greps and globs', async () => {
    await ov([
      'write',
      'viking://resources/search/turbine.md',
      '# Turbine\n\nOil it every month.\n',
      '--wait',
    ]);
    const found = await ov([
      'find',
      'how',
      'often',
      'oil',
      'the',
      'turbine',
      '-u',
      'viking://resources/search',
    ]);
    expect(found.stdout, daemon.log()).toMatch(
      /^ 1 {2}\d\.\d\d {2}viking:\/\/resources\/search\/turbine\.md:\d+-\d+$/m,
    );
    const json = (await ov(['find', 'turbine', '--json', '-n', '1', '--context-type', 'resource'])).json();
    expect(json.result).toMatchObject({
      total: 1,
      resources: [{ uri: 'viking://resources/search/turbine.md' }],
    });
    const block = await ov(['context', '--max-tokens', '300', 'oil', 'the', 'turbine']);
    expect(block.stdout).toMatch(
      /^<memory uri="viking:\/\/resources\/search\/turbine\.md"[\s\S]*Oil it every month\./m,
    );
    expect((await ov(['context', '--max-tokens', '3', 'oil'])).code).toBe(2);
    await ov(['session', 'add-message', 'oiling', '--role', 'user', '--content', 'The turbine needs oil.']);
    const meant = await ov(['search', '-s', 'oiling', 'how often is that done']);
    expect(meant.stdout).toContain('turbine');
    expect(meant.stdout).toContain('viking://resources/search/turbine.md');
    expect((await ov(['search', '-s', 'nowhere', 'x'])).code).toBe(4);
    expect((await ov(['grep', 'Oil|Water', '-u', 'viking://resources/search'])).stdout).toBe(
      'viking://resources/search/turbine.md:3:Oil it every month.\n',
    );
    expect((await ov(['grep', 'oil', '-u', 'viking://resources/search'])).stdout).toBe('no match\n');
    expect((await ov(['grep', '-i', 'oil', '-u', 'viking://resources/search'])).stdout).toContain(':3:');
    expect((await ov(['grep', '(', '-u', 'viking://resources/search'])).code).toBe(2);
    expect((await ov(['glob', '**/*.md', '-u', 'viking://resources/search'])).stdout).toBe(
      'viking://resources/search/turbine.md\n',
    );
    expect((await ov(['find', '--', '-x'])).code).toBe(0);
  });

  it('relates', async () => {
    const [a, b] = ['viking://resources/search', 'viking://resources/cli'];
    expect((await ov(['link', a, b, '--reason', 'neighbours'])).stdout).toBe(`${a} -> ${b}\n`);
    expect((await ov(['relations', a])).stdout).toBe(`${b}  neighbours\n`);
    expect((await ov(['unlink', a, b])).code).toBe(0);
    expect((await ov(['relations', a])).stdout).toBe('(none)\n');
  });
});

describe('sessions', () => {
  it('go from new to archive', async () => {
    expect((await ov(['session', 'new', 'talk'])).stdout).toBe('talk\n');
    expect((await ov(['session', 'new', '--session-id', 'talk'])).code).toBe(5);
    expect(
      (await ov(['session', 'add-message', 'talk', '--role', 'user', '--content', 'I prefer short answers.']))
        .code,
    ).toBe(0);
    expect(
      (await ov(['session', 'add-message', 'talk', '--role', 'assistant'], { stdin: 'Noted.' })).stdout,
    ).toContain('2 messages');
    expect((await ov(['session', 'used', 'talk', 'viking://resources/search'])).stdout).toContain('1 entry');
    const commit = await ov(['session', 'commit', 'talk', '--wait', '20']);
    expect(commit.stdout).toMatch(
      /2 messages archived at .*archive_001; \d+ memor(y|ies) extracted by rules/,
    );
    expect((await ov(['session', 'list'])).stdout).toContain('talk');
    expect((await ov(['session', 'get', 'talk'])).stdout).toMatch(/^commit_count\s+1$/m);
    expect((await ov(['session', 'context', 'talk'])).code).toBe(0);
    expect((await ov(['session', 'archive', 'talk', 'archive_001'])).stdout).toContain(
      'user: I prefer short answers.',
    );
    expect((await ov(['session', 'commit', 'talk'])).stdout).toContain('nothing committed');
    const tasks = (await ov(['task', 'list', '--json'])).json().result as { task_id: string }[];
    expect((await ov(['task', 'status', tasks[0]!.task_id])).stdout).toMatch(/^status\s+completed$/m);
    expect((await ov(['session', 'delete', 'talk'])).code).toBe(0);
    expect((await ov(['session', 'get', 'talk'])).code).toBe(4);
  });
});

describe('add-resource', () => {
  it('imports a relative path and waits for the index', async () => {
    mkdirSync(join(daemon.dir, 'manual', 'deep'), { recursive: true });
    writeFileSync(join(daemon.dir, 'manual', 'deep', 'gasket.md'), '# Gasket\n');
    writeFileSync(join(daemon.dir, 'manual', 'skip.tmp'), 'x');
    const result = await ov([
      'add-resource',
      './manual',
      '--parent',
      'viking://resources/new/place',
      '-p',
      '--wait',
      '--exclude',
      '*.tmp',
    ]);
    expect(result.stderr).toBe('');
    expect(result.stdout).toContain('viking://resources/new/place/manual: 1 file');
    expect((await ov(['find', 'gasket', '-n', '1', '--json'])).json().result).toMatchObject({
      resources: [{ uri: 'viking://resources/new/place/manual/deep/gasket.md' }],
    });
    expect((await ov(['add-resource', './none'])).code).toBe(4);
    expect((await ov(['add-resource', 'https://example.com/x.git'])).code).toBe(10);
  });
});

describe('the daemon', () => {
  it('shows its status and settles', async () => {
    const status = await ov(['status']);
    expect(status.stdout).toContain(`pid ${daemon.pid}`);
    expect(status.stdout).toContain('mounts    none; mount with: ov mount DIR');
    expect((await ov(['wait', '--timeout', '30'])).code).toBe(0);
    expect((await ov(['reindex', 'viking://resources/search'])).stdout).toContain('1 document');
    expect((await ov(['version'])).stdout).toMatch(/^daemon \d+\.\d+\.\d+$/m);
  });

  it('is not checked behind its back', async () => {
    const result = await ov(['fsck']);
    expect(result.code).toBe(5);
    expect(result.stderr).toContain('hint: ');
  });

  it('does not end a reader that leaves early with an error', async () => {
    const code = await new Promise<string>((resolve, reject) => {
      const shell = spawn(
        'bash',
        [
          '-c',
          'set -o pipefail; "$@" completion bash | head -c 1 >/dev/null; echo "$?"',
          'bash',
          process.execPath,
          ...programOf('cli'),
        ],
        { env: daemon.env, stdio: ['ignore', 'pipe', 'pipe'] },
      );
      let heard = '';
      shell.stdout.on('data', (piece) => (heard += String(piece)));
      shell.stderr.on('data', (piece) => (heard += String(piece)));
      shell.on('error', reject);
      shell.on('close', () => resolve(heard.trim()));
    });
    expect(code).toBe('0');
  });

  it('runs in the foreground, passes signals on, and is stopped from elsewhere', async () => {
    const env = {
      ...daemon.env,
      VIKINGFS_HOME: join(daemon.dir, 'home2'),
      VIKINGFS_SOCKET: join(daemon.dir, 'run2', 'c.sock'),
    };
    mkdirSync(env.VIKINGFS_HOME);
    const foreground = ov(['daemon'], { env });
    const deadline = Date.now() + 30_000;
    while ((await ov(['status'], { env })).code !== 0) expect(Date.now()).toBeLessThan(deadline);
    const stopped = await ov(['stop'], { env });
    expect(stopped.stdout).toMatch(/^daemon \d+ stopped\n$/);
    expect((await foreground).code).toBe(0);
    expect(existsSync(env.VIKINGFS_SOCKET)).toBe(false);
    const fsck = await ov(['fsck'], { env });
    expect(fsck.code).toBe(0);
    expect(fsck.stdout).toContain('sound');
  });
});
