import { errorEnvelope, okEnvelope } from '../api/envelope.ts';
import type { VikingError } from '../errors/index.ts';
import type { Outcome } from './command.ts';
import { styleOf } from './render/style.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Prints what a command found, for people or as the API's envelope. Resolves when it has left. */
export async function printOutcome(
  outcome: Outcome,
  json: boolean,
  elapsedMs: number,
  env: Env,
): Promise<void> {
  if (json) return writeOut(`${JSON.stringify(okEnvelope(outcome.result ?? null, elapsedMs))}\n`);
  const text = outcome.render(styleOf(process.stdout, env));
  if (typeof text !== 'string') return writeOut(text);
  if (text !== '') await writeOut(text.endsWith('\n') ? text : `${text}\n`);
}

/** Errors go to standard error for people, and to standard output as an envelope for programs. */
export async function printError(
  error: VikingError,
  json: boolean,
  elapsedMs: number,
  env: Env,
): Promise<void> {
  if (json) return writeOut(`${JSON.stringify(errorEnvelope(error, elapsedMs))}\n`);
  const style = styleOf(process.stderr, env);
  const hint = error.hint === undefined ? '' : `${style.paint('cyan', 'hint')}: ${error.hint}\n`;
  await write(process.stderr, `${style.paint('red', 'ov')}: ${error.message}\n${hint}`);
}

export function writeOut(data: string | Uint8Array): Promise<void> {
  return write(process.stdout, data);
}

function write(stream: NodeJS.WriteStream, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    // A reader that has left (`ov ls | head -1`) is no error of ours.
    stream.write(data, () => resolve());
  });
}
