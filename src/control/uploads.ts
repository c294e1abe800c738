import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { VikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import type { PartSink } from './multipart.ts';

/** Largest uploaded file: as much as an archive may unpack to. It is never in memory. */
export const UPLOAD_MAX_BYTES = 4 * 1024 ** 3;
/** How long it waits to be used: the reference's setting. */
const UPLOAD_TTL_MS = 12 * 3600_000;
/** What one user may have waiting: enough for a client that sends a tree file by file, not enough to fill a disk. */
const WAITING_MAX = 100;
const WAITING_MAX_BYTES = 2 * UPLOAD_MAX_BYTES;

interface Upload {
  readonly directory: string;
  readonly path: string;
  readonly owner: string;
  readonly sizeBytes: number;
  /** Undefined while it still arrives. */
  readonly expiresAt?: number;
  readonly timer?: NodeJS.Timeout;
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
  /** Removes an upload once the work that reads it has ended well: a request that was refused is corrected and sent again. */
  consumed<T>(id: string, work: Promise<T>): Promise<T>;
  clear(): Promise<void>;
}

export function createUploads(directory: string, clock: Clock): Uploads {
  const uploads = new Map<string, Upload>();

  async function release(id: string): Promise<void> {
    const upload = uploads.get(id);
    uploads.delete(id);
    clearTimeout(upload?.timer);
    if (upload !== undefined) await rm(upload.directory, { recursive: true, force: true });
  }

  function waitingOf(owner: string): Upload[] {
    return [...uploads.values()].filter((upload) => upload.owner === owner);
  }

  function assertRoom(owner: string): void {
    const waiting = waitingOf(owner);
    const bytes = waiting.reduce((sum, upload) => sum + upload.sizeBytes, 0);
    if (waiting.length < WAITING_MAX && bytes <= WAITING_MAX_BYTES) return;
    throw new VikingError(
      'RESOURCE_EXHAUSTED',
      `${waiting.length} uploads with ${bytes} bytes wait to be used: at most ${WAITING_MAX} and ${WAITING_MAX_BYTES}`,
      {
        hint: 'Import them (POST /api/v1/resources with temp_file_id); what is not used goes after 12 hours.',
      },
    );
  }

  return {
    async create(principal, filename) {
      const owner = ownerOf(principal);
      assertRoom(owner);
      const id = `upload_${randomBytes(16).toString('hex')}`;
      const own = join(directory, id);
      const path = join(own, safeName(filename));
      const arriving: Upload = { directory: own, path, owner, sizeBytes: 0 };
      uploads.set(id, arriving);
      const file = await makeFile(path).catch(async (error: unknown) => {
        await release(id);
        throw error;
      });
      return {
        sink: async (bytes) => {
          await file.writeFile(bytes);
          uploads.set(id, { ...arriving, sizeBytes: (uploads.get(id) ?? arriving).sizeBytes + bytes.length });
        },
        async finish() {
          await file.close();
          const timer = setTimeout(() => void release(id).catch(() => undefined), UPLOAD_TTL_MS).unref();
          const { sizeBytes } = uploads.get(id) ?? arriving;
          uploads.set(id, { ...arriving, sizeBytes, timer, expiresAt: clock.now() + UPLOAD_TTL_MS });
          return id;
        },
        async discard() {
          await file.close().catch(() => undefined);
          await release(id);
        },
      };
    },
    claim(principal, id) {
      const upload = uploads.get(id);
      const isUsable = upload?.owner === ownerOf(principal) && (upload.expiresAt ?? 0) > clock.now();
      if (upload === undefined || !isUsable) {
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
      const result = await work;
      await release(id);
      return result;
    },
    async clear() {
      for (const { timer } of uploads.values()) clearTimeout(timer);
      uploads.clear();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function makeFile(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  return open(path, 'wx', 0o600);
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
