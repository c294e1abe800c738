import { VikingError } from '../errors/index.ts';
import { renderPathVariables } from './path-variables.ts';
import { assertSegment, isIdentity, USER_SHORT_WORDS } from './segments.ts';

export const SCHEME = 'viking://';

/** Public scopes: the first segment of a URI. `session` only where an account's users share their sessions. */
export type Scope = 'resources' | 'user' | 'session';

/** Kind of context, by position in the namespace. */
export type ContextType = 'memory' | 'resource' | 'skill' | 'session';

const INTERNAL_SCOPES: ReadonlySet<string> = new Set(['temp', 'queue', 'upload']);

/** What turns the short forms of a URI into the canonical one: who asks, and when. */
export interface UriContext {
  readonly user: string;
  /** Whose skills `viking://user/skills` are. Default: the user's. */
  readonly skillsOf?: string;
  /** Sessions are the account's: `viking://session/{id}`. */
  readonly sharedSessions?: boolean;
  /** Milliseconds since the epoch, for `{calendar:…}`. Default: now. */
  readonly now?: number;
  readonly timeZone?: string;
}

/**
 * A canonical Viking URI. The root has no segments; otherwise the first segment is a scope.
 * Segments are checked on construction, so a `VikingUri` can never leave the tree it names.
 */
export class VikingUri {
  static readonly root: VikingUri = new VikingUri([]);

  readonly segments: readonly string[];

  private constructor(segments: readonly string[]) {
    this.segments = segments;
  }

  /**
   * Parses any accepted form: canonical, `viking://~/…`, `viking://user/memories/…` and the other short words,
   * `viking://session/{id}/…`, with path variables, repeated or trailing slashes.
   * @throws INVALID_URI for another scheme, an unknown or internal scope, or a hostile segment; PERMISSION_DENIED for
   * one that climbs (`..`, also behind a backslash); NAME_TOO_LONG
   */
  static parse(text: string, context: UriContext): VikingUri {
    const trimmed = text.trim();
    if (!trimmed.startsWith(SCHEME)) {
      throw new VikingError('INVALID_URI', `${quoted(text)} is not a Viking URI`, {
        hint: `Start it with ${SCHEME}, as in viking://resources/docs.`,
      });
    }
    const rendered = renderPathVariables(trimmed.slice(SCHEME.length), {
      now: context.now ?? Date.now(),
      ...(context.timeZone === undefined ? {} : { timeZone: context.timeZone }),
    });
    const segments = rendered.split('/').filter((segment) => segment !== '');
    assertStays(segments, trimmed);
    for (const segment of segments) assertSegment(segment, trimmed.slice(0, 300));
    return VikingUri.#canonical(segments, trimmed, context);
  }

  /**
   * The URI whose text this is, as `toString` gave it: names are taken as they are, also those that `parse` would render
   * (`{calendar:today}`) or trim. @throws INVALID_URI, NAME_TOO_LONG
   */
  static fromCanonical(text: string): VikingUri {
    if (!text.startsWith(SCHEME)) throw new VikingError('INVALID_URI', `${quoted(text)} is not a Viking URI`);
    const path = text.slice(SCHEME.length);
    return path === '' ? VikingUri.root : VikingUri.of(path.split('/'));
  }

  /** From canonical segments, e.g. `['resources', 'docs', 'a.md']`. @throws INVALID_URI, NAME_TOO_LONG */
  static of(segments: readonly string[]): VikingUri {
    const text = SCHEME + segments.join('/');
    for (const segment of segments) assertSegment(segment, text.slice(0, 300));
    if (segments.length > 0) assertScope(segments[0]!, text);
    return new VikingUri([...segments]);
  }

  static user(user: string, ...rest: string[]): VikingUri {
    return VikingUri.of(['user', user, ...rest]);
  }

  static resources(...rest: string[]): VikingUri {
    return VikingUri.of(['resources', ...rest]);
  }

