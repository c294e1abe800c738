/**
 * Sets up one account for each of the four ways to keep users and agents apart, and one that shares its sessions, and
 * shows who sees what. Talks to the daemon at VIKINGFS_SOCKET as its owner, and ends with an error when anything is
 * seen by another than the table in README.md says.
 */
import { createClient } from 'vikingfs/client';

const socketPath = process.env.VIKINGFS_SOCKET;
if (socketPath === undefined) throw new Error('set VIKINGFS_SOCKET to the socket of a running daemon (see: ov status)');
const owner = createClient({ socketPath });

/** Who asks. Data is made by the first of them. */
const ASKERS = [
  { user: 'ann', agent: 'coder' },
  { user: 'ann', agent: 'writer' },
  { user: 'ann' },
  { user: 'bob', agent: 'coder' },
];

const MEMORY = 'viking://user/memories/preferences/note.md';
const SKILL = 'viking://user/skills/greet/SKILL.md';

const SKILL_TEXT = '---\nname: greet\ndescription: Greets people by name.\n---\n\n# Greet\n\nSay hello.\n';

/** Who of the askers sees ann's memory and the coder's skill, in the order above. */
const EXPECTED = [
  { byAgent: false, byUser: false, memory: 'yes yes yes no', skill: 'yes no no yes' },
  { byAgent: true, byUser: false, memory: 'yes no no no', skill: 'yes no no yes' },
  { byAgent: false, byUser: true, memory: 'yes yes yes no', skill: 'yes no no no' },
  { byAgent: true, byUser: true, memory: 'yes no no no', skill: 'yes no no no' },
];

const wrong = [];
console.log('| user by agent | agent by user | what | ann+coder | ann+writer | ann | bob+coder |');
console.log('|---|---|---|---|---|---|---|');
for (const expected of EXPECTED) await oneWay(expected);
await sharedSessions();
if (wrong.length > 0) throw new Error(`not as it should be:\n${wrong.join('\n')}`);

async function oneWay({ byAgent, byUser, memory, skill }) {
  const account = `isolation-${byAgent ? 1 : 0}${byUser ? 1 : 0}`;
  await owner.admin.createAccount({
    account_id: account,
    admin_user_id: 'ann',
    isolate_user_scope_by_agent: byAgent,
    isolate_agent_scope_by_user: byUser,
  });
  await owner.admin.createUser(account, { user_id: 'bob' });
  const clients = ASKERS.map((asker) => createClient({ socketPath, account, ...asker }));
  await clients[0].write(MEMORY, 'Ann prefers tabs.\n', { mode: 'create', create_parent: true });
  await clients[0].write(SKILL, SKILL_TEXT, { mode: 'create', create_parent: true });
  for (const [what, uri, should] of [
    ['memory', MEMORY, memory],
    ['skill', SKILL, skill],
  ]) {
    const seen = await Promise.all(clients.map((client) => sees(client, uri)));
    console.log(`| ${[yes(byAgent), yes(byUser), what, ...seen].join(' | ')} |`);
    if (seen.join(' ') !== should) wrong.push(`${account} ${what}: ${seen.join(' ')}, not ${should}`);
    await sameByEveryDoor(clients, uri, seen, `${account} ${what}`);
  }
}

/** What cannot be read by its short name is not found by searching either, nor by the name it really has. */
async function sameByEveryDoor(clients, uri, seen, what) {
  const { uri: real } = await clients[0].stat(uri);
  const found = uri === SKILL ? 'SKILL.md' : 'note.md';
  for (const [index, client] of clients.entries()) {
    const { matches } = await client.glob({ pattern: `**/${found}`, uri: 'viking://' });
    const globbed = yes(matches.includes(real));
    const read = await sees(client, real);
    if (globbed !== seen[index] || read !== seen[index])
      wrong.push(`${what} as ${real}, asker ${index + 1}: glob ${globbed}, read ${read}, not ${seen[index]}`);
  }
}

async function sharedSessions() {
  const account = 'isolation-shared';
  await owner.admin.createAccount({ account_id: account, admin_user_id: 'ann', sessions: 'account' });
  const { user_key: key } = await owner.admin.createUser(account, { user_id: 'bob' });
  const ann = createClient({ socketPath, account, user: 'ann' });
  const bob = createClient({ socketPath, key });
  await ann.addMessage('standup', { role: 'user', content: 'I prefer short meetings.' });
  await bob.addMessage('standup', { role: 'user', content: 'I prefer long walks.' });
  const refused = await bob
    .addMessage('standup', { role: 'user', content: 'I prefer it loud.', role_id: 'ann' })
    .then(() => 'accepted', (error) => error.code);
  if (refused !== 'PERMISSION_DENIED') wrong.push(`bob speaking as ann: ${refused}`);
  const session = await ann.session('standup');
  if (session.uri !== 'viking://session/standup') wrong.push(`the session is at ${session.uri}`);
  if (session.participants.join(' ') !== 'ann bob') wrong.push(`participants: ${session.participants.join(' ')}`);
  await ann.commit('standup', { wait: 30 });
  console.log('\n| shared session | "short meetings" remembered | "long walks" remembered |');
  console.log('|---|---|---|');
  for (const [name, client, should] of [
    ['ann', ann, 'yes no'],
    ['bob', bob, 'no yes'],
  ]) {
    const kept = [];
    for (const pattern of ['short meetings', 'long walks']) {
      const { matches } = await client.grep({ uri: 'viking://user/memories', pattern });
      kept.push(yes(matches.length > 0));
    }
    console.log(`| ${[name, ...kept].join(' | ')} |`);
    if (kept.join(' ') !== should) wrong.push(`${name} remembers ${kept.join(' ')}, not ${should}`);
  }
}

async function sees(client, uri) {
  try {
    await client.read(uri);
    return 'yes';
  } catch (error) {
    if (error.code === 'NOT_FOUND' || error.code === 'PERMISSION_DENIED') return 'no';
    throw error;
  }
}

function yes(value) {
  return value ? 'yes' : 'no';
}
