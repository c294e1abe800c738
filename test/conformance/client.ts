/** Runs cases on a mount in a process of its own: a call that hangs there takes nobody along. JSON lines in and out. */
import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { cases, pathCases } from './cases/index.ts';
import { nodeFs } from './node-fs.ts';

export interface CaseRequest {
  readonly name: string;
  readonly root: string;
}

export interface CaseAnswer {
  readonly name: string;
  /** Absent when it passed. */
  readonly error?: string;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { name, root } = JSON.parse(line) as CaseRequest;
  let error: string | undefined;
  try {
    await mkdir(root);
    if (Object.hasOwn(pathCases, name)) await pathCases[name]!(root);
    else await cases[name]!(nodeFs(root));
  } catch (failure) {
    error = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
  }
  process.stdout.write(
    `${JSON.stringify({ name, ...(error === undefined ? {} : { error }) } satisfies CaseAnswer)}\n`,
  );
}
