import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../../scripts/native-sanitize', import.meta.url));
const hasCompiler = spawnSync('g++', ['--version']).status === 0;
const TIMEOUT_MS = 240_000;

/** The native parts without a mount, under the sanitizers: see native/test/main.cpp. */
describe.skipIf(!hasCompiler)('native code under sanitizers', () => {
  it.each(['address,undefined', 'thread'])(
    'has no fault with %s',
    async (kind) => {
      const said = await new Promise<string>((resolve) => {
        execFile(SCRIPT, [kind], { timeout: TIMEOUT_MS }, (error, out, err) =>
          resolve(error === null ? out : `${error.message}\n${out}\n${err}`),
        );
      });
      expect(said).toBe(`sanitizer ${kind}:\nnative tests passed\n`);
    },
    TIMEOUT_MS,
  );
});
