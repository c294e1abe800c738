export { type Access, assertAccess, isFrame, isVisible } from './access.ts';
export type { AccountRecord, Identified, NewUser, Tenancy, UserRecord } from './contract.ts';
export { GUARD_MATRIX, type GuardedPlace, placeOf, type Right } from './guard-matrix.ts';
export { sameText } from './keys.ts';
export { assertAccountId, assertUserId, isUserId } from './names.ts';
export { type AccountPolicy, DEFAULT_POLICY, roleIdOf } from './policy.ts';
export { type AuthMode, mayNameRole, type Principal, type Role } from './principal.ts';
export {
  agentOfSpace,
  placed,
  SPACE_MARK,
  skillsOwner,
  spaceOf,
  spacesOf,
  uriContext,
  userOfSpace,
} from './spaces.ts';
export { openTenancy } from './tenancy.ts';
