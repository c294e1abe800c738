import { readFile } from 'node:fs/promises';

/** One line of /proc/self/mountinfo. Reading it never touches a mount, so it cannot hang. */
export interface MountEntry {
  readonly mountpoint: string;
  readonly source: string;
  /** E.g. `fuse.vikingfs`, `ext4`. */
  readonly type: string;
  readonly major: number;
  /** For a FUSE mount: the number of its connection under /sys/fs/fuse/connections. */
  readonly minor: number;
  readonly options: string;
}

/** Sources of our mounts start with this. */
export const SOURCE_PREFIX = 'vikingfs';

/** Every mount of this mount namespace, in mount order: the last one on a path is the visible one. */
export async function listMounts(): Promise<readonly MountEntry[]> {
  return parseMountinfo(await readFile('/proc/self/mountinfo', 'utf8'));
}

export function parseMountinfo(text: string): MountEntry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      // id parent major:minor root mountpoint options [optional…] - type source super-options
      const [left = '', right = ''] = line.split(' - ');
      const fields = left.split(' ');
      const [type = '', source = ''] = right.split(' ');
      const [major, minor] = (fields[2] ?? '').split(':').map(Number);
      if (major === undefined || minor === undefined || fields[4] === undefined) return [];
      return [
        {
          mountpoint: unescapeOctal(fields[4]),
          source: unescapeOctal(source),
          type,
          major,
          minor,
          options: fields[5] ?? '',
        },
      ];
    });
}

/** The visible mount on exactly this path (absolute, no symlinks). */
export async function mountOn(path: string): Promise<MountEntry | undefined> {
  return (await listMounts()).findLast((entry) => entry.mountpoint === path);
}

export function isFuse(entry: MountEntry): boolean {
  return entry.type === 'fuse' || entry.type.startsWith('fuse.');
}

export function isOurs(entry: MountEntry): boolean {
  return isFuse(entry) && entry.source.startsWith(SOURCE_PREFIX);
}

/** The kernel writes space, tab, newline and backslash as octal. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
