import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';

const GIB = 1024 ** 3;
/** Buffers of the sockets and garbage not collected yet; a body kept in memory would be ten times that. */
const GROWTH_MAX_BYTES = 160 * 1024 ** 2;

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(() => daemon.close());

/** Highest resident memory the daemon ever had. */
function peakBytes(): number {
  const status = readFileSync(`/proc/${daemon.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) * 1_024;
}

it('takes an upload of 1 GiB, and gives a file of 256 MiB, without growing', async () => {
  const path = join(daemon.dir, 'large.bin');
  writeFileSync(path, '');
  truncateSync(path, GIB);
  const before = peakBytes();
  const { temp_file_id } = await daemon.client.upload(path);
  expect(temp_file_id).toMatch(/^upload_/);
  expect(peakBytes() - before).toBeLessThan(GROWTH_MAX_BYTES);

  const content = join(daemon.home, 'content/default/resources/large.bin');
  writeFileSync(content, '');
  truncateSync(content, GIB / 4);
  expect(await received('/api/v1/content/download?uri=viking://resources/large.bin')).toBe(GIB / 4);
  expect(peakBytes() - before).toBeLessThan(GROWTH_MAX_BYTES);
}, 60_000);

/** Length of a body, read and thrown away. */
function received(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { socketPath: daemon.socketPath, path, headers: { host: 'localhost' } },
      (response) => {
        let length = 0;
        response.on('data', (piece: Buffer) => (length += piece.length));
        response.on('end', () => resolve(length));
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}
