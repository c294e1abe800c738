export type CheckState = 'ok' | 'warn' | 'fail';

/** One thing looked at. */
export interface Check {
  readonly name: string;
  readonly state: CheckState;
  /** What was found. */
  readonly message: string;
  /** The command or step that mends it. */
  readonly fix?: string;
}

export function ok(name: string, message: string): Check {
  return { name, state: 'ok', message };
}

export function warn(name: string, message: string, fix?: string): Check {
  return { name, state: 'warn', message, ...(fix === undefined ? {} : { fix }) };
}

export function fail(name: string, message: string, fix: string): Check {
  return { name, state: 'fail', message, fix };
}
