export interface KnownLimit {
  readonly reason: string;
  /** What the failure says: another failure is not this limit. */
  readonly failure: RegExp;
  /** A race: the case may also pass. Without this a case that passes must leave the table. */
  readonly sometimes?: true;
}

/** Cases a driver cannot hold, by name. They are run all the same. */
export const KNOWN_LIMITS: Readonly<Record<'fuse-native' | 'kernel', Readonly<Record<string, KnownLimit>>>> =
  {
    'fuse-native': {
      'attributes: times keep microseconds': {
        reason: 'the package carries milliseconds',
        failure: /1700000000123/,
      },
      'programs: touch -m sets the modification time alone': {
        reason:
          'libfuse 2 drops a change of one time alone unless it is asked for, and the package does not ask',
        failure: /1009843200/,
      },
      'links: a directory whose last file is unlinked but open can be removed': {
        reason:
          'libfuse 2 finds an open file by its directory, so it cannot be read when its directory is gone',
        failure: /ENOENT: no such file or directory, read/,
      },
      'rename: a reader of the name always finds one version or the other': {
        reason: 'an open that began before a rename over its file can be told ENOENT by libfuse 2',
        failure: /ENOENT: no such file or directory, open/,
        sometimes: true,
      },
    },
    kernel: {},
  };
