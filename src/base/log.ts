import { writeSync } from 'node:fs';
import { pino } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** JSON lines on standard error, where journald and a terminal both read. A line that cannot be written is dropped. */
export function createLogger(level: LogLevel): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write: writeStderr });
}

/** Longest wait for a reader that is behind, how often it is looked for meanwhile, and how rarely it is waited for. */
const BEHIND_MS = 20;
const LOOK_MS = 2;
const WAIT_EVERY_MS = 10_000;

const nobody = new Int32Array(new SharedArrayBuffer(4));
/** A line was cut: the next one begins on its own. */
let isCut = false;
/** When a reader was last waited for: one that is always behind must not hold up the loop at every line. */
let waitedAt = Number.NEGATIVE_INFINITY;

/**
 * Writes to standard error (file descriptor 2) and never throws: the log may lie on the disk that is full, or its reader
 * may be gone, and neither may end a daemon that has mounts. A reader that is only behind (EAGAIN of a pipe that does not block)
 * is waited for a moment; what it has no room for then is dropped.
 */
export function writeStderr(text: string): void {
  const bytes = Buffer.from(isCut ? `\n${text}` : text);
  const mayWait = performance.now() - waitedAt > WAIT_EVERY_MS;
  let done = 0;
  let waitedMs = 0;
  while (done < bytes.length) {
    try {
      done += writeSync(2, bytes, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || !mayWait || waitedMs >= BEHIND_MS) break;
      Atomics.wait(nobody, 0, 0, LOOK_MS);
      waitedMs += LOOK_MS;
      waitedAt = performance.now();
    }
  }
  if (done > 0) isCut = done < bytes.length;
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
