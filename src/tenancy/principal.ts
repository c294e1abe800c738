/** Rank of a caller: root runs the service, admin an account, user owns data. A rank gives no access to others' data. */
export type Role = 'root' | 'admin' | 'user';

/** How callers are known: by the socket's owner, by their key, or by a gateway that vouches for them. */
export type AuthMode = 'local' | 'api_key' | 'trusted';

/** Who asks. The account never appears in a URI; it comes from here. */
export interface Principal {
  readonly account: string;
  /** The tree that is theirs, `viking://user/{user}`: their id, or a space of theirs with an agent (`userOfSpace`). */
  readonly user: string;
  readonly role: Role;
  /** Narrows the peer collection to this peer; never widens access. */
  readonly actorPeer?: string;
  /** The agent that asks (`X-OpenViking-Agent`). */
  readonly agent?: string;
  /** The tree of the agent's skills, when it is not `user`. */
  readonly agentSpace?: string;
  /** Sessions are the account's: `viking://session/{id}`. */
  readonly sharedSessions?: true;
  /** How the caller became known. Absent: inside the daemon itself. */
  readonly mode?: AuthMode;
}

/** Whether the caller may say whose role a message carries; everybody else's is derived from their identity. */
export function mayNameRole(principal: Principal): boolean {
  return principal.role !== 'user' || principal.mode === 'trusted';
}
