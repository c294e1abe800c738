#!/usr/bin/env node
/** `ov`: parses the command line, runs one command, prints its answer, and ends with its exit code. */
import { toVikingError } from '../errors/index.ts';
import { COMMANDS, GROUPS } from './commands/index.ts';
import { createContext } from './context.ts';
import { printError, printOutcome, writeOut } from './output.ts';
import { parseCommandLine, wantsJson } from './parser.ts';

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
}

process.exit(await main(process.argv.slice(2)));

async function main(words: readonly string[]): Promise<number> {
  const startedMs = performance.now();
  const { env } = process;
  try {
    const parsed = await parseCommandLine(words, COMMANDS, GROUPS);
    if (parsed.kind === 'text') {
      await writeOut(`${parsed.text}\n`);
      return 0;
    }
    const { command, args, globals } = parsed;
    const outcome = await command.execute(args, createContext(globals, env, process.cwd()));
    await printOutcome(outcome, globals.json, performance.now() - startedMs, env);
    return outcome.exitCode;
  } catch (error) {
    const failure = toVikingError(error);
    await printError(failure, wantsJson(words), performance.now() - startedMs, env);
    if (failure.code === 'INTERNAL' && env['VIKINGFS_DEBUG'] !== undefined) console.error(error);
    return failure.exitCode;
  }
}
