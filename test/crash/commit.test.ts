import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseMemory } from '../../src/memory/index.ts';
import { testProgramOf } from '../helpers/program.ts';
import { ADA, openSessionHome, type SessionHome, user } from '../helpers/session-home.ts';
import { type TempDir, tempDir } from '../helpers/temp-dir.ts';
import { ROUNDS, SESSION } from './commit-rounds.ts';

const CHILD = testProgramOf('crash/commit-child.ts');
const CHILD_TIMEOUT_MS = 30_000;
/** Each failpoint this often; the nightly run sets it higher. */
const REPEAT = Number(process.env['VIKINGFS_CRASH_REPEAT'] ?? 1);

/** Numbered steps in the order they are passed, and how often one run of the child passes each. */
const FAILPOINTS: readonly (readonly [string, number])[] = [
  ['append-1-before-write', 6],
  ['append-2-after-write', 6],
  ['commit-1-messages-staged', 2],
  ['commit-2-record-staged', 2],
  ['commit-3-archived', 2],
  ['commit-4-live-cut', 2],
  ['commit-5-state-written', 2],
  ['commit-6-enqueued', 2],
  ['phase2-1-overview', 2],
  ['phase2-2-abstract', 2],
  ['memory-1-planned', 2],
  ['memory-2-written', 4],
  ['phase2-3-memories', 2],
  ['phase2-4-diff', 2],
  ['phase2-5-usage', 2],
  ['phase2-6-done', 2],
];

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  readonly acknowledged: readonly string[];
  readonly errors: string;
}

/** Runs the child until it is killed or ends. */
function runChild(home: string, failpoint: string | undefined, killAfterMs?: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...(failpoint === undefined ? {} : { VIKINGFS_FAILPOINT: failpoint }) };
    const child = spawn(process.execPath, [...CHILD, home], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const timer = setTimeout(() => child.kill('SIGTERM'), CHILD_TIMEOUT_MS);
    let output = '';
    let errors = '';
    child.stdout.on('data', (data: Buffer) => {
      if (output === '' && killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      output += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      errors += data.toString();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, errors, acknowledged: output.split('\n').slice(0, -1) });
    });
  });
}

interface Kept {
  readonly texts: readonly string[];
  readonly ids: readonly string[];
  readonly archives: readonly string[];
}

async function archiveNames(home: string): Promise<string[]> {
  const history = join(home, 'content/default/user/ada/sessions', SESSION, 'history');
  return (await readdir(history).catch(() => [])).filter((name) => !name.startsWith('.')).sort();
}

/** Every message on disk: archives in order, then live. */
async function readKept(home: string): Promise<Kept> {
  const session = join(home, 'content/default/user/ada/sessions', SESSION);
  const history = join(session, 'history');
  const archives = await archiveNames(home);
  const files = [
    ...archives.map((name) => join(history, name, 'messages.jsonl')),
    join(session, 'messages.jsonl'),
  ];
  const lines = (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('').split('\n');
  const messages = lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { id: string; parts: { text: string }[] });
  return {
    archives,
    ids: messages.map(({ id }) => id),
    texts: messages.map(({ parts }) => parts[0]?.text ?? ''),
  };
}

let temp: TempDir;
let home: SessionHome | undefined;
beforeEach(async () => {
  temp = await tempDir();
});
afterEach(async () => {
  await home?.close();
  home = undefined;
  await temp.remove();
});

/** Opens the home as a new daemon would, lets it recover, and commits what is left. */
async function reopenAndFinish(): Promise<SessionHome> {
  home = await openSessionHome(temp.path);
  await home.journal.idle();
  for (const name of await archiveNames(temp.path)) await home.sessions.archive(ADA, SESSION, name);
  await home.sessions.addMessages(ADA, SESSION, [user('Done.')]);
  expect(await home.sessions.commit(ADA, SESSION, { waitMs: 30_000 })).toMatchObject({ status: 'committed' });
  return home;
}

/** What holds after any kill: nothing acknowledged lost, nothing doubled, every archive finished. */
async function expectWhole(acknowledged: readonly string[], unsureUses = 0): Promise<void> {
  const { sessions } = await reopenAndFinish();
  const { texts, ids, archives } = await readKept(temp.path);
  const said = acknowledged
    .filter((line) => line.startsWith('message '))
    .map((line) => line.slice('message '.length));
  const all: readonly string[] = [...ROUNDS.flatMap(({ messages }) => messages), 'Done.'];
  expect(new Set(ids).size).toBe(ids.length);
  expect(texts.filter((text) => said.includes(text)).sort()).toEqual([...said].sort());
  expect(texts.length - said.length - 1).toBeLessThanOrEqual(1);
  expect(texts).toEqual(all.filter((text) => texts.includes(text)));
  expect(archives).toEqual(archives.map((_, index) => `archive_${String(index + 1).padStart(3, '0')}`));
  for (const name of archives)
    expect((await sessions.archive(ADA, SESSION, name)).overview).toContain('# Session Summary');
  const state = await sessions.get(ADA, SESSION);
  expect(state).toMatchObject({
    message_count: 0,
    total_message_count: texts.length,
    commit_count: archives.length,
    used_pending: [],
  });
  await expectMemories(texts, state.memories_extracted['total'] ?? 0);
  await expectUsage(acknowledged, unsureUses);
}

