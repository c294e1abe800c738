import { layerQuery, readQuery, reindexBody, uriQuery, writeBody } from '../../api/schemas/index.ts';
import { withDeadline } from '../../base/deadline.ts';
import type { Core, LayerLevel } from '../../core/core.ts';
import { VikingError } from '../../errors/index.ts';
import { type Ask, type Handler, RawAnswer } from '../ask.ts';
import { writtenUri } from '../written-uri.ts';

/** `/api/v1/content` */
export function contentRoutes(core: Core) {
  const layer = (level: LayerLevel): Handler => {
    return async ({ principal, query }: Ask) => {
      const q = query(layerQuery);
      const uri = core.files.parseUri(principal, q.uri);
      if (!q.wait) return (await core.layers.read(principal, uri, level)).text;
      const timeoutMs = q.timeout === undefined ? undefined : q.timeout * 1_000;
      return (await core.layers.readFresh(principal, uri, level, timeoutMs)).text;
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
      const file = await core.files.open(principal, uri);
      return new RawAnswer(
        200,
        {
          'content-type': 'application/octet-stream',
          'content-length': String(file.sizeBytes),
          etag: `"${file.etag}"`,
          'content-disposition': `attachment; filename*=UTF-8''${encodeRfc5987(uri.name)}`,
        },
        file.stream(),
      );
    },

    async write({ principal, body }) {
      const b = await body(writeBody);
      const uri = writtenUri(core, principal, b.uri);
      const data =
        b.content === undefined ? Buffer.from(b.content_base64 ?? '', 'base64') : Buffer.from(b.content);
      const written = core.files.write(principal, uri, data, {
        mode: b.mode,
        parents: b.create_parent,
        wait: b.wait,
      });
      const work = written.then(async (result) => ({
        ...result,
        queue_status: b.wait ? await core.system.queues() : null,
      }));
      return b.wait && b.timeout !== undefined
        ? withDeadline(work, b.timeout * 1_000, `writing ${uri}`)
        : work;
    },

    async reindex({ principal, body }) {
      const b = await body(reindexBody);
      const uri = core.files.parseUri(principal, b.uri);
      const about = { uri: String(uri), mode: b.mode };
      if (!b.recursive && (await core.files.stat(principal, uri)).isDir) {
        throw new VikingError('UNIMPLEMENTED', `recursive=false: ${uri} is a directory`, {
          hint: 'A directory is rebuilt with all that is below it; name single files instead.',
          details: { fields: ['recursive'] },
        });
      }
      if (b.dry_run) {
        const entries = await core.system.reindexable(principal, uri);
        return { ...about, status: 'dry_run', dry_run: true, entries };
      }
      if (b.tags !== undefined) {
        const how = { tags: b.tags, mode: b.tag_mode, recursive: b.recursive };
        await core.attributes.setTags(principal, uri, how);
      }
      if (!b.wait) {
        const task = await core.system.reindexLater(principal, uri, b.mode);
        return { ...about, status: 'accepted', task_id: task.task_id };
      }
      return { ...about, status: 'complete', ...(await core.system.reindex(principal, uri, b.mode)) };
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
