/**
 * Retrieval quality through the real index on real files. LoCoMo: each session a `messages.jsonl`, evidence messages
 * wanted in the first 5 and 10, within the right conversation. Cranfield: each abstract a Markdown file, nDCG@10.
 * The data sets are not part of the project; without them this says so and returns.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '../../src/base/log.ts';
import { type IndexEngine, openIndex } from '../../src/index/index.ts';
import { createHashEmbedder } from '../../src/models/index.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const DATA = resolve(dirname(fileURLToPath(import.meta.url)), '../../../shared/data');
const ACCOUNT = 'bench';

interface Row {
  readonly set: string;
  readonly questions: number;
  readonly figures: string;
  readonly msPerQuery: number;
}

export async function run(args: readonly string[] = []): Promise<void> {
  const data = args[0] ?? DATA;
  const rows: Row[] = [];
  for (const [name, measure] of [
    ['locomo/locomo5.json', locomo],
    ['cranfield/cran.all.1400', cranfield],
  ] as const) {
    if (existsSync(join(data, name))) rows.push(await measure(data));
    else process.stdout.write(`retrieval: ${join(data, name)} is not there, so it is not measured\n`);
  }
  process.stdout.write('| set | questions | figures | ms a query |\n|---|---|---|---|\n');
  for (const row of rows) {
    process.stdout.write(
      `| ${row.set} | ${row.questions} | ${row.figures} | ${row.msPerQuery.toFixed(2)} |\n`,
    );
  }
}

interface Turn {
  readonly speaker: string;
  readonly dia_id: string;
  readonly text: string;
  readonly blip_caption?: string;
}

interface Conversation {
  readonly conversation: Readonly<Record<string, unknown>>;
  readonly qa: readonly { readonly question: string; readonly evidence: readonly string[] }[];
}

async function locomo(data: string): Promise<Row> {
  const conversations = JSON.parse(readFileSync(join(data, 'locomo/locomo5.json'), 'utf8')) as Conversation[];
  const sums = { questions: 0, at5: 0, at10: 0, ms: 0 };
  const pathOf = (conversation: number): string => `${ACCOUNT}/user/u${conversation}/sessions`;
  const turns = new Map<string, string>();
  const files = new Map<string, string>();
  conversations.forEach(({ conversation }, number) => {
    for (let session = 1; Array.isArray(conversation[`session_${session}`]); session++) {
      const path = `${pathOf(number)}/s${session}/messages.jsonl`;
      const said = conversation[`session_${session}`] as Turn[];
      for (const [line, turn] of said.entries()) turns.set(`${path}:${line + 1}`, turn.dia_id);
      files.set(path, `${said.map((turn) => JSON.stringify(messageOf(turn))).join('\n')}\n`);
    }
  });
  await withIndex(files, async (index) => {
    for (const [number, { qa }] of conversations.entries()) {
      const known = new Set([...turns].filter(([at]) => at.startsWith(pathOf(number))).map(([, id]) => id));
      for (const { question, evidence } of qa) {
        const wanted = new Set(evidence.flatMap((ids) => ids.split(/[;, ]+/)).filter((id) => known.has(id)));
        if (wanted.size === 0) continue;
        const start = performance.now();
        const { hits } = await index.search({
          text: question,
          within: [pathOf(number)],
          limit: 10,
          passagesPerEntry: 10,
        });
        sums.ms += performance.now() - start;
        const found = hits.map((hit) => turns.get(`${hit.path}:${hit.lines.start}`) ?? '');
        const recall = (count: number): number =>
          [...wanted].filter((id) => found.slice(0, count).includes(id)).length / wanted.size;
        sums.questions++;
        sums.at5 += recall(5);
        sums.at10 += recall(10);
      }
    }
  });
  const percent = (sum: number): string => ((100 * sum) / sums.questions).toFixed(1);
  return {
    set: 'LoCoMo, messages, own conversation',
    questions: sums.questions,
    figures: `R@5 ${percent(sums.at5)}, R@10 ${percent(sums.at10)}`,
    msPerQuery: sums.ms / sums.questions,
  };
}

function messageOf(turn: Turn): unknown {
  const parts: unknown[] = [{ type: 'text', text: turn.text }];
  if (turn.blip_caption !== undefined) parts.push({ type: 'image', url: '', description: turn.blip_caption });
  return { role: 'user', peer_id: turn.speaker, parts };
}

async function cranfield(data: string): Promise<Row> {
  const read = (name: string): string =>
    readFileSync(join(data, 'cranfield', name), 'utf8').replaceAll('\r', '');
  const files = new Map<string, string>();
  for (const entry of read('cran.all.1400')
    .split(/^\.I (?=\d+ *\n)/m)
    .slice(1)) {
    const title = /^\.T\n([\s\S]*?)^\.A\n/m.exec(entry)?.[1]?.replaceAll('\n', ' ') ?? '';
    const body = /^\.W\n([\s\S]*)/m.exec(entry)?.[1] ?? '';
    files.set(`${ACCOUNT}/resources/${Number.parseInt(entry, 10)}.md`, `# ${title}\n\n${body}`);
  }
  const questions = read('cran.qry')
    .split(/^\.I \d+ *\n\.W\n/m)
    .slice(1);
  // Judgements number the questions by their place in the file, not by their printed numbers.
  const judged = new Map<number, Map<string, number>>();
  for (const line of read('cranqrel').trim().split('\n')) {
    const [question, document, grade] = line.trim().split(/\s+/).map(Number) as [number, number, number];
    const grades = judged.get(question) ?? new Map<string, number>();
    judged.set(question, grades.set(String(document), gainOf(grade)));
  }
  let sum = 0;
  let ms = 0;
  await withIndex(files, async (index) => {
    for (const [number, text] of questions.entries()) {
      const start = performance.now();
      const { hits } = await index.search({ text, within: [ACCOUNT], limit: 10 });
      ms += performance.now() - start;
      const found = hits.map((hit) => /(\d+)\.md$/.exec(hit.path)?.[1] ?? '');
      sum += gain(found, judged.get(number + 1) ?? new Map());
    }
  });
  return {
    set: 'Cranfield, abstracts',
    questions: questions.length,
    figures: `nDCG@10 ${((100 * sum) / questions.length).toFixed(1)}`,
    msPerQuery: ms / questions.length,
  };
}

/** Cleverdon's codes: 1 is a complete answer, 4 of minimum interest, -1 and 5 of none. */
function gainOf(code: number): number {
  return code >= 1 && code <= 4 ? 5 - code : 0;
}

