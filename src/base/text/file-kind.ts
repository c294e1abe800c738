/** What a file is to a reader of text, told from its name and first bytes. Pure. */
export type TextKind = 'markdown' | 'code' | 'conversation' | 'text' | 'binary';

export interface FileKind {
  readonly kind: TextKind;
  /** Lower-case language or format, e.g. `typescript`, `json`; absent when the name does not say. */
  readonly language?: string;
  /** Written by a machine for a machine: minified, lock file, code generator's output. */
  readonly generated: boolean;
}

/** How many bytes of a file are enough for `fileKind`. */
export const KIND_HEAD_BYTES = 16_384;

const CODE: Readonly<Record<string, string>> = {
  ts: 'typescript',
  tsx: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  js: 'javascript',
  jsx: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  py: 'python',
  pyi: 'python',
  c: 'c',
  h: 'c',
  cc: 'cpp',
  cpp: 'cpp',
  cxx: 'cpp',
  hh: 'cpp',
  hpp: 'cpp',
  hxx: 'cpp',
  go: 'go',
  rs: 'rust',
  java: 'java',
  kt: 'kotlin',
  kts: 'kotlin',
  scala: 'scala',
  swift: 'swift',
  cs: 'csharp',
  rb: 'ruby',
  php: 'php',
  pl: 'perl',
  pm: 'perl',
  lua: 'lua',
  sh: 'shell',
  bash: 'shell',
  zsh: 'shell',
  sql: 'sql',
  css: 'css',
  scss: 'css',
  less: 'css',
  vue: 'vue',
  svelte: 'svelte',
  proto: 'protobuf',
  ex: 'elixir',
  exs: 'elixir',
  hs: 'haskell',
  r: 'r',
  m: 'objective-c',
  zig: 'zig',
  dart: 'dart',
};

const TEXT: Readonly<Record<string, string>> = {
  json: 'json',
  jsonc: 'json',
  json5: 'json',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  yaml: 'yaml',
  yml: 'yaml',
  toml: 'toml',
  ini: 'ini',
  cfg: 'ini',
  conf: 'ini',
  properties: 'ini',
  csv: 'csv',
  tsv: 'tsv',
  xml: 'xml',
  svg: 'xml',
  html: 'html',
  htm: 'html',
  rst: 'rst',
  txt: 'text',
  text: 'text',
  log: 'log',
  tex: 'tex',
  adoc: 'asciidoc',
  diff: 'diff',
  patch: 'diff',
};

const MARKDOWN = new Set(['md', 'mdx', 'markdown', 'mdown', 'mkd', 'mdc']);

const BY_NAME: Readonly<Record<string, readonly ['code' | 'text', string]>> = {
  makefile: ['code', 'make'],
  dockerfile: ['code', 'dockerfile'],
  rakefile: ['code', 'ruby'],
  gemfile: ['code', 'ruby'],
};

const SHEBANG: readonly (readonly [RegExp, string])[] = [
  [/\b(?:ba|z|da|k)?sh\b/, 'shell'],
  [/\bpython[\d.]*\b/, 'python'],
  [/\b(?:node|deno|bun)\b/, 'javascript'],
  [/\btsx\b/, 'typescript'],
  [/\bruby\b/, 'ruby'],
  [/\bperl\b/, 'perl'],
];

const GENERATED_NAME =
  /(?:\.min\.(?:js|css|mjs)|\.(?:js|css|mjs|ts)\.map|\.lock|\.pb\.go|_pb2(?:_grpc)?\.pyi?)$|^(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|go\.sum)$/i;
const GENERATED_MARK =
  /@generated\b|\bcode generated\b.*\bdo not edit\b|\bauto-?generated\b.*\bdo not (?:edit|modify)\b|\bdo not edit\b.*\bgenerated\b/i;

/** A line of code this long was not written by hand. */
const MINIFIED_LINE_CHARACTERS = 2000;

/**
 * `name` is the file's own name (no directory); `head` its first bytes, `KIND_HEAD_BYTES` are enough. A character cut
 * off by the end of `head` does not make it binary.
 */
export function fileKind(name: string, head: Uint8Array): FileKind {
  const text = decodeHead(head);
  if (text === undefined) return { kind: 'binary', generated: false };
  if (name === 'messages.jsonl') return { kind: 'conversation', language: 'jsonl', generated: false };
  const [kind, language] = kindByName(name, text);
  const generated = isGenerated(name, kind, text);
  return language === undefined ? { kind, generated } : { kind, language, generated };
}

/** The text of `head`, or undefined when it has a NUL or is not UTF-8. */
export function decodeHead(head: Uint8Array): string | undefined {
  if (head.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
  } catch {
    return undefined;
  }
}

function kindByName(name: string, text: string): readonly [TextKind, string | undefined] {
  const lower = name.toLowerCase();
  const dot = lower.lastIndexOf('.');
  const extension = dot > 0 ? lower.slice(dot + 1) : '';
  if (MARKDOWN.has(extension)) return ['markdown', 'markdown'];
  if (Object.hasOwn(CODE, extension)) return ['code', CODE[extension]];
  if (Object.hasOwn(TEXT, extension)) return ['text', TEXT[extension]];
  const stem = dot > 0 ? lower.slice(0, dot) : lower;
  if (Object.hasOwn(BY_NAME, stem)) return BY_NAME[stem]!;
  if (text.startsWith('#!')) {
    const line = text.slice(0, text.indexOf('\n') < 0 ? 200 : text.indexOf('\n'));
    const shell = SHEBANG.find(([pattern]) => pattern.test(line));
    if (shell !== undefined) return ['code', shell[1]];
  }
  return ['text', undefined];
}

function isGenerated(name: string, kind: TextKind, text: string): boolean {
  if (GENERATED_NAME.test(name)) return true;
  if (kind !== 'code') return false;
  const first = text.slice(0, 1200);
  if (first.split('\n', 12).some((line) => GENERATED_MARK.test(line))) return true;
  return text.split('\n').some((line) => line.length > MINIFIED_LINE_CHARACTERS);
}
