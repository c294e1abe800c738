import type { Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { globMatcher } from '../base/glob-pattern.ts';

/** Directories that hold tools' own state or build output, never resources. */
const IGNORED_DIRECTORIES: ReadonlySet<string> = new Set([
  '.git',
  '.svn',
  '.hg',
  '.idea',
  '.vscode',
  '__pycache__',
  'node_modules',
  'venv',
  '.venv',
]);

const IGNORED_FILES: ReadonlySet<string> = new Set(['.DS_Store', 'Thumbs.db']);

export interface ScanOptions {
  /** Globs of files to take; default all. Matched on the path below the source and on the bare name. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** Directory names, or paths below the source, to pass over. */
  readonly ignoreDirs?: readonly string[];
}

export interface ScannedEntry {
  /** Path below the source, POSIX. */
  readonly path: string;
  readonly kind: 'file' | 'directory';
}

export interface SkippedEntry {
  readonly path: string;
  readonly reason: string;
}

/**
 * Walks a source directory as `add-resource` takes it: nested `.gitignore` files are honoured, version-control and
 * dependency directories passed over, symlinks and special files skipped with a reason. Parents come before children.
 */
export async function scanSource(
  source: string,
  options: ScanOptions = {},
): Promise<{ entries: readonly ScannedEntry[]; skipped: readonly SkippedEntry[] }> {
  const entries: ScannedEntry[] = [];
  const skipped: SkippedEntry[] = [];
  const wanted = matcher(options.include);
  const unwanted = matcher(options.exclude);
  const ignoredDirs = new Set(options.ignoreDirs?.map((name) => name.replace(/^\/+|\/+$/g, '')) ?? []);

  async function visit(directory: string, rules: readonly ScopedRules[]): Promise<void> {
    const own = await readRules(source, directory);
    const active = own === undefined ? rules : [...rules, own];
    for (const child of await sortedEntries(join(source, directory))) {
      const path = directory === '' ? child.name : `${directory}/${child.name}`;
      if (child.isDirectory()) await visitDirectory(path, child.name, active);
      else if (child.isFile()) visitFile(path, child.name, active);
      else skipped.push({ path, reason: child.isSymbolicLink() ? 'symlink' : 'special file' });
    }
  }

  async function visitDirectory(path: string, name: string, rules: readonly ScopedRules[]): Promise<void> {
    if (IGNORED_DIRECTORIES.has(name) || ignoredDirs.has(name) || ignoredDirs.has(path)) {
      skipped.push({ path, reason: 'ignored directory' });
    } else if (isIgnored(`${path}/`, rules)) {
      skipped.push({ path, reason: '.gitignore' });
    } else {
      entries.push({ path, kind: 'directory' });
      await visit(path, rules);
    }
  }

  function visitFile(path: string, name: string, rules: readonly ScopedRules[]): void {
    if (IGNORED_FILES.has(name)) return;
    if (isIgnored(path, rules)) skipped.push({ path, reason: '.gitignore' });
    else if (wanted !== undefined && !wanted(path, name)) skipped.push({ path, reason: 'not included' });
    else if (unwanted?.(path, name)) skipped.push({ path, reason: 'excluded' });
    else entries.push({ path, kind: 'file' });
  }

  await visit('', []);
  return { entries, skipped };
}

/** The rules of one `.gitignore` and the directory they are relative to. */
interface ScopedRules {
  readonly base: string;
  readonly rules: Ignore;
}

async function readRules(source: string, directory: string): Promise<ScopedRules | undefined> {
  try {
    const text = await readFile(join(source, directory, '.gitignore'), 'utf8');
    return { base: directory === '' ? '' : `${directory}/`, rules: ignore().add(text) };
  } catch {
    return undefined;
  }
}

/** The deepest `.gitignore` that says anything about a path decides, as git does. */
function isIgnored(path: string, rules: readonly ScopedRules[]): boolean {
  for (const scoped of rules.toReversed()) {
    const verdict = scoped.rules.test(path.slice(scoped.base.length));
    if (verdict.ignored) return true;
    if (verdict.unignored) return false;
  }
  return false;
}

async function sortedEntries(directory: string): Promise<Dirent[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function matcher(
  globs: readonly string[] | undefined,
): ((path: string, name: string) => boolean) | undefined {
  if (globs === undefined || globs.length === 0) return undefined;
  const matches = globs.map((glob) => globMatcher(glob));
  return (path, name) => matches.some((match) => match(path) || match(name));
}
