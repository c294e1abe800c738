import { defineConfig } from 'vitest/config';

/** Mount, crash and CLI suites start real daemons, which mostly wait: they run in child processes, two files at a time. */
const processSuite = {
  pool: 'forks' as const,
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    maxWorkers: 2,
    globalSetup: ['test/helpers/global-setup.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/arch/**/*.test.ts'],
          testTimeout: 20_000,
          // A hook that opens a core starts a thread, which takes long where other programs want both cores.
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: { name: 'contract', include: ['test/contract/**/*.test.ts'], testTimeout: 20_000 },
      },
      {
        extends: true,
        test: { name: 'property', include: ['test/property/**/*.test.ts'], testTimeout: 60_000 },
      },
      {
        extends: true,
        test: { name: 'conformance', include: ['test/conformance/**/*.test.ts'], ...processSuite },
      },
      { extends: true, test: { name: 'mount', include: ['test/mount/**/*.test.ts'], ...processSuite } },
      { extends: true, test: { name: 'http', include: ['test/http/**/*.test.ts'], ...processSuite } },
      { extends: true, test: { name: 'cli', include: ['test/cli/**/*.test.ts'], ...processSuite } },
      { extends: true, test: { name: 'crash', include: ['test/crash/**/*.test.ts'], ...processSuite } },
    ],
  },
});
