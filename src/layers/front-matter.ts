/**
 * Top-level string fields of YAML front matter at the start of `text`: plain, quoted and folded (`>` or `|`) values.
 * Nested values are passed over. Empty without front matter. Never throws.
 */
export function frontMatter(text: string): Readonly<Record<string, string>> {
  if (!/^---[ \t]*\r?\n/.test(text)) return {};
  const fields: Record<string, string> = {};
  let open: string | undefined;
  for (const line of text.slice(0, 16_384).split(/\r?\n/).slice(1)) {
    if (/^(?:---|\.\.\.)\s*$/.test(line)) return fields;
    const field = /^([A-Za-z_][\w-]*):(?:\s+(.*))?$/.exec(line);
    if (field !== null) {
      const value = (field[2] ?? '').trim();
      open = /^[>|][+-]?$/.test(value) || value === '' ? field[1]! : undefined;
      fields[field[1]!] = open === undefined ? unquote(value) : '';
    } else if (open !== undefined && /^\s+[^\s-]/.test(line)) {
      fields[open] = `${fields[open]} ${line.trim()}`.trim();
    }
  }
  return {};
}

function unquote(value: string): string {
  const quoted = /^(["'])([\s\S]*)\1$/.exec(value);
  return quoted === null ? value : quoted[2]!.replace(/\\"/g, '"').replace(/''/g, "'");
}
