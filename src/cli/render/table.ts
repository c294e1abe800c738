import Table from 'cli-table3';

/** No borders: what is printed can be read by `awk` as well as by people. */
const PLAIN = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export interface TableOptions {
  readonly head?: readonly string[];
  /** Columns (from 0) with numbers. */
  readonly right?: readonly number[];
}

/** Rows in aligned columns. */
export function table(rows: readonly (readonly string[])[], options: TableOptions = {}): string {
  const width = Math.max(options.head?.length ?? 0, ...rows.map((row) => row.length));
  const drawn = new Table({
    chars: PLAIN,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: Array.from({ length: width }, (_, column) =>
      options.right?.includes(column) ? 'right' : 'left',
    ),
    ...(options.head === undefined ? {} : { head: [...options.head] }),
  });
  for (const row of rows) drawn.push([...row]);
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
