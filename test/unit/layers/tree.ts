import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { silentLogger } from '../../../src/base/log.ts';
import { type ContentStore, openContent } from '../../../src/content/index.ts';
import { type LayerEngine, type Level, openLayers } from '../../../src/layers/index.ts';
import type { Yielding } from '../../../src/layers/yielding.ts';
import { withTempDir } from '../../helpers/temp-dir.ts';

export const ROOT = 'acme/resources/docs';

/** A content directory with layers over it, and the means to change it as another program would. */
export interface LayeredTree {
  /** Generated layers of a directory, as listings are told. */
  listed(path: string): readonly Level[];
  /** How often layers of a directory were written since the tree was made. */
  builds(): number;
  readonly dir: string;
  readonly contentDir: string;
  /** The open engine; replaced by `reopen`. */
  engine: LayerEngine;
  /** Writes a file below `acme/resources/docs`, without telling anybody. */
  write(path: string, text: string | Uint8Array): Promise<void>;
  remove(path: string): Promise<void>;
  /** Absolute path of an entry below `acme/resources/docs`. */
  at(path: string): string;
  touch(...paths: string[]): void;
  reopen(content?: ContentStore): Promise<void>;
  abstract(path?: string, budgetMs?: number): Promise<string>;
  overview(path?: string, budgetMs?: number): Promise<string>;
  /** All layers of all given directories, for comparisons. */
  all(directories: readonly string[]): Promise<string[]>;
}

export function contentPath(path: string): string {
  return path === '' ? ROOT : `${ROOT}/${path}`;
}

/** Runs `work` over a tree with these files. */
export async function withTree(
  files: Readonly<Record<string, string | Uint8Array>>,
  work: (tree: LayeredTree) => Promise<void>,
  yielding: Yielding = {},
): Promise<void> {
  await withTempDir(async (dir) => {
    const contentDir = join(dir, 'content');
    const at = (path: string): string => join(contentDir, ROOT, path);
    const write = async (path: string, text: string | Uint8Array): Promise<void> => {
      await mkdir(dirname(at(path)), { recursive: true });
      await writeFile(at(path), text);
    };
    await mkdir(at(''), { recursive: true });
    for (const [path, text] of Object.entries(files)) await write(path, text);
    let builds = 0;
    const listed = new Map<string, readonly Level[]>();
    const open = (content?: ContentStore): Promise<LayerEngine> =>
      openLayers({
        contentDir,
        dir: join(dir, 'index'),
        log: silentLogger,
        ...yielding,
        onListed(directory, levels) {
          builds++;
          listed.set(directory, levels);
        },
        ...(content === undefined ? {} : { content }),
      });
    const tree: LayeredTree = {
      builds: () => builds,
      dir,
      contentDir,
      engine: await open(),
      write,
      remove: (path) => rm(at(path), { recursive: true }),
      at,
      listed: (path) => listed.get(contentPath(path)) ?? [],
      touch: (...paths) => tree.engine.touch(paths.map(contentPath)),
      async reopen(content) {
        await tree.engine.close();
        tree.engine = await open(content);
      },
      abstract: async (path = '', budgetMs = 5000) =>
        (await tree.engine.read(contentPath(path), 'abstract', budgetMs)).text,
      overview: async (path = '', budgetMs = 5000) =>
        (await tree.engine.read(contentPath(path), 'overview', budgetMs)).text,
      async all(directories) {
        const texts: string[] = [];
        for (const directory of directories) {
          texts.push(`${directory}:\n${await tree.abstract(directory)}\n${await tree.overview(directory)}`);
        }
        return texts;
      },
    };
    try {
      await work(tree);
    } finally {
      await tree.engine.close();
    }
  });
}

/** A second, new engine's layers of the same content: what a fresh build says. */
export async function freshLayers(tree: LayeredTree, directories: readonly string[]): Promise<string[]> {
  return withTempDir(async (dir) => {
    const engine = await openLayers({
      contentDir: tree.contentDir,
      dir,
      log: silentLogger,
      content: await openContent(tree.contentDir, { stagingDir: join(dir, 'staging') }),
    });
    try {
      return await await layersOf(engine, directories);
    } finally {
      await engine.close();
    }
  });
}

async function layersOf(engine: LayerEngine, directories: readonly string[]): Promise<string[]> {
  await engine.flush();
  const texts: string[] = [];
  for (const directory of directories) {
    const path = contentPath(directory);
    const { text: abstract } = await engine.read(path, 'abstract', 5000);
    const { text: overview } = await engine.read(path, 'overview', 5000);
    texts.push(`${directory}:\n${abstract}\n${overview}`);
  }
  return texts;
}
