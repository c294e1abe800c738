/** What a directory is in the namespace, told from its content path alone. */
export interface Place {
  readonly title: string;
  /** What it is for; empty for an ordinary directory, which its content describes. */
  readonly purpose: string;
  readonly kind: 'plain' | 'frame' | 'memories' | 'skills' | 'sessions' | 'session' | 'history' | 'archive';
}

const CATEGORY: Readonly<Record<string, string>> = {
  preferences: 'What they prefer.',
  entities: 'People, projects and things they speak of.',
  events: 'What happened, and when.',
  cases: 'Problems met and how they were solved.',
  patterns: 'Ways of working that proved good.',
};

/** `path` is a content path: `{account}/resources/docs`. Ordinary directories get their name, made readable. */
export function placeOf(path: string): Place {
  const [account, scope, ...rest] = path.split('/').filter((segment) => segment !== '');
  if (account === undefined) return frame('Accounts', 'One directory per account.');
  if (scope === undefined) return frame('Context', 'Shared resources and what belongs to each user.');
  if (scope === 'resources' && rest.length === 0)
    return frame('Resources', 'Shared by everyone in the account.');
  if (scope === 'session') return sessionPlace(rest, 'the account');
  if (scope !== 'user') return plain(rest.at(-1) ?? scope);
  return userPlace(rest);
}

function userPlace([user, area, ...rest]: readonly string[]): Place {
  if (user === undefined) return frame('Users', 'One directory per user.');
  if (area === undefined)
    return frame(`Context of ${user}`, 'Memories, resources, skills, peers and sessions.');
  if (area === 'peers') return peerPlace(user, rest);
  if (area === 'sessions') return sessionPlace(rest, user);
  return ownedPlace(user, area, rest);
}

function peerPlace(user: string, [peer, area, ...rest]: readonly string[]): Place {
  if (peer === undefined)
    return frame(`Peers of ${user}`, 'One directory for each of the others they talk to.');
  if (area === undefined) return frame(`${peer}, peer of ${user}`, `What ${user} keeps about ${peer}.`);
  return ownedPlace(peer, area, rest);
}

function ownedPlace(owner: string, area: string, rest: readonly string[]): Place {
  const last = rest.at(-1);
  if (area === 'memories' && last === undefined) {
    return { title: `Memories of ${owner}`, purpose: '', kind: 'memories' };
  }
  if (area === 'memories' && rest.length === 1 && Object.hasOwn(CATEGORY, last!)) {
    return { title: `${humanised(last!)} of ${owner}`, purpose: CATEGORY[last!]!, kind: 'memories' };
  }
  if (area === 'memories') return { title: humanised(last!), purpose: '', kind: 'memories' };
  if (area === 'skills' && last === undefined)
    return { title: `Skills of ${owner}`, purpose: '', kind: 'skills' };
  if (area === 'resources' && last === undefined) {
    return frame(`Resources of ${owner}`, `Private to ${owner}.`);
  }
  return plain(last ?? area);
}

function sessionPlace([session, area, archive, ...rest]: readonly string[], owner: string): Place {
  if (session === undefined) {
    return { title: `Sessions of ${owner}`, purpose: 'One directory per conversation.', kind: 'sessions' };
  }
  if (area === undefined) return { title: `Session ${session}`, purpose: '', kind: 'session' };
  if (area === 'history' && archive === undefined) {
    return {
      title: `Archives of session ${session}`,
      purpose: 'Older messages, oldest first.',
      kind: 'history',
    };
  }
  const number = /^archive_(\d+)$/.exec(archive ?? '')?.[1];
  if (area === 'history' && number !== undefined && rest.length === 0) {
    return { title: `Archive ${number} of session ${session}`, purpose: '', kind: 'archive' };
  }
  return plain(rest.at(-1) ?? archive ?? area);
}

function frame(title: string, purpose: string): Place {
  return { title, purpose, kind: 'frame' };
}

function plain(name: string): Place {
  return { title: humanised(name), purpose: '', kind: 'plain' };
}

/** `getting-started_guide` → `Getting started guide`; names with dots, capitals or other scripts, and short ones (`api`), are left as they are. */
export function humanised(name: string): string {
  if (!/^[a-z0-9]+(?:[-_ ]+[a-z0-9]+)*$/.test(name) || name.length <= 3) return name.replace(/\s+/g, ' ');
  const words = name.replace(/[-_ ]+/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
