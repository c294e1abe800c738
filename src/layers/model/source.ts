import type { Clock } from '../../base/clock.ts';
import type { ContentEntry, ContentStore } from '../../content/contract.ts';
import { isVikingError } from '../../errors/index.ts';
import { buildDirectory, gistOf } from '../build-directory.ts';
import type { Description, FileExcerpt, ModelWork } from '../contract.ts';
import { type DirectoryInput, retoldLayers, shownChildren } from '../directory-layers.ts';
import type { LayerRecord, LayerRecords } from '../layer-records.ts';
import { isQuietPath, listDirectory } from '../listing.ts';
import type { ChildNote } from '../note.ts';
import type { Wave } from '../wave.ts';
import { isDescribable, readExcerpt } from './excerpt.ts';
import { ModelQueue } from './queue.ts';

/** What one request holds at most: small enough that one bad file spoils little, large enough to share the prompt. */
const FILES_OF_ONE_REQUEST = 8;
const CHARACTERS_OF_ONE_REQUEST = 24_000;
/** A directory that waits for the wave is looked at again after this time: what is told of it must be built first. */
const DIRTY_MS = 250;

export interface ModelSourceOptions {
  readonly content: ContentStore;
  readonly records: LayerRecords;
  readonly clock: Clock;
  readonly wave: Wave;
}

/** Knows what a model has yet to describe, and keeps what it says. Reads and computes only: the asking is done elsewhere. */
export class ModelSource {
  readonly #options: ModelSourceOptions;
  readonly #queue = new ModelQueue();
  /** Whose work it is; undefined until somebody asks for work. */
  #by: string | undefined;
  /** Directories the model could not describe, until it is asked about them again. */
  readonly #refused = new Set<string>();

  constructor(options: ModelSourceOptions) {
    this.#options = options;
  }

  /** A directory's layers were built anew. */
  built(directory: string): void {
    if (this.#by === undefined || !isTold(directory)) return;
    this.#refused.delete(directory);
    this.#queue.add(directory);
  }

  read(directory: string): void {
    this.#queue.prefer(directory);
  }

  /** The model cannot describe it now. */
  postpone(directory: string, waitMs: number): void {
    this.#refused.add(directory);
    this.#queue.postpone(directory, waitMs);
  }

  /** Model and prompts whose words are told; undefined without a model. */
  get by(): string | undefined {
    return this.#by;
  }

  /** What the model said of a file's content, if it did; empty when it had nothing to say. */
  async summaryOf(digest: string): Promise<string | undefined> {
    return this.#options.records.summaries.get(`${this.#by} ${digest}`);
  }

  /** Whether a model's words on a directory or on its files are on their way. */
  awaits(directory: string): boolean {
    return this.#by !== undefined && this.#queue.has(directory) && !this.#refused.has(directory);
  }

  get waiting(): number {
    return this.#by === undefined ? 0 : this.#queue.size;
  }

  close(): void {
    this.#queue.close();
  }

  async next(by: string, waitMs: number): Promise<ModelWork | undefined> {
    if (this.#by !== by) {
      this.#by = by;
      for (const directory of this.#options.records.stamps.keys())
        if (isTold(directory)) this.#queue.add(directory);
    }
    const deadline = performance.now() + waitMs;
    for (;;) {
      const directory = this.#queue.peek();
      const left = deadline - performance.now();
      if (directory === undefined) {
        if (left <= 0) return undefined;
        await this.#queue.added(left);
        continue;
      }
      const work = await this.#workOn(directory, by);
      if (work !== undefined) {
        this.#refused.delete(directory);
        return work;
      }
      this.#queue.delete(directory);
      if (left <= 0) return undefined;
    }
  }

  async summed(
    by: string,
    summaries: readonly (readonly [digest: string, summary: string])[],
  ): Promise<void> {
    const { records } = this.#options;
    await records.saveNotes(
      summaries.map(([digest, summary]) => records.summaries.putting(`${by} ${digest}`, summary)),
    );
  }

  async described(directory: string, by: string, from: string, description: Description): Promise<void> {
    const { records } = this.#options;
    await records.saveNotes([records.descriptions.putting(`${by} ${from}`, description)]);
    await this.#tell(directory, by, description, from);
  }

  /** What there is to do for a directory; undefined when there is nothing, or the wave has to come first. */
  async #workOn(directory: string, by: string): Promise<ModelWork | undefined> {
    const { content, records, wave } = this.#options;
    const record = await records.layers.get(directory);
    if (record === undefined) return undefined;
    if (wave.isDirty(directory)) {
      this.#queue.postpone(directory, DIRTY_MS);
      return undefined;
    }
    if (record.model?.from === record.from && record.model.by === by) return undefined;
    const known = await records.descriptions.get(`${by} ${record.from}`);
    if (known !== undefined) {
      await this.#tell(directory, by, known, record.from);
      return undefined;
    }
    try {
      const listing = await listDirectory(content, directory);
      const { input, from, layers } = await buildDirectory(wave.context, listing, 0);
      if (from !== record.from || input.children.length === 0) return undefined;
      const shown = shownChildren(input);
      const byName = new Map(listing.visible.map((entry) => [entry.name, entry]));
      const files = await this.#unsummed(shown, byName, by);
      const told = files.length > 0 ? [] : await this.#told(shown, by);
      return {
        directory,
        title: layers.title,
        files,
        from,
        entries: told,
        count: input.files + input.directories,
      };
    } catch (error) {
      if (isVikingError(error) && (error.code === 'NOT_FOUND' || error.code === 'NOT_DIRECTORY'))
        return undefined;
      throw error;
    }
  }

  /** Excerpts of shown files that have no summary yet, as many as go into one request. */
  async #unsummed(
    shown: readonly ChildNote[],
    entries: ReadonlyMap<string, ContentEntry>,
    by: string,
  ): Promise<FileExcerpt[]> {
    const { content, records } = this.#options;
    const files: FileExcerpt[] = [];
    let characters = 0;
    for (const child of shown) {
      const entry = entries.get(child.name);
      if (child.kind !== 'file' || child.digest === undefined || entry === undefined) continue;
      if (!isDescribable(child.note) || files.some(({ digest }) => digest === child.digest)) continue;
      if ((await records.summaries.get(`${by} ${child.digest}`)) !== undefined) continue;
      const excerpt = await readExcerpt(content, entry, { note: child.note, digest: child.digest });
      if (excerpt === undefined) continue;
      if (files.length > 0 && characters + excerpt.text.length > CHARACTERS_OF_ONE_REQUEST) break;
      characters += excerpt.text.length;
      files.push(excerpt);
      if (files.length === FILES_OF_ONE_REQUEST) break;
    }
    return files;
  }

