/**
 * The process that crash tests kill: two rounds of messages, use and commit on the home named on the command line. Every
 * call that was acknowledged is a line on standard output, written before anything else happens.
 */
import { writeSync } from 'node:fs';
import { ADA, openSessionHome, user } from '../helpers/session-home.ts';
import { ROUNDS, SESSION } from './commit-rounds.ts';

const home = await openSessionHome(process.argv[2] ?? '');
for (const [index, round] of ROUNDS.entries()) {
  for (const text of round.messages) {
    await home.sessions.addMessages(ADA, SESSION, [user(text)]);
    writeSync(1, `message ${text}\n`);
  }
  await home.sessions.used(ADA, SESSION, round.used);
  writeSync(1, `used ${index}\n`);
  const { status } = await home.sessions.commit(ADA, SESSION, { keepRecent: 1, waitMs: 20_000 });
  writeSync(1, `commit ${index} ${status}\n`);
}
await home.journal.idle();
await home.close();
writeSync(1, 'end\n');
