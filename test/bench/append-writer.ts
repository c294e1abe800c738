import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How a writer appends its lines. */
export interface Appending {
  readonly file: string;
  readonly name: string;
  readonly lines: number;
  /** Lines of one write(2). */
  readonly batch: number;
  /** Opens and closes the file for every write, as `echo >>` does. */
  readonly reopens: boolean;
  /** fdatasync(2) after every write: what a plain file needs to promise what a session promises. */
  readonly syncs: boolean;
}

/** Plain JavaScript, so that a writer starts without a loader. Says `ready` when it has the file open, begins at a line on stdin. */
const WRITER = `
const fs = require('node:fs');
const { file, name, lines, batch, reopens, syncs } = JSON.parse(process.argv[1]);
const writes = [];
for (let at = 0; at < lines; at += batch)
  writes.push(Buffer.from(Array.from({ length: Math.min(batch, lines - at) }, (_, k) =>
    JSON.stringify({ role: 'user', content: name + ' says number ' + (at + k) + ' of what it has to say' }) + '\\n').join('')));
let fd = reopens ? -1 : fs.openSync(file, 'a');
process.stdin.once('data', () => {
  const begun = process.hrtime.bigint();
  for (const bytes of writes) {
    if (reopens) fd = fs.openSync(file, 'a');
    if (fs.writeSync(fd, bytes) !== bytes.length) throw new Error('short write');
    if (syncs) fs.fdatasyncSync(fd);
    if (reopens) fs.closeSync(fd);
  }
  console.log(JSON.stringify([Number(begun) / 1e6, Number(process.hrtime.bigint()) / 1e6]));
  process.exit(0);
});
console.log('ready');
`;

/**
 * Runs writers that begin together, each a process with a descriptor of its own. Resolves with lines per second from the
 * first begin to the last end (one clock for all processes of the machine).
 * @throws when a writer fails or is not done within `timeoutMs`
 */
export async function linesPerSecond(writers: readonly Appending[], timeoutMs = 120_000): Promise<number> {
  const children = writers.map((appending) =>
    spawn(process.execPath, ['-e', WRITER, JSON.stringify(appending)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  const timer = setTimeout(() => {
    for (const child of children) child.kill('SIGKILL');
  }, timeoutMs);
  try {
    const said = children.map(linesOf);
    for (const lines of said) await nextLine(lines);
    for (const child of children) child.stdin?.write('go\n');
    const times = await Promise.all(
      said.map(async (lines) => JSON.parse(await nextLine(lines)) as [number, number]),
    );
    const begun = Math.min(...times.map(([from]) => from));
    const done = Math.max(...times.map(([, to]) => to));
    const total = writers.reduce((sum, { lines }) => sum + lines, 0);
    return (total * 1_000) / (done - begun);
  } finally {
    clearTimeout(timer);
    for (const child of children) child.kill('SIGKILL');
  }
}

function linesOf(child: ChildProcess): AsyncIterator<string> {
  return createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
}

async function nextLine(lines: AsyncIterator<string>): Promise<string> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error('a writer ended before it was done');
  return value;
}
