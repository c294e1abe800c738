/** Rank of a caller: root runs the service, admin an account, user owns data. */
export type Role = 'root' | 'admin' | 'user';

/** Who asks. The account never appears in a URI; it comes from here. */
export interface Principal {
  readonly account: string;
  readonly user: string;
  readonly role: Role;
  /** Narrows the peer collection to this peer; never widens access. */
  readonly actorPeer?: string;
}