function gain(found: readonly string[], grades: ReadonlyMap<string, number>): number {
  const discounted = (gains: readonly number[]): number =>
    gains.reduce((sum, value, rank) => sum + value / Math.log2(rank + 2), 0);
  const ideal = discounted([...grades.values()].sort((a, b) => b - a).slice(0, 10));
  return ideal === 0 ? 0 : discounted(found.map((id) => grades.get(id) ?? 0)) / ideal;
}

async function withIndex(
  files: ReadonlyMap<string, string>,
  use: (index: IndexEngine) => Promise<void>,
): Promise<void> {
  const temp = await tempDir();
  const contentDir = join(temp.path, 'content');
  for (const [path, text] of files) {
    await mkdir(dirname(join(contentDir, path)), { recursive: true });
    await writeFile(join(contentDir, path), text);
  }
  const index = await openIndex({
    contentDir,
    dir: join(temp.path, 'index'),
    embedder: createHashEmbedder(),
    log: silentLogger,
  });
  try {
    const start = performance.now();
    await index.flush();
    const { documents, passages } = index.status();
    const seconds = (performance.now() - start) / 1000;
    process.stdout.write(
      `indexed ${documents} files, ${passages} passages: ${Math.round(passages / seconds)} passages/s\n`,
    );
    await use(index);
  } finally {
    await index.close();
    await temp.remove();
  }
}
