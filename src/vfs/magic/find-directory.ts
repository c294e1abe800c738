import { relative } from 'node:path/posix';
import { S_IFDIR, S_IFLNK, virtualAttr } from '../attributes.ts';
import { virtualEntry } from '../content/list-content.ts';
import type { VfsContext } from '../context.ts';
import { systemError } from '../fault.ts';
import type { Place } from '../locate.ts';
import type { VfsNode } from '../node.ts';
import { virtualFile } from '../virtual-file.ts';
import { assertDirectory } from './directory.ts';

export type FindPlace = Extract<Place, { kind: 'find' }>;

const RESULTS = 'results.md';

/** `.find`, `.find/{question}` and what is in it. */
export function findNode(context: VfsContext, place: FindPlace): VfsNode {
  if (place.question === undefined) return findRoot(context, place);
  if (place.entry === undefined) return questionDirectory(context, place, place.question);
  return place.entry === RESULTS
    ? resultsFile(context, place, place.question)
    : hitLink(context, place, place.question, place.entry);
}

/** Lists the questions asked lately; any other name is a question too. */
function findRoot(context: VfsContext, place: FindPlace): VfsNode {
  return {
    path: place.path,
    attr: () => directoryAttr(context, place),
    list: async () =>
      context.answers
        .recent(place.directory)
        .map(encodeQuestion)
        .filter((name) => Buffer.byteLength(name) <= 255)
        .map((name) => virtualEntry(place.path, name, 'directory')),
  };
}

function questionDirectory(context: VfsContext, place: FindPlace, name: string): VfsNode {
  return {
    path: place.path,
    attr: () => directoryAttr(context, place),
    async list() {
      await assertDirectory(context, place.directory, place.path);
      const { hits } = await context.answers.ask(place.directory, decodeQuestion(name));
      return [
        ...hits.map((hit) => virtualEntry(place.path, hit.name, 'symlink')),
        virtualEntry(place.path, RESULTS, 'file'),
      ];
    },
  };
}

function resultsFile(context: VfsContext, place: FindPlace, name: string): VfsNode {
  return virtualFile(context, {
    path: place.path,
    async render() {
      await assertDirectory(context, place.directory, place.path);
      return (await context.answers.ask(place.directory, decodeQuestion(name))).text;
    },
    whyReadOnly: 'an answer is not written by hand',
  });
}

function hitLink(context: VfsContext, place: FindPlace, name: string, entry: string): VfsNode {
  async function target(): Promise<string> {
    await assertDirectory(context, place.directory, place.path);
    // Tools look for names of their own (`.git`, `.ignore`); only ours are worth a search.
    if (!/^\d{2,}-/.test(entry)) throw systemError('ENOENT', place.path);
    const found = await context.answers.link(place.directory, decodeQuestion(name), entry);
    if (found === undefined) throw systemError('ENOENT', place.path);
    return relative(place.path.slice(0, place.path.lastIndexOf('/')), found.path);
  }
  return {
    path: place.path,
    async attr() {
      const size = Buffer.byteLength(await target());
      return virtualAttr({ path: place.path, mode: S_IFLNK | 0o777, size, mtimeNs: context.bornNs });
    },
    target,
  };
}

async function directoryAttr(context: VfsContext, place: FindPlace) {
  await assertDirectory(context, place.directory, place.path);
  return virtualAttr({ path: place.path, mode: S_IFDIR | 0o555, mtimeNs: context.bornNs });
}

/** A name cannot hold a slash: `%2F` stands for one, and `%25` for a percent sign. */
export function decodeQuestion(name: string): string {
  return name.replace(/%(2f|25)/gi, (code) => (code === '%25' ? '%' : '/'));
}

export function encodeQuestion(question: string): string {
  return question.replaceAll('%', '%25').replaceAll('/', '%2F');
}