/** Each statement is in the memories exactly once, and the commits say so. */
async function expectMemories(texts: readonly string[], counted: number): Promise<void> {
  const root = join(temp.path, 'content/default/user/ada');
  const files = (await readdir(join(root, 'memories'), { recursive: true }).catch(() => [] as string[]))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(root, 'memories', name));
  const known = (
    await Promise.all(
      [...files, join(root, 'profile.md')].map((file) => readFile(file, 'utf8').catch(() => '')),
    )
  ).flatMap((text) => parseMemory(text).statements.map((statement) => statement.text));
  const stated = texts.filter((text) => /^(?:I prefer|My name|We decided)/.test(text));
  expect(known.sort()).toEqual([...stated].sort());
  expect(counted).toBe(stated.length);
}

/** Uses that were acknowledged are counted once; one that was under way (`unsure`) may be counted or not. */
async function expectUsage(acknowledged: readonly string[], unsure: number): Promise<void> {
  const counts = (await home?.activeCounts()) ?? {};
  const rounds = ROUNDS.filter((_, index) => acknowledged.includes(`used ${index}`));
  for (const uri of new Set(ROUNDS.flatMap(({ used }) => [...used]))) {
    const sure = rounds.filter(({ used }) => (used as readonly string[]).includes(uri)).length;
    expect(counts[uri] ?? 0).toBeGreaterThanOrEqual(sure);
    expect(counts[uri] ?? 0).toBeLessThanOrEqual(Math.min(sure + unsure, ROUNDS.length));
  }
}

describe('killed at a step of a commit', () => {
  it('goes to the end when nobody kills it', async () => {
    const { acknowledged, code, errors } = await runChild(temp.path, undefined);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(acknowledged.at(-1)).toBe('end');
    await expectWhole(acknowledged);
    expect(await home?.activeCounts()).toEqual({
      'viking://resources/a.md': 2,
      'viking://resources/b.md': 1,
    });
  });

  for (const [name, passes] of FAILPOINTS) {
    for (const pass of [1, passes]) {
      it(`${name}, pass ${pass}: nothing lost, nothing doubled, finished after a restart`, {
        timeout: 60_000 * REPEAT,
      }, async () => {
        for (let turn = 0; turn < REPEAT; turn += 1) {
          const { acknowledged, signal } = await runChild(temp.path, `${name}:${pass}`);
          expect(signal).toBe('SIGKILL');
          expect(acknowledged).not.toContain('end');
          await expectWhole(acknowledged);
          if (turn + 1 === REPEAT) continue;
          await home?.close();
          await temp.remove();
          temp = await tempDir();
        }
      });
    }
  }

  it('at any moment after the first message', { timeout: 60_000 * REPEAT }, async () => {
    for (let turn = 0; turn < 8 * REPEAT; turn += 1) {
      // The whole run takes about 250 ms from there.
      const killAfterMs = Math.random() * 250;
      const { acknowledged } = await runChild(temp.path, undefined, killAfterMs);
      await expectWhole(acknowledged, 1);
      await home?.close();
      home = undefined;
      await temp.remove();
      temp = await tempDir();
    }
  });

  it('again and again on the way to the end', { timeout: 120_000 }, async () => {
    const acknowledged = new Set<string>();
    for (const name of ['commit-3-archived', 'phase2-1-overview', 'memory-2-written', 'phase2-5-usage']) {
      const ended = await runChild(temp.path, name);
      for (const line of ended.acknowledged) acknowledged.add(line);
    }
    home = await openSessionHome(temp.path);
    await home.journal.idle();
    const { ids, archives } = await readKept(temp.path);
    expect(new Set(ids).size).toBe(ids.length);
    for (const name of archives) expect(await home.sessions.archive(ADA, SESSION, name)).toBeDefined();
  });

  it('leaves a torn line when killed within a write, which is moved aside', async () => {
    const { acknowledged } = await runChild(temp.path, 'append-1-before-write:3');
    const live = join(temp.path, 'content/default/user/ada/sessions', SESSION, 'messages.jsonl');
    await writeFile(live, '{"id":"msg_half","ro', { flag: 'a' });
    await expectWhole(acknowledged);
    const names = await readdir(join(temp.path, 'content/default/user/ada/sessions', SESSION));
    expect(names.filter((name) => name.startsWith('messages.jsonl.torn-'))).toHaveLength(1);
  });
});
