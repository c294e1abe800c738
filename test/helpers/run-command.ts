import { COMMANDS, GROUPS } from '../../src/cli/commands/index.ts';
import { createContext } from '../../src/cli/context.ts';
import { parseCommandLine } from '../../src/cli/parser.ts';
import { toVikingError } from '../../src/errors/index.ts';

/**
 * One command of `ov` in this process: parsed, run against the daemon and judged as `ov` does it, without the second
 * that a process takes to start. `stderr` is the message of a failure. What a process adds is `runCli`'s to ask.
 */
export async function runCommand(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly stderr: string }> {
  try {
    const parsed = await parseCommandLine(words, COMMANDS, GROUPS);
    if (parsed.kind === 'text') throw new Error(`no command: ${words.join(' ')}`);
    const { command, args, globals } = parsed;
    const { exitCode } = await command.execute(args, createContext(globals, env, '/'));
    return { code: exitCode, stderr: '' };
  } catch (error) {
    const { exitCode, message } = toVikingError(error);
    return { code: exitCode, stderr: message };
  }
}
