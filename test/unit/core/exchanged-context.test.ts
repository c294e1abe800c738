/** What was found is exchanged for a symlink before it is read: the index does not know of it yet. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type ModelServer, startModelServer } from '../../helpers/model-server.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';

/** A core starts in it, and its worker: many times the usual second when others want the processors. */
const STARTS_MS = 60_000;

let server: ModelServer;
let running: TestCore;

afterEach(async () => {
  await running.close();
  await server.close();
});

it(
  'a block of context has nothing of another user’s file that a symlink leads to',
  async () => {
    let exchange = () => {};
    // The endpoint is asked between finding and reading.
    server = await startModelServer({
      relevance() {
        exchange();
        return 1;
      },
    });
    running = await testCore({ models: { rerank: { url: server.url, model: 'judge' } } });
    const { core, principal, home } = running;
    const content = join(home, 'content/default');
    mkdirSync(join(content, 'user/bob/memories'), { recursive: true });
    writeFileSync(join(content, 'user/bob/memories/secret.md'), '# Walrus\n\nBob likes the xylophone.\n');
    for (const name of ['a.md', 'b.md'])
      await core.files.write(
        principal,
        core.files.parseUri(principal, `viking://resources/${name}`),
        Buffer.from('# Walrus\n\nThe walrus swims.\n'),
      );
    await core.system.wait(principal);

    let exchanged = false;
    exchange = () => {
      if (exchanged) return;
      exchanged = true;
      rmSync(join(content, 'resources/a.md'));
      symlinkSync('../user/bob/memories/secret.md', join(content, 'resources/a.md'));
    };
    const context = await core.search.context(principal, { query: 'walrus', detail: 'full' });
    expect(exchanged).toBe(true);
    expect(context.entries.map(({ uri }) => uri)).toContain('viking://resources/a.md');
    const told = JSON.stringify(context);
    expect(told).toContain('The walrus swims');
    expect(told).not.toContain('xylophone');
  },
  STARTS_MS,
);
