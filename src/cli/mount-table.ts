import { readFile } from 'node:fs/promises';

export interface MountTableEntry {
  readonly mountpoint: string;
  readonly fstype: string;
  readonly source: string;
}

/** What the kernel has mounted. Reading this never blocks on a mount that hangs. */
export async function readMountTable(): Promise<MountTableEntry[]> {
  return parseMountTable(await readFile('/proc/self/mounts', 'utf8'));
}

export function parseMountTable(text: string): MountTableEntry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [source = '', mountpoint = '', fstype = ''] = line.split(' ').map(octalDecoded);
      return { source, mountpoint, fstype };
    });
}

/** Whether a mount is one of ours, by the name its driver gives it. */
export function isVikingfs(entry: MountTableEntry): boolean {
  return entry.fstype.startsWith('fuse') && `${entry.fstype} ${entry.source}`.includes('vikingfs');
}

/** The kernel writes space, tab, newline and backslash as octal. */
function octalDecoded(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_whole, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
