import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { VikingError } from '../../errors/index.ts';
import { defineCommand } from '../command.ts';
import { daemonCommand, daemonEnvironment } from '../daemon-process.ts';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export const daemon = defineCommand({
  name: 'daemon',
  summary: 'Run the daemon in the foreground',
  details:
    'Logs JSON lines on standard error and ends on Ctrl-C or SIGTERM. ov mount starts one in the background by itself.',
  positionals: {},
  options: {},
  examples: [['ov daemon', 'in another terminal: ov mount ~/viking']],
  run: (_args, context) => {
    const { program, args } = daemonCommand();
    const child = spawn(program, args, { stdio: 'inherit', env: daemonEnvironment(context) });
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
    for (const signal of FORWARDED) process.on(signal, forward);
    return new Promise<{ exit_code: number }>((resolve, reject) => {
      child.on('error', (error) =>
        reject(new VikingError('UNAVAILABLE', `${program}: ${error.message}`, { cause: error })),
      );
      child.on('exit', (code, signal) => {
        for (const one of FORWARDED) process.off(one, forward);
        resolve({ exit_code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]) });
      });
    });
  },
  render: () => '',
  exitCode: (result) => result.exit_code,
});
