import type { ListEntry } from '../../client/index.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';
import { bytes, clean, localTime, oneLine } from './text.ts';

/** A listing: size, time, name, and the abstract as far as the line goes. */
export function entryTable(entries: readonly ListEntry[], style: Style): string {
  if (entries.length === 0) return '(empty)';
  const names = entries.map((entry) => clean(`${nameOf(entry)}${entry.isDir ? '/' : ''}`));
  const room = style.columns - Math.max(...names.map((name) => name.length)) - 28;
  return table(
    entries.map((entry, index) => [
      entry.isDir ? '-' : bytes(entry.size),
      style.paint('dim', localTime(entry.modTime)),
      entry.isDir ? style.paint('blue', names[index]!) : names[index]!,
      style.paint('dim', room < 12 || notReady(entry) ? '' : oneLine(entry.abstract, room)),
    ]),
    { right: [0] },
  );
}

/** An indented tree, each line ending in the abstract as far as the line goes. */
export function entryTree(entries: readonly ListEntry[], style: Style): string {
  if (entries.length === 0) return '(empty)';
  return entries
    .map((entry) => {
      const depth = (entry.rel_path ?? '').split('/').length - 1;
      const name = clean(`${'  '.repeat(depth)}${nameOf(entry)}${entry.isDir ? '/' : ''}`);
      const room = style.columns - name.length - 4;
      const abstract =
        room < 12 || notReady(entry) || entry.abstract === '' ? '' : `  ${oneLine(entry.abstract, room)}`;
      return `${entry.isDir ? style.paint('blue', name) : name}${style.paint('dim', abstract)}`;
    })
    .join('\n');
}

function nameOf(entry: ListEntry): string {
  return (entry.rel_path ?? entry.uri).split('/').at(-1) ?? '';
}

/** The API's placeholder is for programs; people see an empty column. */
function notReady(entry: ListEntry): boolean {
  return entry.isDir && entry.abstract.endsWith('[Directory abstract is not ready]');
}
