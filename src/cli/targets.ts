import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { MountResult } from '../api/results.ts';
import { withDeadline } from '../base/deadline.ts';
import { VikingError } from '../errors/index.ts';
import { SCHEME } from '../uri/index.ts';

/** A path may lead into a mount that hangs. */
const REALPATH_MS = 5_000;

export interface Targets {
  /** A URI as it is, or a path inside a mount as the URI it stands for. @throws INVALID_URI */
  uri(text: string): Promise<string>;
  uris(texts: readonly string[]): Promise<string[]>;
}

export interface TargetsOptions {
  readonly cwd: string;
  /** The daemon's mounts. */
  mounts(): Promise<readonly MountResult[]>;
  /** Whom this command acts as. */
  identity(): Promise<Identity>;
}

/** What of a caller decides whose namespace a URI is in. */
export type Identity = Pick<MountResult, 'account' | 'user' | 'agent'>;

export function createTargets({ cwd, mounts, identity }: TargetsOptions): Targets {
  let known: Promise<readonly MountResult[]> | undefined;

  async function uri(text: string): Promise<string> {
    if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text)) return text;
    known ??= mounts();
    const path = await withDeadline(realPrefix(resolve(cwd, text)), REALPATH_MS, `resolving ${text}`);
    const found = (await known)
      .map((mount) => ({ mount, below: pathBelow(path, mount.mountpoint) }))
      .filter(({ below }) => below !== undefined)
      .sort((a, b) => a.below!.length - b.below!.length)[0];
    if (found !== undefined) {
      assertSame(text, found.mount, await identity());
      return SCHEME + found.below!;
    }
    const asUri = text.replace(/^\/+/, '');
    throw new VikingError(
      'INVALID_URI',
      `${JSON.stringify(text)} is neither a Viking URI nor a path inside a mount`,
      {
        hint: `Did you mean ${SCHEME}${asUri.startsWith('.') ? 'resources' : asUri}? See the mounts with: ov status.`,
      },
    );
  }

  return {
    uri,
    uris: async (texts) => {
      const resolved: string[] = [];
      for (const text of texts) resolved.push(await uri(text));
      return resolved;
    },
  };
}

/** A path of somebody else's mount names another entry in the caller's own namespace. @throws INVALID_ARGUMENT */
function assertSame(text: string, mount: MountResult, own: Identity): void {
  const { account, user, agent } = mount;
  if (account === own.account && user === own.user && agent === own.agent) return;
  const whose = `${user} of ${account}${agent === null ? '' : ` with the agent ${agent}`}`;
  const flags = `--account ${account} --user ${user}${agent === null ? '' : ` --agent ${agent}`}`;
  throw new VikingError('INVALID_ARGUMENT', `${JSON.stringify(text)} is in the mount of ${whose}`, {
    hint: `Act as them: ov ${flags} …, or name your own entry by its URI.`,
  });
}

/** `path` with symlinks resolved in the longest part of it that exists. */
export async function realPrefix(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if ((code !== 'ENOENT' && code !== 'ENOTDIR') || dirname(path) === path) return path;
    return join(await realPrefix(dirname(path)), basename(path));
  }
}

function pathBelow(path: string, mountpoint: string): string | undefined {
  if (path === mountpoint) return '';
  return path.startsWith(`${mountpoint}/`) ? path.slice(mountpoint.length + 1) : undefined;
}
