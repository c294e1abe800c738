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

/**
 * Writes to standard error (file descriptor 2) and never throws: the log may lie on the disk that is full, or its reader
 * may be gone, and neither may end a daemon that has mounts.
 */
export function writeStderr(text: string): void {
  try {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length; ) done += writeSync(2, bytes, done);
  } catch {
    // There is nowhere left to say it.
  }
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
