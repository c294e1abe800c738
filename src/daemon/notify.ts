import { spawn } from 'node:child_process';
import type { Logger } from '../base/log.ts';

/** Tells systemd a state of the daemon, when it runs as a `Type=notify` unit. Never fails. */
export function notifySystemd(state: 'READY=1' | 'STOPPING=1', log: Logger): void {
  if (process.env['NOTIFY_SOCKET'] === undefined) return;
  // Node has no datagram Unix sockets; the unit allows the message to come from this child (NotifyAccess=all).
  const child = spawn('systemd-notify', [state], { stdio: 'ignore' });
  child.on('error', (error) => log.warn({ error: error.message }, 'systemd-notify could not be run'));
}
