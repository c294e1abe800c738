/** The process that is killed: a session with tags of its own, committed by turns and with more tags, in `argv[2]`. */
import { writeSync } from 'node:fs';
import { ADA, assistant, user } from '../helpers/session-home.ts';
import { commitByChoice, EVENTS, openHome, SESSION, TAIL } from './choices-home.ts';

const home = await openHome(process.argv[2] ?? '');
await home.sessions.create(ADA, {
  sessionId: SESSION,
  memoryExtractionConfig: { events: { tags: ['team=core'] } },
});
const [question = '', answer = ''] = TAIL;
await home.sessions.addMessages(ADA, SESSION, [...EVENTS, user(question), assistant(answer)]);
writeSync(1, 'said\n');
const { status } = await commitByChoice(home);
writeSync(1, `${status}\n`);
await home.close();
