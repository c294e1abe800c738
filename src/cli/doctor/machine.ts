import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { runProgram } from '../run-program.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** Oldest Node.js we run on: `engines` of package.json. */
const NODE_MINIMUM = [20, 19] as const;
const PROGRAM_MS = 5_000;
/** chokidar needs one watch per directory of content. */
const WATCHES_WANTED = 65_536;

export async function machineChecks(): Promise<Check[]> {
  return [
    nodeVersion(process.versions.node),
    fuseDevice('/dev/fuse'),
    await fusermount(),
    await libfuse2(),
    await nativeAddon('level', 'the record store'),
    await nativeAddon('hnswlib-node', 'the vector index'),
    await nativeAddon('fuse-native', 'the portable FUSE driver'),
    allowOther('/etc/fuse.conf'),
    inotifyWatches('/proc/sys/fs/inotify/max_user_watches'),
  ];
}

export function nodeVersion(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const wanted = NODE_MINIMUM.join('.');
  const enough = major > NODE_MINIMUM[0] || (major === NODE_MINIMUM[0] && minor >= NODE_MINIMUM[1]);
  if (!enough)
    return fail(
      'node',
      `Node.js ${version} is older than ${wanted}`,
      'Install a newer one: https://nodejs.org/en/download',
    );
  return ok('node', `Node.js ${version}`);
}

export function fuseDevice(path: string): Check {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    return fail(
      'fuse device',
      `${path} does not exist`,
      'sudo modprobe fuse; in a container: --device /dev/fuse --cap-add SYS_ADMIN',
    );
  }
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch {
    return fail(
      'fuse device',
      `${path} cannot be opened by you`,
      `sudo chmod 666 ${path}, or join its group and log in again`,
    );
  }
  return ok('fuse device', `${path} can be opened`);
}

async function fusermount(): Promise<Check> {
  const found = await runProgram('fusermount3', ['--version'], PROGRAM_MS);
  if (found.code === 0) return ok('fusermount3', found.stdout.trim());
  if (process.getuid?.() === 0)
    return warn('fusermount3', 'not found; as root, mounting works without it', 'apt-get install fuse3');
  return fail(
    'fusermount3',
    'not found; an ordinary user cannot mount without it',
    'sudo apt-get install fuse3',
  );
}

async function libfuse2(): Promise<Check> {
  const listed = await runProgram('/sbin/ldconfig', ['-p'], PROGRAM_MS);
  if (listed.code !== 0) return warn('libfuse2', 'cannot tell: ldconfig did not answer');
  if (listed.stdout.includes('libfuse.so.2'))
    return ok('libfuse2', 'libfuse.so.2 is there for the portable driver');
  return warn(
    'libfuse2',
    'libfuse.so.2 not found; the portable driver may need it',
    'sudo apt-get install libfuse2 (libfuse2t64 on newer systems)',
  );
}

/** Loaded in a child: an addon that was built for another Node.js can end the process that loads it. */
async function nativeAddon(name: string, what: string): Promise<Check> {
  let path: string;
  try {
    path = import.meta.resolve(name);
  } catch {
    return fail(name, `${what} is not installed`, `npm install ${name}`);
  }
  const program = `import(${JSON.stringify(path)}).then(() => process.exit(0), (e) => { console.error(e.message); process.exit(1); })`;
  const loaded = await runProgram(process.execPath, ['--input-type=module', '-e', program], PROGRAM_MS);
  if (loaded.code === 0) return ok(name, `${what} loads`);
  return fail(
    name,
    `${what} does not load: ${loaded.stderr.trim().split('\n')[0] ?? ''}`,
    `npm rebuild ${name}`,
  );
}

export function allowOther(path: string): Check {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return ok('allow_other', `${path} is not there; mounts are private, as is the default`);
  }
  const on = text.split('\n').some((line) => line.trim() === 'user_allow_other');
  return ok(
    'allow_other',
    on
      ? `${path} has user_allow_other`
      : `${path} has no user_allow_other; mounts are private, as is the default`,
  );
}

export function inotifyWatches(path: string): Check {
  const limit = Number(readFileSync(path, 'utf8'));
  if (limit >= WATCHES_WANTED) return ok('inotify', `${limit} directories can be watched`);
  return warn(
    'inotify',
    `only ${limit} directories can be watched; changes behind the mount may be missed in larger trees`,
    `echo fs.inotify.max_user_watches=${WATCHES_WANTED * 8} | sudo tee /etc/sysctl.d/60-vikingfs.conf && sudo sysctl --system`,
  );
}
