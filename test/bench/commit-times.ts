import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { ADA, openSessionHome } from '../helpers/session-home.ts';
import { withTempDir } from '../helpers/temp-dir.ts';

/** Milliseconds. */
export interface CommitTimes {
  readonly phaseOne: readonly number[];
  readonly phaseTwo: readonly number[];
  /** A new file of the same size beside the session, written, synced and closed. */
  readonly syncedFile: readonly number[];
}

/** Commits sessions of `messages` messages, one after another, and writes a plain file as large before each. */
export async function commitTimes(rounds: number, messages: number): Promise<CommitTimes> {
  const phaseOne: number[] = [];
  const phaseTwo: number[] = [];
  const syncedFile: number[] = [];
  await withTempDir(async (dir) => {
    const home = await openSessionHome(dir);
    try {
      for (let round = 0; round < rounds; round += 1) {
        const id = `round-${round}`;
        await home.sessions.create(ADA, { sessionId: id });
        const said = Array.from({ length: messages }, (_, number) => ({
          role: number % 2 === 0 ? 'user' : 'assistant',
          content: `Number ${number} of what is said in a session of ordinary length.`,
        }));
        await home.sessions.addMessages(ADA, id, said);
        syncedFile.push(await writeSynced(join(dir, id), Buffer.alloc(180 * messages, 'x')));
        const begun = performance.now();
        const { task_id } = await home.sessions.commit(ADA, id, { waitMs: 0 });
        const accepted = performance.now();
        phaseOne.push(accepted - begun);
        if (task_id === null) throw new Error('nothing was committed');
        const ended = await home.journal.settled(task_id, 60_000);
        if (ended?.state !== 'completed') throw new Error(`the commit ended ${ended?.state}`);
        phaseTwo.push(performance.now() - accepted);
      }
    } finally {
      await home.close();
    }
  });
  return { phaseOne, phaseTwo, syncedFile };
}

async function writeSynced(path: string, bytes: Buffer): Promise<number> {
  const begun = performance.now();
  const file = await open(path, 'wx');
  await file.write(bytes);
  await file.datasync();
  await file.close();
  return performance.now() - begun;
}
