import { afterAll, beforeAll, expect, it } from 'vitest';
import { IndexedTree } from './tree.ts';

/** A small handbook, as a team would write one. */
const HANDBOOK: Readonly<Record<string, string>> = {
  'a/resources/handbook/README.md': `# Orchard handbook

How we build, run and support Orchard, the booking service. Start with the setup guide; the runbooks say what to do at night.
`,
  'a/resources/handbook/setup.md': `# Setting up a workstation

Install Node 20 and PostgreSQL 15. Clone the repository, copy \`.env.example\` to \`.env\` and run \`make bootstrap\`.

## Certificates

The local proxy needs a certificate that your browser trusts. \`make certs\` creates one and adds it to the keychain.

## Troubleshooting

If the port is taken, another copy of the service is still running: \`lsof -i :8080\` shows which.
`,
  'a/resources/handbook/deploy.md': `# Deploying

Every merge to main is built and rolled out to staging. Production follows after the smoke tests, one region at a time.

## Rolling back

\`orchardctl rollback --to <build>\` brings back the last good build. Database migrations are never reverted; write a new one.

## Freezes

No deployments between 20 December and 4 January.
`,
  'a/resources/handbook/oncall.md': `# On call

The rota is one week, Tuesday to Tuesday. Whoever is paged acknowledges within ten minutes.

## Escalation

When a customer cannot book, phone the duty manager. Everything else waits for the morning.
`,
  'a/resources/handbook/runbooks/database.md': `# Database runbook

## Replication lag

When the replica falls behind by more than a minute, reads go to the primary. Find the long transaction in pg_stat_activity and end it.

## Disk full

Vacuum the audit table first; it grows by two gigabytes a day.
`,
  'a/resources/handbook/runbooks/queue.md': `# Queue runbook

Messages that failed five times land in the dead letter queue. Inspect them with \`orchardctl dlq peek\` and send them again with \`orchardctl dlq replay\`.
`,
  'a/resources/handbook/runbooks/cache.md': `# Cache runbook

Redis holds sessions and search results. After a flush the site is slow for about five minutes while it warms up.
`,
  'a/resources/handbook/security.md': `# Security

Secrets live in the vault, never in the repository. Tokens are rotated every ninety days; a leaked one is revoked at once and reported to the security channel.
`,
  'a/resources/handbook/holidays.md': `# Holidays and sick leave

Thirty days of paid leave a year. Ask your lead two weeks ahead. When you are ill, a message before ten o'clock is enough; a doctor's note is needed from the fourth day.
`,
  'a/resources/handbook/expenses.md': `# Expenses

Train tickets are reimbursed in full, second class. Hand in receipts within a month through the finance portal.
`,
  'a/resources/code/pricing.ts': `/** Price of a booking in cents, with the discount of a returning guest. */
export function priceOf(nights: number, rate: number, isReturning: boolean): number {
  const full = nights * rate;
  return isReturning ? Math.round(full * 0.9) : full;
}

/** Seasons change the nightly rate. */
export function seasonalRate(base: number, month: number): number {
  return month >= 6 && month <= 8 ? base * 1.4 : base;
}
`,
  'a/resources/code/retry-policy.ts': `/** Waits longer after each failure, with jitter, up to a minute. */
export function backoffMs(attempt: number): number {
  return Math.min(60_000, 2 ** attempt * 250 * (0.5 + Math.random()));
}
`,
  'a/user/me/memories/preferences.md': `# Preferences

- I prefer tabs over spaces.
- Answers in German, please.
`,
  'a/user/me/sessions/s1/messages.jsonl': [
    '{"role":"user","content":"Which hotel did we book for the offsite?"}',
    '{"role":"assistant","content":"The Lindenhof in Freiburg, from the 3rd to the 5th of March."}',
    '{"role":"user","content":"And who brings the projector?"}',
    '{"role":"assistant","content":"Ravi does."}',
  ].join('\n'),
};

const QUESTIONS: readonly (readonly [string, string])[] = [
  ['how do I roll back a bad release?', 'handbook/deploy.md'],
  ['what to do with dead letters', 'runbooks/queue.md'],
  ['replica is lagging behind', 'runbooks/database.md'],
  ['how many days of vacation leave do I get', 'handbook/holidays.md'],
  ['who do I phone at night when customers cannot book', 'handbook/oncall.md'],
  ['port 8080 already taken', 'handbook/setup.md'],
  ['leaked token', 'handbook/security.md'],
  ['get my train ticket reimbursed', 'handbook/expenses.md'],
  ['why is the site slow after flushing redis', 'runbooks/cache.md'],
  ['where is the discount for returning guests computed', 'code/pricing.ts'],
  ['seasonalRate', 'code/pricing.ts'],
  ['exponential backoff with jitter', 'code/retry-policy.ts'],
  ['retry policy', 'code/retry-policy.ts'],
  ['tabs or spaces', 'memories/preferences.md'],
  ['which hotel was booked for the offsite', 'sessions/s1/messages.jsonl'],
  ['runbooks/cache.md', 'runbooks/cache.md'],
  ['replicaton lagg', 'runbooks/database.md'],
  ['orchardctl dlq replay', 'runbooks/queue.md'],
  ['Christmas deployment freeze', 'handbook/deploy.md'],
  ['doctors note', 'handbook/holidays.md'],
];

let tree: IndexedTree;
beforeAll(async () => {
  tree = await IndexedTree.make(HANDBOOK);
  await tree.open();
});
afterAll(() => tree.dispose());

it.each(QUESTIONS)('%s', async (question, file) => {
  const paths = await tree.paths(question);
  expect(
    paths.slice(0, 3).some((path) => path.endsWith(file)),
    paths.slice(0, 3).join(', '),
  ).toBe(true);
});

it('has the answer first nearly always', async () => {
  let first = 0;
  for (const [question, file] of QUESTIONS) if ((await tree.paths(question))[0]?.endsWith(file)) first++;
  expect(first).toBeGreaterThanOrEqual(QUESTIONS.length - 2);
});

it('points at the lines that answer', async () => {
  const [hit] = await tree.find('how do I roll back a bad release?');
  const lines = HANDBOOK['a/resources/handbook/deploy.md']!.split('\n').slice(
    hit!.lines.start - 1,
    hit!.lines.end,
  );
  expect(lines.join('\n')).toContain('orchardctl rollback');
});

it('answers the message after the one that has the words of the question', async () => {
  const { hits } = await tree.index.search({
    text: 'which hotel was booked for the offsite',
    within: ['a/user/me/sessions'],
    limit: 4,
    passagesPerEntry: 4,
  });
  expect(
    hits
      .slice(0, 2)
      .map((hit) => hit.passage)
      .join(),
  ).toContain('Lindenhof');
});
