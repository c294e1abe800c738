/** The table of accepted forms, for every kind of caller: one canonical form, which is its own alias, and is theirs. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DEFAULT_POLICY, isVisible, type Principal, placed, uriContext } from '../../src/tenancy/index.ts';
import { VikingUri } from '../../src/uri/index.ts';

const identity = fc
  .stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,20}$/)
  .filter((id) => !/^(memories|resources|skills|peers|sessions|profile\.md)$/.test(id));
const name = fc.stringMatching(/^[A-Za-z0-9 _é-]{1,12}$/).filter((text) => text.trim() === text);
const rest = fc.array(name, { maxLength: 4 });
const caller: fc.Arbitrary<Principal> = fc
  .record({
    user: identity,
    agent: fc.option(identity, { nil: undefined }),
    sessions: fc.constantFrom('user' as const, 'account' as const),
    isolateUserScopeByAgent: fc.boolean(),
    isolateAgentScopeByUser: fc.boolean(),
  })
  .map(({ user, agent, ...policy }) =>
    placed({ account: 'default', user, role: 'user' }, { ...DEFAULT_POLICY, ...policy }, agent),
  );

/** Short form of a place, and the segments before its own names. */
const FORMS: readonly (readonly [string, (who: Principal) => readonly string[]])[] = [
  ['~', ({ user }) => ['user', user]],
  ['user/memories', ({ user }) => ['user', user, 'memories']],
  ['user/resources', ({ user }) => ['user', user, 'resources']],
  ['user/peers', ({ user }) => ['user', user, 'peers']],
  ['~/memories', ({ user }) => ['user', user, 'memories']],
  ['user/skills', ({ user, agentSpace }) => ['user', agentSpace ?? user, 'skills']],
  ['session', (who) => sessions(who)],
  ['user/sessions', (who) => sessions(who)],
  ['~/sessions', (who) => sessions(who)],
];
const sessions = ({ user, sharedSessions }: Principal) =>
  sharedSessions === true ? ['session'] : ['user', user, 'sessions'];

it('every short form has one canonical form, which is the caller’s', () => {
  fc.assert(
    fc.property(caller, fc.constantFrom(...FORMS), rest, (who, [form, place], names) => {
      const below = form === '~' ? ['notes', ...names] : names;
      const uri = VikingUri.parse(`viking://${[form, ...below].join('//')}/`, uriContext(who));
      expect(uri.segments).toEqual([...place(who), ...below]);
      expect(String(VikingUri.parse(String(uri), uriContext(who)))).toBe(String(uri));
      expect(String(VikingUri.fromCanonical(String(uri)))).toBe(String(uri));
      expect(isVisible(who, uri)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

it('two callers share a user tree only when it is the same user’s, and never for less than the policy keeps apart', () => {
  fc.assert(
    fc.property(caller, caller, rest, (one, other, names) => {
      const uri = VikingUri.user(one.user, 'memories', ...names);
      expect(isVisible(other, uri)).toBe(one.user === other.user);
    }),
    { numRuns: 2_000 },
  );
});

it('agent URIs are refused, and the message names the path to use', () => {
  for (const [asked, instead] of [
    ['viking://agent', 'viking://user/skills'],
    ['viking://agent/skills/x', 'viking://user/skills/x'],
    ['viking://agent/coder/memories/a.md', 'viking://user/memories/a.md'],
    ['viking://agent//coder/skills/', 'viking://user/skills'],
    ['viking://agent/coder', 'viking://user/skills'],
  ])
    expect(() => VikingUri.parse(asked!, { user: 'ada' })).toThrow(
      expect.objectContaining({ code: 'INVALID_URI', message: expect.stringContaining(`"${instead}"`) }),
    );
});

it('a day in a path is that of the time zone, on both sides of midnight', () => {
  const zones = ['Pacific/Kiritimati', 'UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Pago_Pago'];
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4_102_444_800_000 }),
      fc.constantFrom(...zones),
      (now, timeZone) => {
        const { segments } = VikingUri.parse('viking://~/{calendar:today}/x', { user: 'ada', now, timeZone });
        const day = new Date(now).toLocaleDateString('sv-SE', { timeZone });
        expect(segments.slice(2)).toEqual([...day.split('-'), 'x']);
      },
    ),
    { numRuns: 500 },
  );
});