  static #canonical(segments: readonly string[], text: string, context: UriContext): VikingUri {
    const [first, second] = segments;
    if (first === undefined) return VikingUri.root;
    const sessions = (rest: readonly string[]) =>
      VikingUri.of(
        context.sharedSessions === true ? ['session', ...rest] : ['user', context.user, 'sessions', ...rest],
      );
    if (first === '~')
      return second === 'sessions'
        ? sessions(segments.slice(2))
        : VikingUri.of(['user', context.user, ...segments.slice(1)]);
    if (first === 'session') return sessions(segments.slice(1));
    if (first === 'user' && second === context.user && segments[2] === 'sessions')
      return sessions(segments.slice(3));
    if (first === 'user' && second === 'sessions') return sessions(segments.slice(2));
    if (first === 'user' && second === 'skills')
      return VikingUri.of(['user', context.skillsOf ?? context.user, ...segments.slice(1)]);
    if (first === 'user' && second !== undefined && USER_SHORT_WORDS.has(second)) {
      return VikingUri.of(['user', context.user, ...segments.slice(1)]);
    }
    assertScope(first, text);
    if (first === 'user' && second !== undefined && !isIdentity(second)) {
      throw new VikingError('INVALID_URI', `${quoted(text)}: ${quoted(second)} cannot be a user id`);
    }
    return new VikingUri([...segments]);
  }

  get scope(): Scope | undefined {
    return this.segments[0] as Scope | undefined;
  }

  /** Last segment; empty for the root. */
  get name(): string {
    return this.segments.at(-1) ?? '';
  }

  get isRoot(): boolean {
    return this.segments.length === 0;
  }

  /** Owner of a `user/{id}/…` URI. */
  get userId(): string | undefined {
    return this.scope === 'user' ? this.segments[1] : undefined;
  }

  /** Peer of a `user/{id}/peers/{peer}/…` URI. */
  get peerId(): string | undefined {
    return this.scope === 'user' && this.segments[2] === 'peers' ? this.segments[3] : undefined;
  }

  /** Session of a `user/{id}/sessions/{session}/…` or a `session/{session}/…` URI. */
  get sessionId(): string | undefined {
    if (this.scope === 'session') return this.segments[1];
    return this.scope === 'user' && this.segments[2] === 'sessions' ? this.segments[3] : undefined;
  }

  /** Names below the session; empty for the session itself, and outside of sessions. */
  get insideSession(): readonly string[] {
    if (this.sessionId === undefined) return [];
    return this.segments.slice(this.scope === 'session' ? 2 : 4);
  }

  get contextType(): ContextType {
    if (this.scope === 'session') return 'session';
    if (this.scope !== 'user') return 'resource';
    const kind = this.segments[2] === 'peers' ? this.segments[4] : this.segments[2];
    if (kind === 'memories' || kind === 'profile.md') return 'memory';
    if (kind === 'skills') return 'skill';
    return kind === 'sessions' ? 'session' : 'resource';
  }

  /** Path below the account's content directory, e.g. `resources/docs/a.md`; empty for the root. */
  get contentPath(): string {
    return this.segments.join('/');
  }

  /** @throws INVALID_URI at the root */
  parent(): VikingUri {
    if (this.isRoot) throw new VikingError('INVALID_URI', `${SCHEME} has no parent`);
    return new VikingUri(this.segments.slice(0, -1));
  }

  /** @throws INVALID_URI, NAME_TOO_LONG for a segment that is not a name */
  join(...segments: string[]): VikingUri {
    return VikingUri.of([...this.segments, ...segments]);
  }

  /** Whether this is `other` or below it. */
  isWithin(other: VikingUri): boolean {
    return (
      other.segments.length <= this.segments.length &&
      other.segments.every((segment, index) => segment === this.segments[index])
    );
  }

  equals(other: VikingUri): boolean {
    return other.segments.length === this.segments.length && this.isWithin(other);
  }

  toString(): string {
    return SCHEME + this.segments.join('/');
  }

  toJSON(): string {
    return this.toString();
  }
}

function assertScope(scope: string, text: string): asserts scope is Scope {
  if (scope === 'resources' || scope === 'user' || scope === 'session') return;
  if (scope === 'agent') {
    const instead = insteadOfAgent(text);
    throw new VikingError(
      'INVALID_URI',
      `${quoted(text)}: the agent scope is not part of this namespace, use ${quoted(instead)}`,
      { hint: `Use ${quoted(instead)} instead.` },
    );
  }
  if (INTERNAL_SCOPES.has(scope)) {
    throw new VikingError('INVALID_URI', `${quoted(text)}: the scope "${scope}" is internal`);
  }
  throw new VikingError('INVALID_URI', `${quoted(text)}: unknown scope ${quoted(scope)}`, {
    hint: 'A URI starts with viking://resources or viking://user.',
  });
}

/** What an agent had is the user's: `agent/skills/x` and `agent/{id}/skills/x` are `user/skills/x`. */
function insteadOfAgent(text: string): string {
  const segments = text
    .slice(SCHEME.length)
    .split('/')
    .filter((segment) => segment !== '');
  const area = segments.findIndex((segment, index) => index > 0 && USER_SHORT_WORDS.has(segment));
  return `${SCHEME}user/${area < 0 ? 'skills' : segments.slice(area).join('/')}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 300 ? `${text.slice(0, 300)}…` : text);
}

/** @throws PERMISSION_DENIED */
function assertStays(segments: readonly string[], text: string): void {
  if (!segments.flatMap((segment) => segment.split('\\')).some((part) => part === '.' || part === '..'))
    return;
  throw new VikingError('PERMISSION_DENIED', `${text.slice(0, 300)}: "." and ".." are no names in a URI`, {
    hint: 'Name the entry from its scope on, as in viking://resources/docs.',
  });
}
