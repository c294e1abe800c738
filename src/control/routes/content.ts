import { readQuery, reindexBody, uriQuery, writeBody } from '../../api/schemas/index.ts';
import { withDeadline } from '../../base/deadline.ts';
import type { Core, LayerLevel } from '../../core/core.ts';
import { VikingError } from '../../errors/index.ts';
import { type Ask, type Handler, RawAnswer } from '../ask.ts';
import { refuseLater } from '../later.ts';

/** `/api/v1/content` */
export function contentRoutes(core: Core) {
  const layer = (level: LayerLevel): Handler => {
    return async ({ principal, query }: Ask) => {
      const uri = core.files.parseUri(principal, query(uriQuery).uri);
      return (await core.layers.read(principal, uri, level)).text;
    };
  };

  return {
    async read({ principal, query }) {
      const q = query(readQuery);
      return core.files.readLines(principal, core.files.parseUri(principal, q.uri), q.offset, q.limit);
    },

    abstract: layer('abstract'),
    overview: layer('overview'),

    async download({ principal, query }) {
      const uri = core.files.parseUri(principal, query(uriQuery).uri);
      const bytes = await core.files.read(principal, uri);
      return new RawAnswer(
        200,
        {
          'content-type': 'application/octet-stream',
          'content-disposition': `attachment; filename*=UTF-8''${encodeRfc5987(uri.name)}`,
        },
        bytes,
      );
    },

    async write({ principal, body }) {
      const b = await body(writeBody);
      const uri = core.files.parseUri(principal, b.uri);
      const data =
        b.content === undefined ? Buffer.from(b.content_base64 ?? '', 'base64') : Buffer.from(b.content);
      const work = core.files.write(principal, uri, data, {
        mode: b.mode,
        parents: b.create_parent,
        wait: b.wait,
      });
      return b.wait && b.timeout !== undefined
        ? withDeadline(work, b.timeout * 1_000, `writing ${uri}`)
        : work;
    },

    async reindex({ principal, body }) {
      const b = await body(reindexBody);
      refuseLater(b, ['tags', 'tag_mode']);
      if (b.dry_run || !b.wait || !b.recursive || b.mode === 'prune_orphans') {
        throw new VikingError(
          'UNIMPLEMENTED',
          'reindex: only whole subtrees, and only while you wait, in this version',
          {
            hint: 'Leave dry_run, wait and recursive at their defaults; mode is vectors_only or semantic_and_vectors.',
          },
        );
      }
      const uri = core.files.parseUri(principal, b.uri);
      return { uri: String(uri), status: 'complete', ...(await core.system.reindex(principal, uri)) };
    },
  } satisfies Record<string, Handler>;
}

/** `attr-char` of RFC 5987: what encodeURIComponent leaves alone and a header parameter may not hold. */
function encodeRfc5987(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
