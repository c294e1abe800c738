import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../helpers/cli.ts';
import { type TempDir, tempDir } from '../helpers/temp-dir.ts';

let dir: TempDir;
let env: Record<string, string>;

beforeAll(async () => {
  dir = await tempDir();
  env = { HOME: dir.path, VIKINGFS_USER: 'tester' };
});
afterAll(() => dir.remove());

const ov = (...args: string[]) => runCli(args, { env });

describe('usage', () => {
  it('prints help, and knows its version', async () => {
    const help = await ov('--help');
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('ov mount <dir>');
    expect((await ov()).stdout).toBe(help.stdout);
    expect((await ov('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [['lss'], 'ov: "lss" is not a command', 'Did you mean: ov ls?'],
    [['ls', '--recursve'], 'has no --recursve', 'Did you mean --recursive?'],
    [['sesion', 'new'], '"sesion" is not a command', 'Did you mean: ov session?'],
    [['session', 'comit', 'x'], '"session comit" is not a command', 'Did you mean: ov session commit?'],
    [['session'], 'session: which one?', 'One of: new, list'],
    [['mkdir'], 'mkdir needs <uri>', 'As in: ov mkdir'],
    [['link', 'viking://resources/a'], 'link needs <from> <to..>', 'As in: ov link'],
    [['ls', '-n', 'many'], 'a number is needed', 'ov ls --help'],
    [['ls', '-o', 'xml'], 'xml', 'ov ls --help'],
    [['write', '--mode', 'upsert', 'viking://resources/a', 'x'], 'upsert', 'ov write --help'],
    [['--socket', '/tmp/x', 'lss'], '"lss" is not a command', 'ov ls'],
  ])('%j ends with code 2 and says what was meant', async (args, message, hint) => {
    const result = await ov(...args);
    expect(result.code).toBe(2);
    expect(result.stdout).toBe('');
    expect(result.stderr).toContain(message);
    expect(result.stderr).toContain(hint);
    expect(result.stderr.split('\n')[1]).toMatch(/^hint: /);
  });

  it('has the same for programs, on standard output', async () => {
    for (const args of [
      ['lss', '--json'],
      ['-o', 'json', 'lss'],
      ['lss', '-ojson'],
    ]) {
      const result = await ov(...args);
      expect(result.code).toBe(2);
      expect(result.stderr).toBe('');
      expect(result.json()).toMatchObject({
        status: 'error',
        error: { code: 'INVALID_ARGUMENT', hint: 'Did you mean: ov ls?' },
      });
    }
  });
});

describe('without a daemon', () => {
  it('says how to start one, with code 8', async () => {
    for (const args of [['ls'], ['status'], ['find', 'x'], ['session', 'list'], ['wait']]) {
      const result = await ov(...args);
      expect(result.code, args.join(' ')).toBe(8);
      expect(result.stderr).toBe(
        `ov: no daemon answers at ${dir.path}/.local/share/vikingfs/run/control.sock\nhint: start it with: ov mount DIR, or: ov daemon\n`,
      );
    }
    const json = await ov('status', '--json');
    expect(json.code).toBe(8);
    expect(json.json()).toMatchObject({ status: 'error', error: { code: 'UNAVAILABLE' } });
  });

  it('stops nothing without complaint', async () => {
    const result = await ov('stop');
    expect(result).toMatchObject({ code: 0, stdout: 'no daemon is running\n' });
  });

  it('shows versions', async () => {
    expect((await ov('version', '--json')).json().result).toMatchObject({
      daemon: null,
      node: process.versions.node,
    });
  });

  it('refuses to unmount what is not a mount of ours', async () => {
    const result = await ov('umount', dir.path);
    expect(result.code).toBe(4);
    expect(result.stderr).toContain('is not a vikingfs mount');
    expect((await ov('umount', '/')).code).toBe(4);
  });
});

describe('config', () => {
  it('shows what is in force, without secrets', async () => {
    const result = await runCli(['config', '--json'], {
      env: { ...env, VIKINGFS_ROOT_KEY: 'a-secret-of-length' },
    });
    expect(result.code).toBe(0);
    expect(result.json().result).toMatchObject({
      home: `${dir.path}/.local/share/vikingfs`,
      user: 'tester',
      root_key: '(set, hidden)',
    });
    expect(result.stdout).not.toContain('a-secret-of-length');
    const path = await ov('config', 'path');
    expect(path.stdout).toBe(`${dir.path}/.config/vikingfs/config.jsonc\n`);
  });

  it('names the file and key that are wrong', async () => {
    mkdirSync(join(dir.path, 'cfg'));
    const file = join(dir.path, 'cfg', 'c.jsonc');
    writeFileSync(file, '{ "acount": "x" }');
    const result = await ov('--config', file, 'config', 'validate');
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(`${file}: unknown key "acount"`);
    expect(result.stderr).toContain('Did you mean "account"?');
    writeFileSync(file, '// fine\n{ "account": "x", }');
    expect((await ov('--config', file, 'config', 'validate', '--json')).json().result).toMatchObject({
      valid: true,
      config_file: file,
    });
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('prints a script for %s', async (shell) => {
    const { code, stdout } = await ov('completion', shell);
    expect(code).toBe(0);
    expect(stdout).toContain('add-resource');
  });

  it('is read by bash and completes', async () => {
    const script = (await ov('completion', 'bash')).stdout;
    const complete = (words: string[]) =>
      new Promise<string>((resolve, reject) => {
        const program = `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _ov; echo "\${COMPREPLY[*]}"`;
        const shell = spawn('bash', ['--norc', '-c', program], { stdio: ['ignore', 'pipe', 'inherit'] });
        let out = '';
        shell.stdout.on('data', (piece) => (out += String(piece)));
        shell.on('error', reject);
        shell.on('close', () => resolve(out.trim()));
      });
    expect(await complete(['ov', 'mou'])).toBe('mount');
    expect(await complete(['ov', 'session', 'com'])).toBe('commit');
    expect(await complete(['ov', 'ls', '--rec'])).toBe('--recursive');
    expect(await complete(['ov', 'session', 'commit', '--keep'])).toBe('--keep-recent');
  });
});

describe('doctor', () => {
  it('looks at everything and says how to mend what is missing', async () => {
    const result = await ov('doctor', '--json');
    const report = result.json().result as {
      ok: boolean;
      checks: { name: string; state: string; message: string; fix?: string }[];
    };
    expect(result.code).toBe(report.ok ? 0 : 1);
    expect(report.checks.map((check) => check.name)).toEqual(
      expect.arrayContaining([
        'node',
        'fuse device',
        'fusermount3',
        'libfuse2',
        'allow_other',
        'inotify',
        'configuration',
        'home',
        'free space',
        'daemon',
        'mounts',
      ]),
    );
    for (const check of report.checks) if (check.state === 'fail') expect(check.fix, check.name).toBeTruthy();
    expect(report.checks.find((check) => check.name === 'daemon')).toMatchObject({
      state: 'warn',
      fix: 'ov mount DIR, or: ov daemon',
    });
  });

  it('fails on a home that cannot be used, and on a configuration that is wrong', async () => {
    writeFileSync(join(dir.path, 'file'), '');
    const home = await runCli(['doctor'], { env: { ...env, VIKINGFS_HOME: join(dir.path, 'file', 'home') } });
    expect(home.code).toBe(1);
    expect(home.stdout).toContain('fail  home');
    const wrong = await runCli(['doctor'], { env: { ...env, VIKINGFS_USER: 'memories' } });
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toContain('fail  configuration');
  });
});
