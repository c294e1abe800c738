import { readFileSync } from 'node:fs';
import type { Core } from '../../../src/core/index.ts';
import { ranked } from '../../../src/retrieval/index.ts';
import type { Principal } from '../../../src/tenancy/index.ts';
import { VikingUri } from '../../../src/uri/index.ts';
import { withCore } from './core.ts';
import type { FileQuestion } from './files.ts';
import type { Labelled } from './fused.ts';
import { Figures, type Row } from './metrics.ts';
import { withTypos } from './typos.ts';

interface Said {
  readonly speaker: string;
  readonly dia_id: string;
  readonly text: string;
  readonly blip_caption?: string;
}

interface Conversation {
  readonly conversation: Readonly<Record<string, unknown>>;
  readonly qa: readonly { readonly question: string; readonly evidence: readonly string[] }[];
}

/** LoCoMo: each conversation a user with sessions; the messages (or sessions) that hold the evidence are wanted. */
export async function locomo(file: string): Promise<Row[]> {
  const conversations = JSON.parse(readFileSync(file, 'utf8')) as Conversation[];
  return withCore(async ({ core }) => {
    /** Id of the message on a line of a session. */
    const ids = new Map<string, string>();
    for (const [number, { conversation }] of conversations.entries()) {
      for (let session = 1; Array.isArray(conversation[`session_${session}`]); session++) {
        const said = conversation[`session_${session}`] as Said[];
        await core.sessions.addMessages(owner(number), `s${session}`, said.map(asMessage));
        for (const [line, { dia_id }] of said.entries()) ids.set(`${number}/s${session}:${line + 1}`, dia_id);
      }
    }
    await core.system.wait(owner(0), 120_000);
    const measured = { core, conversations, ids };
    return [
      await messages(measured, (question) => question),
      await messages(measured, withTypos, ', typos'),
      await sessions(measured),
    ];
  });
}

/** Each session a file, and the sessions of the evidence wanted: the same talk as documents. */
export function locomoFiles(file: string): Labelled {
  const texts = new Map<string, string>();
  const questions: FileQuestion[] = [];
  for (const [number, { conversation, qa }] of (
    JSON.parse(readFileSync(file, 'utf8')) as Conversation[]
  ).entries()) {
    const at = new Map<string, string>();
    for (let session = 1; Array.isArray(conversation[`session_${session}`]); session++) {
      const said = conversation[`session_${session}`] as Said[];
      const name = `${number}-${session}.md`;
      for (const { dia_id } of said) at.set(dia_id, name);
      texts.set(name, said.map(({ speaker, text }) => `${speaker}: ${text}`).join('\n\n'));
    }
    for (const { question, evidence } of qa) {
      const wanted = evidence.flatMap((list) => list.split(/[;, ]+/)).flatMap((id) => at.get(id) ?? []);
      if (wanted.length > 0)
        questions.push({ text: question, grades: new Map(wanted.map((name) => [name, 1])) });
    }
  }
  return { set: 'LoCoMo, sessions as files', texts, questions };
}

interface Measured {
  readonly core: Core;
  readonly conversations: readonly Conversation[];
  readonly ids: ReadonlyMap<string, string>;
}

async function messages(measured: Measured, asked: (question: string) => string, note = ''): Promise<Row> {
  const figures = new Figures();
  for await (const { number, question, evidence } of questions(measured)) {
    const [found, ms] = await ask(measured.core, number, asked(question), {});
    const hits = found.map((hit) => measured.ids.get(`${hit.session}:${hit.line}`) ?? '');
    figures.add(hits, new Map(evidence.map((id) => [id, 1])), ms);
  }
  return figures.row(`LoCoMo, messages${note}`);
}

async function sessions(measured: Measured): Promise<Row> {
  const figures = new Figures();
  const sessionOf = new Map(
    [...measured.ids].map(([at, id]) => [`${at.split('/')[0]}/${id}`, at.split(':')[0]!]),
  );
  for await (const { number, question, evidence } of questions(measured)) {
    const wanted = new Map(evidence.map((id) => [sessionOf.get(`${number}/${id}`)!, 1]));
    const [found, ms] = await ask(measured.core, number, question, { perEntry: 1 });
    figures.add(
      found.map((hit) => hit.session),
      wanted,
      ms,
    );
  }
  return figures.row('LoCoMo, sessions');
}

async function* questions({ conversations, ids }: Measured) {
  for (const [number, { qa }] of conversations.entries()) {
    const known = new Set([...ids].filter(([at]) => at.startsWith(`${number}/`)).map(([, id]) => id));
    for (const { question, evidence } of qa) {
      const wanted = evidence.flatMap((list) => list.split(/[;, ]+/)).filter((id) => known.has(id));
      if (wanted.length > 0) yield { number, question, evidence: wanted };
    }
  }
}

async function ask(core: Core, number: number, query: string, options: { perEntry?: number }) {
  const principal = owner(number);
  const targets = [VikingUri.user(principal.user, 'sessions')];
  const start = performance.now();
  const answer = await core.search.find(principal, { query, targets, limit: 10, ...options });
  const ms = performance.now() - start;
  const found = ranked(answer).map((hit) => {
    const session = /\/sessions\/([^/]+)\//.exec(hit.uri)?.[1] ?? '';
    return { session: `${number}/${session}`, line: hit.lines?.start ?? 0 };
  });
  return [found, ms] as const;
}

function owner(number: number): Principal {
  return { account: 'default', user: `speaker${number}`, role: 'user' };
}

function asMessage({ speaker, text, blip_caption }: Said): unknown {
  const parts: unknown[] = [{ type: 'text', text }];
  if (blip_caption !== undefined)
    parts.push({ type: 'image', url: 'about:blank', description: blip_caption });
  return { role: 'user', peer_id: speaker, parts };
}
