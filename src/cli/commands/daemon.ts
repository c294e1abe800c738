import { defineCommand } from '../command.ts';
import { daemonEnvironment, programOf } from '../daemon-process.ts';
import { runForeground } from '../foreground.ts';

export const daemon = defineCommand({
  name: 'daemon',
  summary: 'Run the daemon in the foreground',
  details:
    'Logs JSON lines on standard error and ends on Ctrl-C or SIGTERM. ov mount starts one in the background by itself.',
  positionals: {},
  options: {},
  examples: [['ov daemon', 'in another terminal: ov mount ~/viking']],
  run: (_args, context) => runForeground({ ...programOf('daemon'), env: daemonEnvironment(context) }),
  render: () => '',
  exitCode: (result) => result.exit_code,
});
