import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { silentLogger } from '../../../src/base/log.ts';
import { type IndexEngine, type IndexHit, type IndexOptions, openIndex } from '../../../src/index/index.ts';
import { createHashEmbedder } from '../../../src/models/index.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

/** A content directory and its index, both real. */
export class IndexedTree {
  readonly #temp: TempDir;
  #index: IndexEngine | undefined;

  private constructor(temp: TempDir) {
    this.#temp = temp;
  }

  static async make(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<IndexedTree> {
    const tree = new IndexedTree(await tempDir());
    await mkdir(tree.contentDir, { recursive: true });
    for (const [path, text] of Object.entries(files)) await tree.write(path, text);
    return tree;
  }

  get contentDir(): string {
    return join(this.#temp.path, 'content');
  }

  get indexDir(): string {
    return join(this.#temp.path, 'index');
  }

  get index(): IndexEngine {
    if (this.#index === undefined) throw new Error('the index is not open');
    return this.#index;
  }

  path(path: string): string {
    return join(this.contentDir, path);
  }

  async write(path: string, text: string | Uint8Array): Promise<void> {
    await mkdir(dirname(this.path(path)), { recursive: true });
    await writeFile(this.path(path), text);
  }

  async remove(path: string): Promise<void> {
    await rm(this.path(path), { recursive: true, force: true });
  }

  /** Opens the index and waits until it is caught up. */
  async open(options: Partial<IndexOptions> = {}): Promise<IndexEngine> {
    this.#index = await openIndex({
      contentDir: this.contentDir,
      dir: this.indexDir,
      embedder: createHashEmbedder(),
      log: silentLogger,
      ...options,
    });
    await this.#index.flush();
    return this.#index;
  }

  async close(): Promise<void> {
    await this.#index?.close();
    this.#index = undefined;
  }

  async touch(...paths: string[]): Promise<void> {
    this.index.touch(paths);
    await this.index.flush();
  }

  async find(text: string, within: readonly string[] = ['a'], limit = 10): Promise<readonly IndexHit[]> {
    return (await this.index.search({ text, within, limit })).hits;
  }

  async paths(text: string, within: readonly string[] = ['a']): Promise<readonly string[]> {
    return (await this.find(text, within)).map((hit) => hit.path);
  }

  async dispose(): Promise<void> {
    await this.close();
    await this.#temp.remove();
  }
}
