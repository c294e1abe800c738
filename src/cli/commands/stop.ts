import { delay } from '../../base/deadline.ts';
import { isVikingError, VikingError } from '../../errors/index.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { withProgress } from '../progress.ts';

/** The daemon gives itself 20 s to end in order. */
const STOP_MS = 30_000;
const POLL_MS = 50;

export const stop = defineCommand({
  name: 'stop',
  summary: 'Unmount everything and end the daemon',
  positionals: {},
  options: {},
  examples: [['ov stop', 'returns when it is gone; nothing to stop is fine']],
  async run(_args, context) {
    const pid = await askToStop(context);
    if (pid === undefined) return { stopped: false, pid: null };
    await withProgress('stopping the daemon', untilGone(pid));
    return { stopped: true, pid };
  },
  render: (result) => (result.stopped ? `daemon ${result.pid} stopped` : 'no daemon is running'),
});

async function askToStop(context: Context): Promise<number | undefined> {
  try {
    return (await context.client.stop()).pid;
  } catch (error) {
    if (isVikingError(error) && error.details['connected'] === false) return undefined;
    throw error;
  }
}

async function untilGone(pid: number): Promise<void> {
  const until = performance.now() + STOP_MS;
  while (isAlive(pid)) {
    if (performance.now() > until) {
      throw new VikingError(
        'DEADLINE_EXCEEDED',
        `the daemon (pid ${pid}) is still there after ${STOP_MS / 1_000} s`,
        {
          hint: `Look into its log, then: kill -9 ${pid}`,
        },
      );
    }
    await delay(POLL_MS);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
