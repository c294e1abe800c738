export type { MountRequest, MountsControl } from './mounts.ts';
export {
  type ControlOptions,
  type ControlServer,
  type ControlTimeouts,
  createControlServer,
} from './server.ts';
export { answers } from './socket.ts';
