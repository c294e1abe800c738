export { type Access, assertAccess, isFrame, isVisible } from './access.ts';
export type { Principal, Role } from './principal.ts';
