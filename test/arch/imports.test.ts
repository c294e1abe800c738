import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

/** Which package may import which: the dependency direction of docs/architecture.md. */
const ALLOWED: Record<string, readonly string[]> = {
  errors: [],
  base: ['errors'],
  uri: ['errors'],
  config: ['errors', 'base', 'uri'],
  api: ['errors', 'uri'],
  content: ['errors', 'base', 'uri'],
  records: ['errors', 'base', 'uri'],
  models: ['errors', 'base'],
  tenancy: ['errors', 'base', 'uri', 'records'],
  index: ['errors', 'base', 'uri', 'content', 'records', 'models'],
  layers: ['errors', 'base', 'uri', 'content', 'records', 'models'],
  retrieval: ['errors', 'base', 'uri', 'index', 'layers', 'records', 'models', 'content'],
  sessions: ['errors', 'base', 'uri', 'content', 'records', 'layers', 'tenancy'],
  memory: ['errors', 'base', 'uri', 'retrieval', 'content', 'records', 'models', 'tenancy'],
  ingest: ['errors', 'base', 'uri', 'content', 'records', 'layers', 'index'],
  core: [
    'errors',
    'base',
    'uri',
    'content',
    'records',
    'models',
    'tenancy',
    'index',
    'layers',
    'retrieval',
    'sessions',
    'memory',
    'ingest',
  ],
  vfs: ['errors', 'base', 'uri', 'tenancy', 'core'],
  mount: ['errors', 'base', 'uri', 'vfs'],
  control: ['errors', 'base', 'uri', 'tenancy', 'core', 'api'],
  webdav: ['errors', 'base', 'uri', 'tenancy', 'core'],
  client: ['errors', 'base', 'uri', 'api'],
  mcp: ['errors', 'base', 'uri', 'config', 'client', 'api'],
  cli: ['errors', 'base', 'uri', 'client', 'config', 'api'],
  daemon: [
    'errors',
    'base',
    'uri',
    'config',
    'tenancy',
    'core',
    'vfs',
    'mount',
    'control',
    'webdav',
    'records',
    'api',
  ],
};

/** The result shapes are a leaf of types: everyone may name them. */
const LEAF = 'api/results.ts';

/** Packages from outside with exactly one importer. */
const SOLE_IMPORTERS: Record<string, string> = {
  level: 'records',
  chokidar: 'content',
  'hnswlib-node': 'index',
  'fuse-native': 'mount',
  openai: 'models',
  yargs: 'cli',
  nephele: 'webdav',
  '@modelcontextprotocol/sdk': 'mcp',
};

interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const imports = files.flatMap((file) => importsOf(file));

describe('architecture', () => {
  it('reads a source tree worth checking', () => {
    expect(files.length).toBeGreaterThan(40);
    expect(imports.length).toBeGreaterThan(100);
  });

  it('has only packages the table knows', () => {
    const unknown = files.map((file) => packageOf(file)).filter((name) => !(name in ALLOWED));
    expect([...new Set(unknown)]).toEqual([]);
  });

  it('imports only in the allowed direction', () => {
    const broken = imports.filter((entry) => entry.specifier.startsWith('.')).flatMap(directionError);
    expect(broken).toEqual([]);
  });

  it('gives every library with one home only that importer', () => {
    const broken = imports.flatMap((entry) => {
      const library = libraryOf(entry.specifier);
      const home = SOLE_IMPORTERS[library];
      return home === undefined || packageOf(entry.from) === home ? [] : [`${entry.from} imports ${library}`];
    });
    expect(broken).toEqual([]);
  });

  it('keeps files short enough to read: at most 500 lines, median under 150', () => {
    const lengths = files.map((file) => ({
      file,
      lines: readFileSync(join(SRC, file), 'utf8').split('\n').length,
    }));
    expect(lengths.filter((entry) => entry.lines > 500)).toEqual([]);
    const sorted = lengths.map((entry) => entry.lines).sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(150);
  });

  it('names every file in kebab-case', () => {
    expect(files.filter((file) => !/^([a-z0-9-]+\/)*[a-z0-9-]+\.ts$/.test(file))).toEqual([]);
  });
});

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  const pattern =
    /^(?:import|export)\s(type\s)?[^'";]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;
  return [...text.matchAll(pattern)].map((match) => ({
    from: file,
    specifier: match[2] ?? match[3] ?? match[4] ?? '',
    typeOnly: match[1] !== undefined,
  }));
}

function directionError(entry: Import): string[] {
  const target = relative(SRC, join(SRC, dirname(entry.from), entry.specifier));
  const from = packageOf(entry.from);
  const to = packageOf(target);
  if (from === to || (target === LEAF && entry.typeOnly) || ALLOWED[from]?.includes(to)) return [];
  return [`${entry.from} imports ${target}`];
}

function packageOf(file: string): string {
  return file.split('/')[0] ?? '';
}

function libraryOf(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}
