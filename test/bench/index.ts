import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { withTempDir } from '../helpers/temp-dir.ts';
import { daemonRun, type RunResult } from './index/daemon-run.ts';

/**
 * `npm run bench -- index [--passages 10000,100000] [--with words,vectors] [--questions 300] [--mount]
 * [--home DIR] [--json FILE]`: throughput, memory, start-up and latency of a whole daemon through its socket, over made-up
 * prose whose words follow Zipf's law. `vectors` adds 1,024 dimensions from an endpoint on loopback; `--mount` asks by
 * path as well. `--home` keeps what was indexed in `DIR`; the next run then begins with the restart.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      passages: { type: 'string', default: '10000,100000' },
      with: { type: 'string', default: 'words,vectors' },
      questions: { type: 'string', default: '300' },
      mount: { type: 'boolean', default: false },
      home: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const runs: RunResult[] = [];
  for (const passages of values.passages.split(',').map(Number)) {
    for (const kind of values.with.split(',')) {
      const measure = (dir: string) =>
        daemonRun(dir, {
          passages,
          vectors: kind === 'vectors',
          questions: Number(values.questions),
          mount: values.mount,
        });
      // Each on a disk of its own, so that a table of one is in no cache of another.
      const result = await (values.home === undefined ? withTempDir(measure) : measure(values.home));
      runs.push(result);
      process.stdout.write(`\n${passages} passages, ${kind}\n${table(result)}\n`);
    }
  }
  if (values.json !== undefined) await writeFile(values.json, JSON.stringify(runs, null, 1));
}

function table(result: RunResult): string {
  return Object.entries(result)
    .map(([name, value]) => `  ${name.padEnd(22)}${String(value).padStart(10)}`)
    .join('\n');
}
