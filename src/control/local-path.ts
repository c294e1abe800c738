import { isAbsolute } from 'node:path';
import { VikingError } from '../errors/index.ts';
import type { Ask } from './ask.ts';

/**
 * A path of the daemon's machine that a request names. Only the socket takes one, from the daemon's own user: they could
 * read the file anyway; who came there with a user's key could not.
 * @throws PERMISSION_DENIED over TCP and for others, INVALID_ARGUMENT for a relative path, UNIMPLEMENTED for a URL
 */
export function localPath({ listener, owner }: Pick<Ask, 'listener' | 'owner'>, path: string): string {
  if (/^([a-z][a-z0-9+.-]*:\/\/|git@)/i.test(path)) {
    throw new VikingError(
      'UNIMPLEMENTED',
      `path ${path}: sources of this kind are not available in this version`,
      {
        hint: 'Download or clone it, then import the file or directory.',
      },
    );
  }
  if (listener === 'tcp' || owner.role !== 'root') {
    const why = listener === 'tcp' ? 'not over TCP' : "only for the daemon's owner";
    throw new VikingError('PERMISSION_DENIED', `path ${JSON.stringify(path)}: ${why}`, {
      hint: 'Upload the file: POST /api/v1/resources/temp_upload, then give its temp_file_id.',
    });
  }
  if (isAbsolute(path)) return path;
  throw new VikingError('INVALID_ARGUMENT', `path ${JSON.stringify(path)} is relative`, {
    hint: 'Give an absolute path of the machine the daemon runs on.',
  });
}
