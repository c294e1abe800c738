/**
 * Named steps at which a crash test ends the process, as `kill -9` would. `VIKINGFS_FAILPOINT=name` ends it at the
 * first pass of that step, `name:3` at the third. Unset, as always outside those tests, a step costs one comparison.
 */
const wanted = parse(process.env['VIKINGFS_FAILPOINT']);
let passesLeft = wanted?.pass ?? 0;

/** Ends the process here when the environment asks for it. */
export function failpoint(name: string): void {
  if (wanted === undefined || wanted.name !== name) return;
  passesLeft -= 1;
  if (passesLeft === 0) process.kill(process.pid, 'SIGKILL');
}

function parse(text: string | undefined): { name: string; pass: number } | undefined {
  if (text === undefined || text === '') return undefined;
  const colon = text.lastIndexOf(':');
  if (colon === -1) return { name: text, pass: 1 };
  return { name: text.slice(0, colon), pass: Math.max(1, Number.parseInt(text.slice(colon + 1), 10) || 1) };
}
