/** The calls the cases are written against: one POSIX filesystem below `root`, however it is reached. */
export interface PosixFs {
  /** Absolute path of a directory the cases may use. */
  readonly root: string;
  open(path: string, flags: number, mode?: number): Promise<PosixFile>;
  stat(path: string): Promise<PosixStat>;
  lstat(path: string): Promise<PosixStat>;
  readdir(path: string): Promise<string[]>;
  readlink(path: string): Promise<string>;
  mkdir(path: string, mode?: number): Promise<void>;
  rmdir(path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  link(existing: string, path: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  chown(path: string, uid: number, gid: number): Promise<void>;
  /** Seconds, as utimensat(2) with both times given. */
  utimes(path: string, atime: number, mtime: number): Promise<void>;
  truncate(path: string, size: number): Promise<void>;
  statfs(path: string): Promise<{ bsize: number; blocks: number; bfree: number }>;
}

export interface PosixFile {
  /** `position` null: at the file offset, which moves on. */
  read(length: number, position: number | null): Promise<Buffer>;
  write(data: string | Buffer, position: number | null): Promise<number>;
  stat(): Promise<PosixStat>;
  truncate(size: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface PosixStat {
  readonly ino: bigint;
  readonly mode: number;
  readonly nlink: number;
  readonly size: number;
  readonly blocks: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly atimeMs: number;
}

/** One case: it passes when it resolves. It works below `fs.root`, which is empty and its own. */
export type Case = (fs: PosixFs) => Promise<void>;

/** A case for programs that need a path of the operating system (mmap, sqlite, git). */
export type PathCase = (root: string) => Promise<void>;
