/** A directory of memories is exchanged for a symlink to another user's after it was looked at. */
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ContentStore } from '../../../src/content/contract.ts';
import { openContent } from '../../../src/content/index.ts';
import { putMemory } from '../../../src/memory/carry-out.ts';
import { readMemory } from '../../../src/memory/drafts.ts';
import { removeOwn } from '../../../src/memory/own-place.ts';
import type { Principal } from '../../../src/tenancy/index.ts';
import { VikingUri } from '../../../src/uri/index.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

const alice: Principal = { account: 'acme', user: 'alice', role: 'user' };
const uri = VikingUri.user('alice', 'memories', 'events', 'tea.md');
let temp: TempDir;
let store: ContentStore;
let bobs: string;

beforeEach(async () => {
  temp = await tempDir();
  const users = join(temp.path, 'content/acme/user');
  for (const user of ['alice', 'bob']) {
    mkdirSync(join(users, user, 'memories/events'), { recursive: true });
    writeFileSync(join(users, user, 'memories/events/tea.md'), `of ${user}`);
  }
  bobs = join(users, 'bob/memories/events/tea.md');
  const opened = await openContent(join(temp.path, 'content'));
  let exchanged = false;
  store = {
    ...opened,
    async real(path, options) {
      const found = await opened.real(path, options);
      if (!exchanged) {
        exchanged = true;
        const events = join(users, 'alice/memories/events');
        renameSync(events, `${events}-away`);
        symlinkSync('../../bob/memories/events', events);
      }
      return found;
    },
  };
});
afterEach(() => temp.remove());

const put = (text: string | undefined, stamp?: Awaited<ReturnType<ContentStore['stat']>>) =>
  putMemory({ content: store, onChanged: () => undefined }, alice, { uri, text, stamp });

it.each([
  ['reading it', () => readMemory(store, alice, uri)],
  ['removing it', () => removeOwn(store, alice, uri)],
  ['writing it anew', () => put('of alice, again')],
  [
    'changing it',
    async () => put('of alice, again', await store.stat('acme/user/bob/memories/events/tea.md')),
  ],
] as const)(
  '%s is refused, and what is the other user’s is neither told nor touched',
  async (_what, work) => {
    await expect(work()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(readFileSync(bobs, 'utf8')).toBe('of bob');
  },
);
