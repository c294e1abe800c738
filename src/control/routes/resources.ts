import { isAbsolute } from 'node:path';
import type { z } from 'zod';
import type { AddResourceResult } from '../../api/results.ts';
import { addResourceBody, LATER_IN_ADD_RESOURCE } from '../../api/schemas/index.ts';
import { withDeadline } from '../../base/deadline.ts';
import type { AddResourceOptions, Core } from '../../core/core.ts';
import { VikingError } from '../../errors/index.ts';
import type { Principal } from '../../tenancy/index.ts';
import type { Handler } from '../ask.ts';
import { boundedBody } from '../body.ts';
import { refuseLater } from '../later.ts';
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

    async addResource({ principal, body }) {
      const b = await body(addResourceBody);
      refuseUnsupported(b);
      const source = sourceOf(principal, b, uploads);
      const work = core.resources.add(principal, source, optionsOf(core, principal, b));
      const result = await (b.wait && b.timeout !== undefined
        ? withDeadline(work, b.timeout * 1_000, `importing ${source}`)
        : work);
      if (b.temp_file_id !== undefined) await uploads.release(b.temp_file_id);
      return withNotes(result, b);
    },
  } satisfies Record<string, Handler>;
}

function refuseUnsupported(b: Body): void {
  refuseLater(b, LATER_IN_ADD_RESOURCE);
  if (b.args !== undefined && Object.keys(b.args).length > 0) refuseLater(b, ['args']);
  if (b.watch_interval > 0) refuseLater(b, ['watch_interval']);
  if (b.to !== undefined && b.parent !== undefined) {
    throw new VikingError('INVALID_ARGUMENT', 'to and parent: give one of them, not both');
  }
}

/**
 * The path to import. Only this door takes a path of the daemon's machine: who opens a socket with mode 0600 is the
 * daemon's own user, and could read the file anyway.
 */
function sourceOf(principal: Principal, b: Body, uploads: Uploads): string {
  if (b.temp_file_id !== undefined) return uploads.claim(principal, b.temp_file_id);
  if (b.path === undefined) throw new VikingError('INVALID_ARGUMENT', 'path or temp_file_id: required');
  if (/^([a-z][a-z0-9+.-]*:\/\/|git@)/i.test(b.path)) {
    throw new VikingError(
      'UNIMPLEMENTED',
      `path ${b.path}: remote sources are not available in this version`,
      {
        hint: 'Download or clone it, then import the file or directory.',
      },
    );
  }
  if (isAbsolute(b.path)) return b.path;
  throw new VikingError('INVALID_ARGUMENT', `path ${JSON.stringify(b.path)} is relative`, {
    hint: 'Give an absolute path of the machine the daemon runs on.',
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
  if (given.length === 0) return result;
  return { ...result, warnings: [...result.warnings, `${given.join(', ')}: no effect without a chat model`] };
}
