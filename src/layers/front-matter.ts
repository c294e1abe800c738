import { frontMatterLines } from '../base/text/outline.ts';

/**
 * Top-level string fields of front matter at the start of `text`: YAML (plain, quoted and folded `>` or `|` values) or TOML.
 * Nested values are passed over. Empty without front matter. Never throws.
 */
export function frontMatter(text: string): Readonly<Record<string, string>> {
  const all = text.slice(0, 16_384).split(/\r?\n/);
  const end = frontMatterLines(all);
  const fields: Record<string, string> = {};
  let open: string | undefined;
  for (const line of all.slice(0, end).filter((one) => !/^(?:---|\+\+\+|\.\.\.|)\s*$/.test(one))) {
    const field = /^([A-Za-z_][\w-]*)(?::|\s*=)(?:\s+(.*))?$/.exec(line);
    if (field !== null) {
      const value = (field[2] ?? '').trim();
      open = /^[>|][+-]?$/.test(value) || value === '' ? field[1]! : undefined;
      fields[field[1]!] = open === undefined ? unquote(value) : '';
    } else if (open !== undefined && /^\s+[^\s-]/.test(line)) {
      fields[open] = `${fields[open]} ${line.trim()}`.trim();
    }
  }
  return fields;
}

function unquote(value: string): string {
  const quoted = /^(["'])([\s\S]*)\1$/.exec(value);
  return quoted === null ? value : quoted[2]!.replace(/\\"/g, '"').replace(/''/g, "'");
}
