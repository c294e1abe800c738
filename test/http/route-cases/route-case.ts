import type { RouteName } from '../../../src/api/index.ts';
import type { ErrorCode } from '../../../src/errors/index.ts';
import type { Caller, RouteAsk, RouteWorld } from '../../helpers/route-world.ts';

/** One request and who sends it; `bob`, a plain user, unless said. */
export interface RouteCase extends RouteAsk {
  readonly as?: Caller;
  /** What must be there first; what it answers is laid over the request. */
  given?(world: RouteWorld): Promise<RouteAsk> | Promise<void>;
}

export interface RouteCases {
  /** A success: its result, or its whole body where there is no envelope, matches `result`. */
  readonly ok: RouteCase & { readonly result: unknown; readonly status?: number };
  /** A case, or several, for each documented error that is not asked of every route in the same way. */
  readonly errors?: CaseErrors;
  /** The success needs a FUSE driver that works here. */
  readonly mounts?: true;
}

export type CaseErrors = Readonly<Partial<Record<ErrorCode, RouteCase | readonly RouteCase[]>>>;

export type CasesOf<Names extends RouteName> = Readonly<Record<Names, RouteCases>>;

/** A tree that everybody of the account may use, and a file of ann's that is nobody else's. */
export const TREE = 'viking://resources/tree';
export const FILE = `${TREE}/a.md`;
export const SECRET = 'viking://user/ann/memories/secret.md';

export async function fillRouteWorld({ result }: RouteWorld): Promise<void> {
  for (const [uri, content] of [
    [FILE, '# A\n\nThe alpaca grazes.\n'],
    [`${TREE}/dir/b.md`, '# B\n\nThe badger digs.\n'],
    ['viking://resources/spare/c.md', 'c\n'],
  ])
    await result('bob', 'write', { json: { uri, content } });
  await result('ann', 'write', { json: { uri: SECRET, content: 'xylophone\n' } });
  await result('bob', 'systemWait', { json: { timeout: 30 } });
}

/** The three ways in which a field that holds a URI may be no address of the caller's. */
export function badAddresses(field: string, asked: RouteAsk) {
  const place = asked.query === undefined ? 'json' : 'query';
  const at = (uri: string): RouteAsk => ({
    ...asked,
    [place]: { ...(asked[place] as object), [field]: uri },
  });
  return {
    INVALID_URI: [
      at('viking://nowhere/a'),
      at('viking://temp/a'),
      at('viking://agent/skills'),
      at('/etc/passwd'),
    ],
    NAME_TOO_LONG: at(`viking://resources/${'n'.repeat(300)}`),
    PERMISSION_DENIED: [at(SECRET), at(SECRET.replace('secret', 'none')), at('viking://user/nobody/x')],
  } as const;
}

export const MISSING = 'viking://resources/none.md';
