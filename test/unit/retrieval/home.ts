import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { silentLogger } from '../../../src/base/log.ts';
import { type ContentStore, openContent } from '../../../src/content/index.ts';
import { type IndexEngine, openIndex } from '../../../src/index/index.ts';
import { createHashEmbedder } from '../../../src/models/index.ts';
import { createRetrieval, type Retrieval } from '../../../src/retrieval/index.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

/** Content, index and retrieval over it, all real. */
export interface Home {
  readonly temp: TempDir;
  readonly content: ContentStore;
  readonly index: IndexEngine;
  readonly retrieval: Retrieval;
  path(path: string): string;
  dispose(): Promise<void>;
}

export async function makeHome(files: Readonly<Record<string, string | Uint8Array>>): Promise<Home> {
  const temp = await tempDir();
  const contentDir = join(temp.path, 'content');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(contentDir, path)), { recursive: true });
    await writeFile(join(contentDir, path), text);
  }
  const content = await openContent(contentDir, { stagingDir: join(temp.path, 'staging') });
  const index = await openIndex({
    contentDir,
    dir: join(temp.path, 'index'),
    embedder: createHashEmbedder(),
    log: silentLogger,
  });
  await index.flush();
  return {
    temp,
    content,
    index,
    retrieval: createRetrieval({ index, content }),
    path: (path) => join(contentDir, path),
    async dispose() {
      await index.close();
      await temp.remove();
    },
  };
}

/** Sees everything. */
export const everyone = (): boolean => true;
