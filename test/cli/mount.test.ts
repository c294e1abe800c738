import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliOptions, runCli } from '../helpers/cli.ts';
import { unmountLeftovers } from '../helpers/leftover-mounts.ts';
import { type TempDir, tempDir } from '../helpers/temp-dir.ts';

let dir: TempDir;
let env: Record<string, string>;
let mountpoint: string;

beforeAll(async () => {
  dir = await tempDir();
  mountpoint = join(dir.path, 'viking');
  env = {
    HOME: dir.path,
    VIKINGFS_HOME: join(dir.path, 'home'),
    VIKINGFS_SOCKET: join(dir.path, 'run', 'control.sock'),
    VIKINGFS_USER: 'tester',
  };
});
afterAll(async () => {
  await ov(['stop']);
  await unmountLeftovers(process.pid);
  await dir.remove();
});

const ov = (args: string[], options: CliOptions = {}) => runCli(args, { cwd: dir.path, env, ...options });

/** A shell line inside the mount, in a child with a bound: a mount that hangs must not take the test with it. */
function shell(line: string): string {
  return execFileSync('bash', ['-c', line], { cwd: '/', timeout: 20_000, killSignal: 'SIGKILL' }).toString();
}

function isMounted(): boolean {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[1] === mountpoint);
}

describe('ov mount', () => {
  it('starts the daemon, makes the directory, mounts, and says what to try', async () => {
    const result = await ov(['mount', 'viking']);
    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
    expect(result.stdout).toContain(`mounted viking:// at ${mountpoint}`);
    expect(result.stdout).toContain('.find/');
    expect(isMounted()).toBe(true);
    expect(shell(`ls ${mountpoint}`)).toContain('resources');
  });

  it('changes nothing the second time', async () => {
    const result = await ov(['mount', mountpoint, '--json']);
    expect(result.code).toBe(0);
    expect(result.json().result).toMatchObject({ mountpoint, already_mounted: true, daemon_started: false });
    const other = await ov(['mount', mountpoint, '--read-only']);
    expect(other.code).toBe(5);
    expect(other.stderr).toContain(`ov umount ${mountpoint}`);
  });

  it('lets others in only when it is asked to', async () => {
    const options = (path: string) =>
      readFileSync('/proc/self/mounts', 'utf8')
        .split('\n')
        .find((line) => line.split(' ')[1] === path);
    expect(options(mountpoint)).not.toContain('allow_other');
    const open = join(dir.path, 'open');
    const result = await ov(['mount', open, '--allow-other', '--json']);
    expect(result.json().result).toMatchObject({ mountpoint: open, allow_other: true });
    expect(options(open)).toContain('allow_other');
    expect((await ov(['umount', open])).code).toBe(0);
  });

  it('lets every URI be a path: absolute, relative, through a link, and not there yet', async () => {
    shell(`mkdir -p ${mountpoint}/resources/docs && echo hello > ${mountpoint}/resources/docs/a.md`);
    expect((await ov(['read', `${mountpoint}/resources/docs/a.md`])).stdout).toBe('hello\n');
    expect((await ov(['read', 'viking/resources/docs/a.md'])).stdout).toBe('hello\n');
    expect((await ov(['read', 'a.md'], { cwd: `${mountpoint}/resources/docs` })).stdout).toBe('hello\n');
    expect((await ov(['ls', '-s', '.'], { cwd: `${mountpoint}/resources` })).stdout).toBe(
      'viking://resources/docs\n',
    );
    expect((await ov(['stat', `${mountpoint}/user/tester/memories`, '--json'])).json().result).toMatchObject({
      uri: 'viking://user/tester/memories',
    });
    shell(`ln -s ${mountpoint}/resources ${dir.path}/link`);
    expect((await ov(['read', 'link/docs/a.md'])).stdout).toBe('hello\n');
    expect((await ov(['write', 'viking/resources/new/b.md', 'written'])).code).toBe(0);
    expect(shell(`cat ${mountpoint}/resources/new/b.md`)).toBe('written');
    expect((await ov(['stat', mountpoint, '--json'])).json().result).toMatchObject({ uri: 'viking://' });
    expect((await ov(['stat', `${mountpoint}x`])).code).toBe(2);
  });

  it('refuses a directory that is not empty, and one inside the home', async () => {
    mkdirSync(join(dir.path, 'full'));
    writeFileSync(join(dir.path, 'full', 'x'), '');
    const full = await ov(['mount', 'full']);
    expect(full.code).toBe(5);
    expect(full.stderr).toContain('not empty');
    expect((await ov(['mount', join(dir.path, 'home', 'content')])).code).toBe(2);
  });

  it('repairs what a killed daemon left, and has everything that was acknowledged', async () => {
    const { pid } = (await ov(['status', '--json'])).json().result as { pid: number };
    process.kill(pid, 'SIGKILL');
    expect((await ov(['status'])).code).toBe(8);
    const result = await ov(['mount', mountpoint]);
    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
    expect(shell(`cat ${mountpoint}/resources/docs/a.md`)).toBe('hello\n');
  });

  it('unmounts, also what a killed daemon left', async () => {
    expect((await ov(['umount', 'viking'])).stdout).toBe(`unmounted ${mountpoint}\n`);
    expect(isMounted()).toBe(false);
    expect((await ov(['status'])).stdout).toContain('mounts    none');
    expect((await ov(['mount', 'viking'])).code).toBe(0);
    const { pid } = (await ov(['status', '--json'])).json().result as { pid: number };
    process.kill(pid, 'SIGKILL');
    expect((await ov(['doctor'])).stdout).toContain(`ov umount ${mountpoint}`);
    const left = await ov(['umount', 'viking']);
    expect(left.code).toBe(0);
    expect(left.stdout).toContain('left by a dead daemon');
    expect(isMounted()).toBe(false);
  });

  it('says why a daemon cannot start', async () => {
    writeFileSync(join(dir.path, 'notes'), '');
    const result = await ov(['mount', 'viking'], {
      env: { ...env, VIKINGFS_HOME: join(dir.path, 'home2'), VIKINGFS_SOCKET: join(dir.path, 'notes') },
    });
    expect(result.code).toBe(8);
    expect(result.stderr).toContain('not a socket');
  });
});
