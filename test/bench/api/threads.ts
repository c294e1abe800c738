import { readdirSync, readFileSync } from 'node:fs';

/** What the threads of a process have had since they began, in milliseconds. */
export interface ThreadTimes {
  readonly name: string;
  readonly niceness: number;
  readonly runMs: number;
  /** Ready to run, and another had the processor. */
  readonly waitedMs: number;
  /** Times it went to sleep by itself. */
  readonly sleeps: number;
}

/** By thread id; see proc_pid_schedstat(5). The main thread is named `main`. */
export function threadTimes(pid: number): Map<number, ThreadTimes> {
  const times = new Map<number, ThreadTimes>();
  for (const id of readdirSync(`/proc/${pid}/task`)) {
    const dir = `/proc/${pid}/task/${id}`;
    try {
      const [run = 0, waited = 0] = readFileSync(`${dir}/schedstat`, 'utf8').split(' ').map(Number);
      const status = readFileSync(`${dir}/status`, 'utf8');
      const name = /^Name:\s*(.*)$/m.exec(status)?.[1] ?? '';
      times.set(Number(id), {
        name: Number(id) === pid ? 'main' : name,
        niceness: Number(readFileSync(`${dir}/stat`, 'utf8').split(') ')[1]?.split(' ')[16]),
        runMs: run / 1e6,
        waitedMs: waited / 1e6,
        sleeps: Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(status)?.[1] ?? 0),
      });
    } catch {
      // It ended meanwhile.
    }
  }
  return times;
}

/** One line for each thread that ran for a millisecond or more between the two. */
export function threadLines(
  before: ReadonlyMap<number, ThreadTimes>,
  after: ReadonlyMap<number, ThreadTimes>,
): string[] {
  return [...after].flatMap(([id, now]) => {
    const then = before.get(id);
    const runMs = now.runMs - (then?.runMs ?? 0);
    if (runMs < 1) return [];
    const waitedMs = now.waitedMs - (then?.waitedMs ?? 0);
    const sleeps = now.sleeps - (then?.sleeps ?? 0);
    return [
      `    ${now.name.padEnd(16)} ${String(id).padStart(7)} nice ${String(now.niceness).padStart(3)}  ran ${runMs.toFixed(0).padStart(6)} ms, waited ${waitedMs.toFixed(0).padStart(6)} ms, slept ${sleeps} times`,
    ];
  });
}
