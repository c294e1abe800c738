/**
 * Retrieval quality as users get it: texts are added as sessions and resources, and asked for by `find`. The labelled
 * sets are not part of the project: `--data DIR` (or VIKINGFS_BENCH_DATA) holds `locomo/*.json` and `cranfield/`. With
 * `--tree DIR` known-item questions are made from the headings of any tree. `--models` compares words alone with words
 * fused with vectors of two simulated endpoints. `--json FILE` keeps the numbers.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cranfield, cranfieldSet } from './retrieval/cranfield.ts';
import { fused } from './retrieval/fused.ts';
import { locomo, locomoFiles } from './retrieval/locomo.ts';
import { type Row, table } from './retrieval/metrics.ts';
import { tree } from './retrieval/tree.ts';

export async function run(args: readonly string[] = []): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      tree: { type: 'string' },
      json: { type: 'string' },
      models: { type: 'boolean', default: false },
    },
  });
  const rows: Row[] = [];
  const data = values.data ?? positionals[0] ?? process.env['VIKINGFS_BENCH_DATA'];
  if (data !== undefined) rows.push(...(await (values.models ? withModels(data) : labelled(data))));
  if (values.tree !== undefined) rows.push(...(await tree(values.tree)));
  if (data === undefined && values.tree === undefined) {
    process.stdout.write('retrieval: nothing to measure; say --data DIR with labelled sets, or --tree DIR\n');
    return;
  }
  process.stdout.write(table(rows));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
}

async function labelled(data: string): Promise<Row[]> {
  const rows: Row[] = [];
  const conversations = join(data, 'locomo');
  const files = existsSync(conversations) ? readdirSync(conversations) : [];
  for (const file of files.filter((name) => name.endsWith('.json'))) {
    rows.push(...(await locomo(join(conversations, file))));
  }
  if (existsSync(join(data, 'cranfield'))) rows.push(...(await cranfield(join(data, 'cranfield'))));
  if (rows.length === 0) process.stdout.write(`retrieval: no labelled set is in ${data}\n`);
  return rows;
}

async function withModels(data: string): Promise<Row[]> {
  const sets = [];
  if (existsSync(join(data, 'cranfield'))) sets.push(cranfieldSet(join(data, 'cranfield')));
  const conversations = join(data, 'locomo');
  const files = existsSync(conversations) ? readdirSync(conversations) : [];
  for (const file of files.filter((name) => name.endsWith('.json'))) {
    sets.push(locomoFiles(join(conversations, file)));
  }
  const rows: Row[] = [];
  for (const set of sets) rows.push(...(await fused(set)));
  return rows;
}
