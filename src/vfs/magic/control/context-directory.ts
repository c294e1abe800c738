import { S_IFDIR, virtualAttr } from '../../attributes.ts';
import { virtualEntry } from '../../content/list-content.ts';
import type { VfsContext } from '../../context.ts';
import { systemError } from '../../fault.ts';
import type { Place } from '../../locate.ts';
import type { VfsNode } from '../../node.ts';
import { virtualFile } from '../../virtual-file.ts';
import { decodeQuestion } from '../find-directory.ts';

export type ContextPlace = Extract<Place, { kind: 'context' }>;

/** Budgets that are listed; any other from the least to the most is there too. */
const BUDGETS = [800, 1_600, 4_000, 8_000];
/** As the API's `max_tokens`. */
const LEAST_TOKENS = 64;
const MOST_TOKENS = 32_000;
/** A reader that asks for the size first and then reads gets one text. */
const AGREED_MS = 5_000;

/** `.viking/context/{tokens}/{question}`: a block of context as a file, found without a model. */
export function contextNode(context: VfsContext, place: ContextPlace): VfsNode {
  if (place.tokens === undefined) return budgets(context, place.path);
  const tokens = tokensOf(place.tokens);
  if (tokens === undefined) return missing(place.path);
  if (place.question === undefined) return directory(context, place.path, []);
  // Tools look for names of their own (`.git`, `.hidden`); those are no questions.
  if (/^\.\S*$/.test(place.question)) return missing(place.path);
  return blockFile(context, place.path, tokens, decodeQuestion(place.question));
}

function budgets(context: VfsContext, path: string): VfsNode {
  return directory(context, path, BUDGETS.map(String));
}

function directory(context: VfsContext, path: string, names: readonly string[]): VfsNode {
  return {
    path,
    attr: async () => virtualAttr({ path, mode: S_IFDIR | 0o555, mtimeNs: context.bornNs }),
    list: async () => names.map((name) => virtualEntry(path, name, 'directory')),
  };
}

/** Empty when nothing is found, so that a script can ask with `[ -s … ]`. */
function blockFile(context: VfsContext, path: string, maxTokens: number, query: string): VfsNode {
  return virtualFile(context, {
    path,
    snapshots: context.blocks,
    ttlMs: AGREED_MS,
    async render() {
      if (query.trim() === '') return Buffer.alloc(0);
      const request = { query, maxTokens, local: true };
      const { rendered } = await context.core.search.context(context.principal, request);
      return Buffer.from(rendered === '' ? '' : `${rendered}\n`);
    },
    whyReadOnly: 'an answer is not written by hand',
  });
}

function missing(path: string): VfsNode {
  return { path, attr: () => Promise.reject(systemError('ENOENT', path)) };
}

function tokensOf(name: string): number | undefined {
  const tokens = /^[1-9]\d{0,5}$/.test(name) ? Number(name) : 0;
  return tokens >= LEAST_TOKENS && tokens <= MOST_TOKENS ? tokens : undefined;
}
