import type { CoreEvent } from '../api/results.ts';
import type { CoreJournal } from '../core/core.ts';
import type { Principal } from '../tenancy/index.ts';

/** The text of `.viking/events`: it only grows, so that `tail -f` can follow it. */
export interface EventLog {
  bytes(): Buffer;
  readonly mtimeNs: bigint;
  close(): void;
}

/** Beyond this the file starts again; `tail -f` notices that it shrank and goes on. */
const LIMIT_BYTES = 1024 * 1024;

export function createEventLog(journal: CoreJournal, principal: Principal): EventLog {
  // Lines wait until somebody reads: a burst of thousands of events must not copy the log thousands of times.
  let lines = journal.events(principal).map((event) => Buffer.from(eventLine(event)));
  let sizeBytes = lines.reduce((sum, line) => sum + line.length, 0);
  let mtimeNs = BigInt(Date.now()) * 1_000_000n;
  const stop = journal.subscribe(principal, (event) => {
    const line = Buffer.from(eventLine(event));
    if (sizeBytes + line.length > LIMIT_BYTES) {
      lines = [];
      sizeBytes = 0;
    }
    lines.push(line);
    sizeBytes += line.length;
    mtimeNs = BigInt(Date.now()) * 1_000_000n;
  });
  return {
    bytes() {
      if (lines.length !== 1) lines = [Buffer.concat(lines)];
      return lines[0]!;
    },
    get mtimeNs() {
      return mtimeNs;
    },
    close: stop,
  };
}

/** `TIME TYPE URI name=value …`, one line. */
function eventLine(event: CoreEvent): string {
  const { time, type, uri, ...fields } = event;
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${oneLine(value)}`);
  return `${[time, type, ...(uri === undefined ? [] : [uri]), ...rest].join(' ').replaceAll('\n', ' ')}\n`;
}

function oneLine(value: unknown): string {
  return typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
}
