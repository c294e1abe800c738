import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** What a program does that depends on the package: it imports it by its name and gets what was built. */
const CONSUMER = `
  import { createClient } from 'vikingfs/client';
  const client = createClient({ baseUrl: 'http://127.0.0.1:9', key: 'k' });
  const code = await client.status().catch((error) => error.code);
  console.log(import.meta.resolve('vikingfs/client').endsWith('/dist/client/index.js'), code);
`;

it.runIf(process.env['VIKINGFS_TEST_BUILT'] === '1')('is imported from the built package', async () => {
  const args = ['--input-type=module', '--eval', CONSUMER];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, timeout: 30_000 });
  expect(stdout).toBe('true UNAVAILABLE\n');
});
