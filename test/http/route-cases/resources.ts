import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Caller, RouteWorld } from '../../helpers/route-world.ts';
import { badAddresses, type CasesOf, FILE, type RouteCase } from './route-case.ts';

const ROOT_KEY = { as: 'root' } as const;

/** A `multipart/form-data` body with one file. */
export function form(name: string, text: string, field = 'file') {
  const disposition = `Content-Disposition: form-data; name="${field}"; filename="${name}"`;
  return {
    type: 'multipart/form-data; boundary=b1',
    bytes: `--b1\r\n${disposition}\r\nContent-Type: text/plain\r\n\r\n${text}\r\n--b1--\r\n`,
  };
}

export async function uploaded({ result }: RouteWorld, caller: Caller, name = 'up.md'): Promise<string> {
  const { temp_file_id } = await result(caller, 'tempUpload', { body: form(name, `# ${name}\n`) });
  return String(temp_file_id);
}

/** Imports a fresh upload of bob's, asked for in this way. */
const imported = (json: object): RouteCase => ({
  given: async (world) => ({ json: { temp_file_id: await uploaded(world, 'bob'), ...json } }),
});

const bad = badAddresses('to', { json: {} });

export const resourceCases: CasesOf<'tempUpload' | 'addResource'> = {
  tempUpload: {
    ok: { body: form('a.md', 'x'), result: { temp_file_id: expect.any(String) } },
    errors: {
      INVALID_ARGUMENT: [
        {},
        { json: { file: 'x' } },
        { body: form('a.md', 'x', 'document') },
        { body: { type: 'multipart/form-data', bytes: 'x' } },
        { body: { type: 'multipart/form-data; boundary=b1', bytes: '--b1\r\n' } },
        { body: { type: 'multipart/form-data; boundary=b1', bytes: '--b1--\r\n' } },
      ],
      PERMISSION_DENIED: { ...ROOT_KEY, body: form('a.md', 'x') },
      RESOURCE_EXHAUSTED: {
        as: 'zoe',
        body: form('one-more.md', 'x'),
        async given(world) {
          for (let sent = 0; sent < 100; sent++) await uploaded(world, 'zoe');
        },
      },
    },
  },
  addResource: {
    ok: {
      ...imported({ path: null, to: null, parent: null, source_name: 'manual', wait: true, timeout: 30 }),
      result: {
        status: 'success',
        root_uri: 'viking://resources/manual',
        files: 1,
        queue_status: { Embedding: { error_count: 0 } },
      },
    },
    errors: {
      INVALID_URI: [
        imported({ to: 'viking://nowhere' }),
        imported({ to: 'viking://user/memories/x' }),
        imported({ parent: 'viking://agent/skills' }),
      ],
      NAME_TOO_LONG: imported(bad.NAME_TOO_LONG.json as object),
      PERMISSION_DENIED: [
        { ...ROOT_KEY, json: {} },
        { json: { temp_file_id: 'upload_nobodys' } },
        { json: { temp_file_id: '../../etc/passwd' } },
        { given: async (world) => ({ json: { temp_file_id: await uploaded(world, 'ann') } }) },
        { json: { path: '/etc/passwd' } },
        { json: { path: 'http://127.0.0.1/a.md' } },
        { json: { path: 'http://[::1]:1/a.md', to: 'viking://resources/x' } },
        imported({ to: 'viking://user/ann/resources/x' }),
        imported({ parent: 'viking://user/ann/resources' }),
      ],
      INVALID_ARGUMENT: [
        { json: {} },
        { json: { temp_file_id: '' } },
        imported({ to: 'viking://resources/x', parent: 'viking://resources' }),
        imported({ watch_interval: 5 }),
        imported({ watch_interval: -1 }),
        ...[1e-9, 0.5, 525_601, 1e300].map((watch_interval) => ({
          as: 'owner' as const,
          json: { path: '/nowhere', watch_interval },
        })),
        imported({ tag_mode: 'merge' }),
        { as: 'owner', json: { path: 'relative' } },
      ],
      NOT_FOUND: [
        imported({ parent: 'viking://resources/no/such' }),
        { as: 'owner', json: { path: '/nowhere' } },
      ],
      NOT_DIRECTORY: imported({ parent: FILE }),
      ALREADY_EXISTS: imported({ to: FILE }),
      CONFLICT: {
        as: 'owner',
        async given({ daemon, result }) {
          const [one, two] = ['one', 'two'].map((name) => join(daemon.dir, name));
          for (const path of [one!, two!]) {
            await mkdir(path, { recursive: true });
            await writeFile(join(path, 'x.md'), 'x');
          }
          const to = 'viking://resources/watched-by-one';
          await result('owner', 'addResource', { json: { path: one, to, watch_interval: 60 } });
          return { json: { path: two, to, watch_interval: 60 } };
        },
      },
      UNIMPLEMENTED: [
        { json: { path: 'https://example.org/a.git' } },
        { json: { path: 'git@example.org:a/b.git' } },
        imported({ add_type: 'connector' }),
      ],
    },
  },
};