  async #told(shown: readonly ChildNote[], by: string): Promise<{ name: string; about: string }[]> {
    const retold = await this.#withSummaries(shown, by);
    return retold.map(({ name, kind, note }) => {
      const said = 'abstract' in note ? note.abstract : note.lead;
      return { name: kind === 'directory' ? `${name}/` : name, about: said || note.remark || note.title };
    });
  }

  /** The same children with a model's summary in place of their extracted lead, where there is one. */
  async #withSummaries(children: readonly ChildNote[], by: string): Promise<ChildNote[]> {
    const { records } = this.#options;
    const retold: ChildNote[] = [];
    for (const child of children) {
      const summary =
        child.kind === 'file' && child.digest !== undefined
          ? await records.summaries.get(`${by} ${child.digest}`)
          : undefined;
      if (child.kind !== 'file' || summary === undefined || summary === '') retold.push(child);
      else retold.push({ ...child, note: { ...child.note, lead: summary } });
    }
    return retold;
  }

  /** Writes a directory's layers in the model's words, unless it has changed since it was asked. */
  async #tell(directory: string, by: string, description: Description, from: string): Promise<void> {
    const { content, records, wave, clock } = this.#options;
    const listing = await listDirectory(content, directory).catch(() => undefined);
    if (listing === undefined) return;
    const built = await buildDirectory(wave.context, listing, 0);
    const input: DirectoryInput = {
      ...built.input,
      children: await this.#withSummaries(built.input.children, by),
    };
    const texts = retoldLayers(input, description);
    const [record, stamp] = [await records.layers.get(directory), records.stamps.get(directory)];
    if (record === undefined || stamp === undefined || record.from !== from || built.from !== from) return;
    const next: LayerRecord = { ...record, model: { ...texts, by, from, madeAt: clock.now() } };
    const gist = gistOf(next);
    await records.save(directory, { ...stamp, gist }, [records.layers.putting(directory, next)]);
    this.#queue.delete(directory);
    if (gist !== stamp.gist) wave.changedAbove(directory);
  }
}

/** Directories of the frame are described for each reader, and quiet ones not at all. */
function isTold(directory: string): boolean {
  return directory.split('/').length >= 3 && !isQuietPath(directory);
}
