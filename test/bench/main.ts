/** `npm run bench -- SUBJECT [options]`: prints a table of ratios and, with `--json FILE`, writes the numbers. */

/** What can be measured, and the module whose `run(args)` does it. */
const SUBJECTS: Record<string, { readonly module: string; readonly about: string }> = {
  fs: { module: './fs.ts', about: 'the mount against the same operations on the disk below it' },
  index: {
    module: './index.ts',
    about: 'throughput, memory, start and latency of the index at 10,000 and 100,000 passages',
  },
  retrieval: { module: './retrieval.ts', about: 'recall and ranking on labelled sets' },
  api: { module: './api.ts', about: 'requests a second and their latency while files are being indexed' },
  sessions: {
    module: './sessions.ts',
    about: 'appends to a session through the mount, against a plain file',
  },
  endpoints: {
    module: './endpoints.ts',
    about: 'plain and magic reads through a mount while model endpoints fail in every way',
  },
  layers: {
    module: './layers.ts',
    about: 'routing quality of abstracts and overviews on any tree (--tree DIR)',
  },
};

const [subject, ...args] = process.argv.slice(2);
const found = subject === undefined ? undefined : SUBJECTS[subject];
if (found === undefined) {
  const names = Object.entries(SUBJECTS).map(([name, row]) => `  ${name.padEnd(10)} ${row.about}`);
  process.stderr.write(`usage: npm run bench -- SUBJECT [options]\n${names.join('\n')}\n`);
  process.exit(2);
}
const bench = (await import(found.module)) as { run(args: readonly string[]): Promise<void> };
await bench.run(args);
