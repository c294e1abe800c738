import { randomBytes } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { VikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import type { PartSink } from './multipart.ts';

/** Largest uploaded file: as much as an archive may unpack to. It is never in memory. */
export const UPLOAD_MAX_BYTES = 4 * 1024 ** 3;
/** How long it waits to be used: the reference's setting. */
const UPLOAD_TTL_MS = 12 * 3600_000;

interface Upload {
  readonly directory: string;
  readonly path: string;
  readonly owner: string;
  readonly expiresAt: number;
}

export interface UploadTarget {
  readonly sink: PartSink;
  /** Makes the file usable and answers its id. */
  finish(): Promise<string>;
  discard(): Promise<void>;
}

/** Files sent ahead of the request that uses them. They belong to who sent them and do not outlive the daemon. */
export interface Uploads {
  create(principal: Principal, filename: string): Promise<UploadTarget>;
  /** Path of an upload. @throws PERMISSION_DENIED when it is unknown, expired or somebody else's */
  claim(principal: Principal, id: string): string;
  /** Removes an upload once the work that reads it has ended, well or not; answers what the work answers. */
  consumed<T>(id: string, work: Promise<T>): Promise<T>;
  clear(): Promise<void>;
}

export function createUploads(directory: string, clock: Clock): Uploads {
  const uploads = new Map<string, Upload>();

  async function release(id: string): Promise<void> {
    const upload = uploads.get(id);
    uploads.delete(id);
    if (upload !== undefined) await rm(upload.directory, { recursive: true, force: true });
  }

  async function releaseExpired(): Promise<void> {
    const now = clock.now();
    for (const [id, upload] of uploads) if (upload.expiresAt <= now) await release(id);
  }

  return {
    async create(principal, filename) {
      await releaseExpired();
      const id = `upload_${randomBytes(16).toString('hex')}`;
      const own = join(directory, id);
      await mkdir(own, { recursive: true, mode: 0o700 });
      const path = join(own, safeName(filename));
      const file = await open(path, 'wx', 0o600);
      return {
        sink: async (bytes) => {
          await file.writeFile(bytes);
        },
        async finish() {
          await file.close();
          uploads.set(id, {
            directory: own,
            path,
            owner: ownerOf(principal),
            expiresAt: clock.now() + UPLOAD_TTL_MS,
          });
          return id;
        },
        async discard() {
          await file.close().catch(() => undefined);
          await rm(own, { recursive: true, force: true });
        },
      };
    },
    claim(principal, id) {
      const upload = uploads.get(id);
      if (upload === undefined || upload.owner !== ownerOf(principal) || upload.expiresAt <= clock.now()) {
        throw new VikingError(
          'PERMISSION_DENIED',
          `temp_file_id ${JSON.stringify(id.slice(0, 100))} is not yours or has expired`,
          {
            hint: 'Upload the file again: POST /api/v1/resources/temp_upload.',
          },
        );
      }
      return upload.path;
    },
    async consumed(id, work) {
      try {
        return await work;
      } finally {
        await release(id);
      }
    },
    async clear() {
      uploads.clear();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function ownerOf(principal: Principal): string {
  return `${principal.account}/${principal.user}`;
}

/** The sender's name for the file, so that the resource is called after it, without any path. */
function safeName(filename: string): string {
  const name = basename(filename.replaceAll('\\', '/')).replaceAll('\0', '');
  const usable = name !== '' && name !== '.' && name !== '..' && Buffer.byteLength(name) <= 255;
  return usable ? name : 'upload';
}
