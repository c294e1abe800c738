import type { z } from 'zod';
import type { AddResourceResult, WatchResult } from '../../api/results.ts';
import { addResourceBody } from '../../api/schemas/index.ts';
import { withDeadline } from '../../base/deadline.ts';
import { type AddResourceOptions, type Core, isRemoteSource, sourceText } from '../../core/index.ts';
import { VikingError } from '../../errors/index.ts';
import type { Principal } from '../../tenancy/index.ts';
import type { Ask, Handler } from '../ask.ts';
import { boundedBody } from '../body.ts';
import { refuseLater } from '../later.ts';
import { localPath } from '../local-path.ts';
import { type PartHead, readMultipart } from '../multipart.ts';
import { UPLOAD_MAX_BYTES, type Uploads, type UploadTarget } from '../uploads.ts';

type Body = z.infer<typeof addResourceBody>;

/** `/api/v1/resources` */
export function resourceRoutes(core: Core, uploads: Uploads) {
  return {
    async tempUpload({ principal, incoming }) {
      const files: UploadTarget[] = [];
      const open = async (head: PartHead) => {
        if (head.name !== 'file' || files.length > 0) {
          throw new VikingError('INVALID_ARGUMENT', `unexpected file field ${JSON.stringify(head.name)}`, {
            hint: 'Send one file, in the field "file".',
          });
        }
        const target = await uploads.create(principal, head.filename ?? '');
        files.push(target);
        return target.sink;
      };
      try {
        await readMultipart(boundedBody(incoming, UPLOAD_MAX_BYTES), incoming.headers['content-type'], open);
      } catch (error) {
        for (const file of files) await file.discard();
        throw error;
      }
      const [file] = files;
      if (file === undefined) throw new VikingError('INVALID_ARGUMENT', 'file: required');
      return { temp_file_id: await file.finish() };
    },

    async addResource(ask) {
      const { principal } = ask;
      const b = await ask.body(addResourceBody);
      refuseUnsupported(b);
      const source = sourceOf(ask, b, uploads);
      const result = await whileAsked(ask, (signal) => {
        const work = core.resources.add(principal, source, {
          ...optionsOf(core, principal, b),
          signals: [signal],
        });
        const settled = b.temp_file_id === undefined ? work : uploads.consumed(b.temp_file_id, work);
        const what = `importing ${b.temp_file_id === undefined ? sourceText(source) : 'the upload'}`;
        return b.wait && b.timeout !== undefined ? withDeadline(settled, b.timeout * 1_000, what) : settled;
      });
      if (b.tags !== undefined) {
        const labels = { tags: b.tags, mode: b.tag_mode ?? 'replace', recursive: true } as const;
        await core.attributes.setTags(principal, core.files.parseUri(principal, result.root_uri), labels);
      }
      const watch = await watched(core, principal, b, { source, root: result.root_uri });
      const told = {
        ...result,
        ...(watch === undefined ? {} : { watch_task_id: watch.task_id }),
        ...(b.wait ? { queue_status: await core.system.queues() } : {}),
      };
      return withNotes(told, b);
    },
  } satisfies Record<string, Handler>;
}

/** Runs `work` with a signal that aborts when the client leaves before it has its answer. */
async function whileAsked<T>(ask: Ask, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let isOver = false;
  ask.afterAnswer(() => {
    if (!isOver) controller.abort(new VikingError('CLOSING', 'the client left'));
  });
  try {
    return await work(controller.signal);
  } finally {
    isOver = true;
  }
}

function refuseUnsupported(b: Body): void {
  refuseLater(b, ['add_type']);
  if (b.watch_interval > 0 && b.temp_file_id !== undefined) {
    throw new VikingError(
      'INVALID_ARGUMENT',
      'watch_interval: an upload does not change, so it cannot be watched',
      {
        hint: 'Give the address of a file, or the path of a directory on the machine of the daemon.',
      },
    );
  }
  if (b.to !== undefined && b.parent !== undefined) {
    throw new VikingError('INVALID_ARGUMENT', 'to and parent: give one of them, not both');
  }
}

function sourceOf(ask: Ask, b: Body, uploads: Uploads): string {
  if (b.temp_file_id !== undefined) return uploads.claim(ask.principal, b.temp_file_id);
  if (b.path === undefined) throw new VikingError('INVALID_ARGUMENT', 'path or temp_file_id: required');
  return isRemoteSource(b.path) ? b.path : localPath(ask, b.path);
}

async function watched(
  core: Core,
  principal: Principal,
  b: Body,
  { source, root }: { readonly source: string; readonly root: string },
): Promise<WatchResult | undefined> {
  if (b.watch_interval <= 0) return undefined;
  return core.watches.add(principal, {
    path: source,
    to: core.files.parseUri(principal, root),
    intervalMinutes: b.watch_interval,
    ...(b.reason === undefined ? {} : { reason: b.reason }),
    ...(b.instruction === undefined ? {} : { instruction: b.instruction }),
  });
}

function optionsOf(core: Core, principal: Principal, b: Body): AddResourceOptions {
  return {
    ...(b.to === undefined ? {} : { to: core.files.parseUri(principal, b.to) }),
    ...(b.parent === undefined ? {} : { parent: core.files.parseUri(principal, b.parent) }),
    createParent: b.create_parent,
    ...(b.source_name === undefined ? {} : { sourceName: b.source_name }),
    wait: b.wait,
    strict: b.strict,
    ...(b.include === undefined ? {} : { include: b.include }),
    ...(b.exclude === undefined ? {} : { exclude: b.exclude }),
    ...(b.ignore_dirs === undefined ? {} : { ignoreDirs: b.ignore_dirs }),
  };
}

/** What was asked for and had no effect is said, not swallowed. */
function withNotes(result: AddResourceResult, b: Body): AddResourceResult {
  const given = (['reason', 'instruction'] as const).filter(
    (field) => b[field] !== undefined && b[field] !== '',
  );
  // Names only: values of `args` may be credentials.
  const args = Object.keys(b.args ?? {}).map((name) => `args.${name}`);
  const kept = [
    ...(b.directly_upload_media ? [] : ['directly_upload_media']),
    ...(b.preserve_structure === false ? ['preserve_structure'] : []),
  ];
  const notes = [
    ...(kept.length === 0 ? [] : [`${kept.join(', ')}: no effect, files are kept as they are`]),
    ...(given.length === 0 ? [] : [`${given.join(', ')}: no effect without a chat model`]),
    ...(args.length === 0 ? [] : [`${args.join(', ')}: no effect on a file or directory`]),
  ];
  return notes.length === 0 ? result : { ...result, warnings: [...result.warnings, ...notes] };
}
