import { spawn } from 'node:child_process';
import { ERRORS, type ErrorCode, VikingError } from '../../errors/index.ts';
import { defineCommand } from '../command.ts';
import { daemonEnvironment, programOf } from '../daemon-process.ts';
import { withProgress } from '../progress.ts';
import { clean } from '../render/text.ts';

interface FsckReport {
  readonly ok: boolean;
  readonly findings: readonly string[];
}

export const fsck = defineCommand({
  name: 'fsck',
  summary: 'Check the stores while no daemon runs',
  details:
    'With --repair, damaged stores are set aside and rebuilt from what can be read. Your files are never touched.',
  positionals: {},
  options: { repair: { type: 'boolean', describe: 'Mend what is damaged', default: false } },
  examples: [
    ['ov stop && ov fsck', 'exit code 11 when something is damaged'],
    ['ov fsck --repair', 'mend it'],
  ],
  async run(args, context): Promise<FsckReport> {
    const { program, args: words } = programOf('daemon', ['--fsck', ...(args.repair ? ['--repair'] : [])]);
    const work = runToEnd(program, words, daemonEnvironment(context));
    const { code, stdout, stderr } = await withProgress('checking', work);
    const report = parseReport(stdout);
    if (report !== undefined) return report;
    throw failureOf(code, stderr);
  },
  render: (report) => report.findings.map(clean).join('\n'),
  exitCode: (report) => (report.ok ? 0 : ERRORS.CORRUPT.exit),
});

/** The stores may be large: there is no bound but the user's patience. */
function runToEnd(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (piece) => (stdout += String(piece)));
    child.stderr.on('data', (piece) => (stderr += String(piece)));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

function parseReport(stdout: string): FsckReport | undefined {
  try {
    const value = JSON.parse(stdout) as Partial<FsckReport>;
    if (typeof value.ok === 'boolean' && Array.isArray(value.findings))
      return { ok: value.ok, findings: value.findings };
  } catch {
    // Not a report: what went wrong is on standard error.
  }
  return undefined;
}

/** The daemon's own words, with a code that has its exit code. */
function failureOf(exitCode: number, stderr: string): VikingError {
  const lines = stderr.trim().split('\n');
  const message = lines.findLast((line) => line.startsWith('vikingfs: '))?.slice('vikingfs: '.length);
  const hint = lines.findLast((line) => line.startsWith('hint: '))?.slice('hint: '.length);
  const codes = Object.keys(ERRORS) as ErrorCode[];
  const code =
    exitCode === ERRORS.CONFLICT.exit ? 'CONFLICT' : codes.find((one) => ERRORS[one].exit === exitCode);
  return new VikingError(
    code ?? 'INTERNAL',
    message ?? `fsck failed: ${lines.at(-1)}`,
    hint === undefined ? {} : { hint },
  );
}
