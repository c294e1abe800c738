import type { RelationResult } from '../../api/results.ts';
import { VikingError } from '../../errors/index.ts';
import { assertAccess } from '../../tenancy/index.ts';
import type { VikingUri } from '../../uri/index.ts';
import type { VfsContext } from '../context.ts';
import { editableFile } from '../editable-file.ts';
import { systemError } from '../fault.ts';
import { type DirectoryPlace, uriOf } from '../locate.ts';
import type { VfsNode } from '../node.ts';
import { virtualFile } from '../virtual-file.ts';
import { assertDirectory } from './directory.ts';
import { decode } from './layer-file.ts';
import { jsonText } from './meta-file.ts';

const SHAPE =
  'Write a JSON array: [{"uri": "viking://resources/a.md", "reason": "why they belong together"}].';

interface Link {
  readonly uri: VikingUri;
  readonly reason: string;
}

/** `.relations.json`: links of a directory to related entries. Writing the edited array applies the difference. */
export function relationsFile(context: VfsContext, path: string, directory: DirectoryPlace): VfsNode {
  const { core, principal } = context;
  const from = uriOf(directory.segments);
  if (from === undefined) {
    const render = () => Promise.reject(systemError('ENOENT', path));
    return virtualFile(context, { path, render, whyReadOnly: 'the directory has no URI' });
  }

  async function apply(wanted: readonly Link[]): Promise<void> {
    await assertDirectory(context, directory, path);
    const current = new Map(
      (await core.relations.list(principal, from!)).map((link) => [link.uri, link.reason]),
    );
    const kept = new Set(wanted.map((link) => String(link.uri)));
    const byReason = new Map<string, VikingUri[]>();
    for (const { uri, reason } of wanted) {
      if (current.get(String(uri)) === reason) continue;
      byReason.set(reason, [...(byReason.get(reason) ?? []), uri]);
    }
    for (const [reason, targets] of byReason) await core.relations.link(principal, from!, targets, reason);
    for (const uri of current.keys()) {
      if (!kept.has(uri)) await core.relations.unlink(principal, from!, core.files.parseUri(principal, uri));
    }
  }

  return editableFile(context, {
    path,
    async render() {
      await assertDirectory(context, directory, path);
      const links: readonly RelationResult[] = await core.relations.list(principal, from);
      return jsonText(links.map(({ uri, reason }) => ({ uri, reason })));
    },
    take: async (bytes) => apply(parseLinks(context, decode(bytes, path), path)),
    remove: () => apply([]),
  });
}

/** @throws EINVAL naming the entry that is wrong; nothing is applied then */
function parseLinks(context: VfsContext, text: string, path: string): Link[] {
  if (text.trim() === '') return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`${path}: not JSON: ${(error as Error).message}`, error);
  }
  if (!Array.isArray(value)) throw invalid(`${path}: not an array`);
  return value.map((entry: unknown, index) => {
    const { uri, reason = '' } = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<
      string,
      unknown
    >;
    if (typeof uri !== 'string' || typeof reason !== 'string') {
      throw invalid(`${path}: entry ${index + 1} needs a "uri" and a "reason", both text`);
    }
    const target = context.core.files.parseUri(context.principal, uri);
    assertAccess(context.principal, target, 'read');
    return { uri: target, reason };
  });
}

function invalid(message: string, cause?: unknown): VikingError {
  return new VikingError('INVALID_ARGUMENT', message, {
    hint: SHAPE,
    ...(cause === undefined ? {} : { cause }),
  });
}
