import { fileURLToPath } from 'node:url';

/**
 * Arguments for Node.js that run an entry of ours: from source, or from `dist/` when `VIKINGFS_TEST_BUILT=1` says that
 * it was just built (what users run, and it starts faster).
 */
export function programOf(entry: 'cli' | 'daemon'): string[] {
  if (process.env['VIKINGFS_TEST_BUILT'] === '1') {
    return [fileURLToPath(new URL(`../../dist/${entry}/main.js`, import.meta.url))];
  }
  return [
    '--import',
    import.meta.resolve('tsx'),
    fileURLToPath(new URL(`../../src/${entry}/main.ts`, import.meta.url)),
  ];
}
