import { defineCommand } from '../command.ts';
import type { CheckState } from '../doctor/check.ts';
import { homeChecks } from '../doctor/home.ts';
import { machineChecks } from '../doctor/machine.ts';
import type { Style } from '../render/style.ts';
import { clean } from '../render/text.ts';

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Find what is missing, and say how to mend it',
  positionals: {},
  options: {},
  examples: [['ov doctor', 'exit code 1 when something must be mended']],
  async run(_args, context) {
    const checks = [...(await machineChecks()), ...(await homeChecks(context))];
    return { ok: checks.every((check) => check.state !== 'fail'), checks };
  },
  render: (report, style) =>
    report.checks
      .flatMap((check) => [
        `${mark(check.state, style)}  ${style.paint('bold', check.name)}: ${clean(check.message)}`,
        ...(check.fix === undefined || check.state === 'ok' ? [] : [`      ${clean(check.fix)}`]),
      ])
      .join('\n'),
  exitCode: (report) => (report.ok ? 0 : 1),
});

function mark(state: CheckState, style: Style): string {
  return style.paint(state === 'ok' ? 'green' : state === 'warn' ? 'yellow' : 'red', state.padEnd(4));
}
