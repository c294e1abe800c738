/** What a commit was asked to keep and how to tag its events outlives a kill at the steps that write it down. */
import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { VikingUri } from '../../src/uri/index.ts';
import { testProgramOf } from '../helpers/program.ts';
import { ADA } from '../helpers/session-home.ts';
import { withTempDir } from '../helpers/temp-dir.ts';
import { type ChoicesHome, commitByChoice, openHome, SESSION, TAIL } from './choices-home.ts';

const CHILD = testProgramOf('crash/choices-child.ts');
const CHILD_TIMEOUT_MS = 30_000;

/** Steps, and whether the commit holds from there. */
const STEPS = [
  ['commit-2-record-staged', false],
  ['commit-3-archived', true],
  // Of two events, one has its tags.
  ['memory-3-tagged', true],
] as const;

it.each(STEPS)('killed at %s: the same stays live and the events have all tags', async (step, isHeld) => {
  await withTempDir(async (dir) => {
    const killed = spawnSync(process.execPath, [...CHILD, dir], {
      env: { ...process.env, VIKINGFS_FAILPOINT: step },
      timeout: CHILD_TIMEOUT_MS,
      encoding: 'utf8',
    });
    expect([killed.signal, killed.stdout], killed.stderr).toEqual(['SIGKILL', 'said\n']);
    const home = await openHome(dir);
    try {
      if (isHeld) await home.journal.idle();
      else expect(await commitByChoice(home)).toMatchObject({ status: 'committed', archived: 2 });
      await expectChosen(home);
    } finally {
      await home.close();
    }
  });
});

async function expectChosen({ dir, sessions, attributes }: ChoicesHome): Promise<void> {
  const session = join(dir, 'content/default/user/ada/sessions', SESSION);
  expect(await readdir(join(session, 'history'))).toEqual(['archive_001']);
  const record = JSON.parse(
    await readFile(join(session, 'history/archive_001/.meta.json'), 'utf8'),
  ) as object;
  expect(record).toMatchObject({
    message_count: 2,
    keep_recent: TAIL.length,
    retained_message_token_budget: 777,
    event_tags: ['team=core', 'sprint=7'],
  });
  const lines = (await readFile(join(session, 'messages.jsonl'), 'utf8')).trim().split('\n');
  const live = lines.map((line) => (JSON.parse(line) as { parts: { text: string }[] }).parts[0]?.text);
  expect(live).toEqual(TAIL);
  const state = await sessions.get(ADA, SESSION);
  expect(state).toMatchObject({ commit_count: 1, memories_extracted: { events: 2 } });
  const events = await readdir(join(session, '../../memories/events'), { recursive: true });
  const uris = events.filter((name) => /^[^.].*\.md$/.test(name));
  expect(uris).toHaveLength(2);
  for (const name of uris) {
    const uri = VikingUri.fromCanonical(`viking://user/ada/memories/events/${name}`);
    expect((await attributes.get(ADA, uri)).attrs.tags, name).toEqual(['team=core', 'sprint=7']);
  }
}
