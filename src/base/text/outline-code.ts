import type { OutlineEntry } from './outline.ts';

/** A declaration: the pattern's group 1 is the symbol's name. */
interface Rule {
  readonly pattern: RegExp;
  readonly level: number;
}

const NAME = '([A-Za-z_$][\\w$]*)';
const rule = (source: string, level = 1): Rule => ({
  pattern: new RegExp(source.replaceAll('NAME', NAME)),
  level,
});

const SCRIPT: readonly Rule[] = [
  rule('^export\\s+(?:default\\s+)?(?:declare\\s+)?(?:async\\s+)?function\\s*\\*?\\s*NAME'),
  rule('^export\\s+(?:default\\s+)?(?:declare\\s+)?(?:abstract\\s+)?class\\s+NAME'),
  rule('^export\\s+(?:declare\\s+)?(?:interface|type|enum|namespace)\\s+NAME'),
  rule('^export\\s+(?:declare\\s+)?(?:const|let|var)\\s+(?:enum\\s+)?NAME'),
  rule('^(?:declare\\s+)?(?:async\\s+)?function\\s*\\*?\\s*NAME'),
  rule('^(?:declare\\s+)?(?:abstract\\s+)?class\\s+NAME'),
  rule('^(?:declare\\s+)?(?:interface|enum)\\s+NAME'),
  rule('^(?:module\\.)?exports\\.NAME\\s*='),
  rule(
    '^(?:const|let|var)\\s+NAME\\s*=\\s*(?:async\\s*)?(?:function\\b|\\([^)]*\\)\\s*(?::[^=]+)?=>|[\\w$]+\\s*=>)',
  ),
  rule(
    '^(?: {2}| {4}|\\t)(?:(?:public|protected|static|async|override|get|set)\\s+)*\\*?NAME\\s*(?:<[^>]*>)?\\([^;]*\\)?[^;]*\\{\\s*$',
    2,
  ),
];
const C_FAMILY: readonly Rule[] = [
  rule('^(?:typedef\\s+)?(?:struct|union|enum(?:\\s+class)?|class)\\s+(?:[A-Z_]+\\s+)?NAME[^;()]*$'),
  rule('^namespace\\s+([A-Za-z_][\\w:]*)'),
  rule('^#\\s*define\\s+NAME\\('),
  rule(
    '^(?![ \\t#/*}]|return\\b|else\\b|typedef\\b|using\\b)[A-Za-z_][\\w\\s*&:<>,]*?[\\s*&]((?:\\w+::)*~?\\w+)\\s*\\([^;]*$',
  ),
];
const PYTHON: readonly Rule[] = [
  rule('^class\\s+NAME'),
  rule('^(?:async\\s+)?def\\s+NAME'),
  rule('^(?: {4}| {2}|\\t)(?:async\\s+)?def\\s+NAME', 2),
];
const GO: readonly Rule[] = [rule('^func\\s+(?:\\([^)]*\\)\\s*)?NAME'), rule('^type\\s+NAME')];
const RUST: readonly Rule[] = [
  rule(
    '^(?:pub(?:\\([^)]*\\))?\\s+)?(?:default\\s+)?(?:const\\s+)?(?:async\\s+)?(?:unsafe\\s+)?(?:extern\\s+"[^"]*"\\s+)?fn\\s+NAME',
  ),
  rule('^(?:pub(?:\\([^)]*\\))?\\s+)?(?:unsafe\\s+)?(?:struct|enum|trait|union|type|mod)\\s+NAME'),
  rule('^macro_rules!\\s+NAME'),
  rule('^(?:unsafe\\s+)?impl(?:<[^{]*?>)?\\s+(?:[\\w:<>, ]+\\s+for\\s+)?NAME'),
  rule('^ {4}pub(?:\\([^)]*\\))?\\s+(?:const\\s+)?(?:async\\s+)?(?:unsafe\\s+)?fn\\s+NAME', 2),
];
const JAVA: readonly Rule[] = [
  rule(
    '^(?:(?:public|protected|private|internal|abstract|final|sealed|static|open|data|partial)\\s+)*(?:class|interface|enum|record|object|@interface)\\s+NAME',
  ),
  rule(
    '^(?:(?:public|internal|private|suspend|inline|override)\\s+)*fun\\s+(?:<[^>]*>\\s*)?(?:\\w+\\.)?NAME',
  ),
  rule(
    '^(?: {2}| {4}|\\t)(?:(?:public|protected)\\s+)(?:(?:static|final|abstract|synchronized|override|virtual|async|default)\\s+)*(?:<[^>]*>\\s*)?[\\w<>\\[\\],.? ]*?NAME\\s*\\([^;]*$',
    2,
  ),
];
const RUBY: readonly Rule[] = [
  rule('^(?:class|module)\\s+([A-Z][\\w:]*)'),
  rule('^ {0,2}(?:class|module)\\s+([A-Z][\\w:]*)', 2),
  rule('^def\\s+(?:self\\.)?([\\w?!=]+)'),
  rule('^\\s{2,6}def\\s+(?:self\\.)?([\\w?!=]+)', 2),
];
const SHELL: readonly Rule[] = [
  rule('^(?:function\\s+)([\\w:.-]+)\\s*(?:\\(\\s*\\))?\\s*\\{?\\s*$'),
  rule('^([\\w:.-]+)\\s*\\(\\s*\\)\\s*[{(]?'),
];
const PHP: readonly Rule[] = [
  rule('^(?:abstract\\s+|final\\s+)*(?:class|interface|trait|enum)\\s+NAME'),
  rule('^function\\s+&?NAME'),
  rule('^(?: {2}| {4}|\\t)(?:(?:public|protected|static|final|abstract)\\s+)+function\\s+&?NAME', 2),
];

