/**
 * `count` of `entries` spread evenly over their order, first and last included; all of them when there are no more. The
 * same entries always give the same sample, and nothing depends on time or chance.
 */
export function spread<T>(entries: readonly T[], count: number): readonly T[] {
  if (entries.length <= count) return entries;
  if (count <= 1) return entries.slice(0, Math.max(0, count));
  const step = (entries.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, at) => entries[Math.round(at * step)]!);
}

/** Names of the file that speaks for its directory, the best first. */
const SPEAKERS: readonly RegExp[] = [
  /^skill\.md$/i,
  /^profile\.md$/i,
  /^readme(?:\.(?:md|mdx|markdown|rst|txt|adoc))?$/i,
  /^_?index\.(?:md|mdx|markdown|rst|html?)$/i,
  /^overview\.(?:md|mdx)$/i,
  /^__init__\.py$/,
  /^(?:mod|lib)\.rs$/,
  /^doc\.go$/,
  /^package-info\.java$/,
  /^package\.json$/,
  /^index\.[mc]?[tj]sx?$/,
];

/** How well a name speaks for its directory: 0 is best, undefined not at all. */
export function speakerRank(name: string): number | undefined {
  const rank = SPEAKERS.findIndex((pattern) => pattern.test(name));
  return rank < 0 ? undefined : rank;
}

interface Named {
  readonly name: string;
  readonly kind: 'file' | 'directory';
}

/**
 * Children in the order a reader wants them: the file that speaks for the directory, directories, files; each by name in
 * code-point order.
 */
export function readingOrder<T extends Named>(children: readonly T[]): T[] {
  const place = ({ name, kind }: Named): number => {
    if (kind === 'directory') return 1;
    return (speakerRank(name) ?? 99) <= 5 ? 0 : 2;
  };
  return [...children].sort(
    (a, b) =>
      place(a) - place(b) ||
      (place(a) === 0 ? speakerRank(a.name)! - speakerRank(b.name)! : compareNames(a.name, b.name)),
  );
}

export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
