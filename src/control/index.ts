export { type AuthenticationOptions, createAuthentication } from './authentication.ts';
export type { Approach, Door } from './doors.ts';
export type { MountRequest, MountsControl } from './mounts.ts';
export {
  type ControlOptions,
  type ControlServer,
  type ControlTimeouts,
  createControlServer,
} from './server.ts';
export { answers } from './socket.ts';