const RULES: readonly (readonly [RegExp, readonly Rule[]])[] = [
  [/\.(?:[mc]?[tj]s|[tj]sx|vue|svelte)$/i, SCRIPT],
  [/\.pyi?$/i, PYTHON],
  [/\.(?:c|h|cc|cpp|cxx|hh|hpp|hxx|m)$/i, C_FAMILY],
  [/\.go$/i, GO],
  [/\.rs$/i, RUST],
  [/\.(?:java|kts?|scala|cs|swift|dart)$/i, JAVA],
  [/\.rb$|^(?:rake|gem)file$/i, RUBY],
  [/\.php$/i, PHP],
  [/\.(?:sh|bash|zsh)$/i, SHELL],
];

/** Words that open a block and look like a method's name. */
const KEYWORDS = new Set(
  'if for while switch catch return else do try function new throw with await typeof super import finally when'.split(
    ' ',
  ),
);
/** Longer lines are data or minified code, and slow to match. */
const LINE_CHARACTERS = 240;

/**
 * Exported and top-level symbols by line patterns, one per language; level 2 is a member. A name without a known
 * extension is read as its shebang says, else it has no symbols. Text in comments and here-documents is not told
 * apart from code when it begins at a line's start.
 */
export function codeOutline(text: string, name: string): OutlineEntry[] {
  const rules = rulesFor(name, text);
  if (rules === undefined) return [];
  const entries: OutlineEntry[] = [];
  let inComment = false;
  for (const [at, line] of text.split('\n').entries()) {
    if (inComment) {
      inComment = !line.includes('*/');
      continue;
    }
    if (/^\s*\/\*/.test(line)) {
      inComment = !line.includes('*/');
      continue;
    }
    if (line.length > LINE_CHARACTERS) continue;
    const entry = match(rules, line, at + 1);
    // An overload or a declaration before its definition says nothing new.
    if (entry !== undefined && entries.at(-1)?.title !== entry.title) entries.push(entry);
  }
  return entries;
}

function rulesFor(name: string, text: string): readonly Rule[] | undefined {
  const known = RULES.find(([pattern]) => pattern.test(name))?.[1];
  if (known !== undefined || !text.startsWith('#!')) return known;
  const line = text.slice(0, 200).split('\n', 1)[0]!;
  if (/python/.test(line)) return PYTHON;
  if (/\b(?:node|tsx|deno|bun)\b/.test(line)) return SCRIPT;
  if (/ruby/.test(line)) return RUBY;
  return /\b(?:ba|z|da|k)?sh\b/.test(line) ? SHELL : undefined;
}

function match(rules: readonly Rule[], line: string, number: number): OutlineEntry | undefined {
  for (const { pattern, level } of rules) {
    const name = pattern.exec(line)?.[1];
    if (name !== undefined && !KEYWORDS.has(name)) return { line: number, level, title: name };
  }
  return undefined;
}
