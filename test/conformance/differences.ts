export interface Difference {
  /** Which rule of the kernel makes it so. */
  readonly reason: string;
  /** Program and name of the cases. */
  readonly cases: RegExp;
  /** What the mount says there; anything else is a failure. */
  readonly mount: RegExp;
}

/** Where the kernel driver cannot say what the filesystem beneath says. Each is explained in docs/semantics.md. */
export const DIFFERENCES: readonly Difference[] = [
  {
    reason: 'mounted with nodev: a device node is made and shown, and cannot be opened',
    cases: /^kinds open .*: (char|block)$/,
    mount: /^EACCES \|/,
  },
  {
    reason: 'fuse_file_fallocate knows KEEP_SIZE, PUNCH_HOLE and ZERO_RANGE',
    cases: /^data fallocate (collapse|insert|unshare)/,
    mount: /^ENOTSUP \|/,
  },
  {
    reason:
      'the kernel tells a filesystem nothing of a chown to -1 and -1 but that something may have changed',
    cases: /^permissions chown [0-7]+ to nothing: (member|stranger)$/,
    mount: /^None \|/,
  },
  {
    reason: "requests name the caller by one group: whether it is in a file's group by another is not known",
    cases: /^permissions set-id 2644 .*: stranger$/,
    mount: /f2666/,
  },
  {
    reason: 'O_DIRECT reaches the backing file through its page cache, so it asks for no alignment',
    cases: /^data direct, unaligned$/,
    mount: /^True$/,
  },
];
