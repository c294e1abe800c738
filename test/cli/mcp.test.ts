/** The MCP server as an assistant uses it: a process that speaks the protocol on its standard streams. */
import { readFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { eventually } from '../helpers/eventually.ts';
import { programOf } from '../helpers/program.ts';

let daemon: TestDaemon;
let assistant: Client;

beforeAll(async () => {
  daemon = await startTestDaemon();
  assistant = await connect([]);
});

afterAll(async () => {
  await assistant?.close();
  await daemon?.close();
});

async function connect(globals: readonly string[]): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [...programOf('cli'), 'mcp', ...globals],
      env: { ...daemon.env },
      stderr: 'ignore',
    }),
  );
  return client;
}

async function call(name: string, input: Record<string, unknown>, client = assistant) {
  const result = (await client.callTool({ name, arguments: input })) as {
    content: { text: string }[];
    isError?: boolean;
  };
  return { text: result.content.map((part) => part.text).join(''), isError: result.isError === true };
}

describe('ov mcp', () => {
  it('says what each tool is for, what it takes, and which ones change something', async () => {
    const { tools } = await assistant.listTools();
    expect(tools.map((tool) => tool.name)).toEqual(
      expect.arrayContaining([
        'find',
        'search',
        'read',
        'overview',
        'ls',
        'write',
        'remember',
        'session_commit',
      ]),
    );
    for (const tool of tools) {
      expect(tool.description?.length, tool.name).toBeGreaterThan(20);
      expect(tool.inputSchema.type).toBe('object');
    }
    const page = readFileSync(new URL('../../docs/mcp.md', import.meta.url), 'utf8');
    expect(tools.map((tool) => tool.name).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    const named = Object.fromEntries(tools.map((tool) => [tool.name, tool.annotations]));
    expect(named['read']).toMatchObject({ readOnlyHint: true, destructiveHint: false });
    expect(named['remove']).toMatchObject({ readOnlyHint: false, destructiveHint: true });
  });

  it('writes, finds, reads, describes and removes', async () => {
    const file = 'viking://resources/guides/walrus.md';
    const written = await call('write', {
      uri: file,
      content: '# Walrus\n\nThe walrus sleeps on the ice.\n',
    });
    expect(JSON.parse(written.text)).toMatchObject({ uri: file });
    await eventually(
      async () => (await call('find', { query: 'where does the walrus sleep' })).text.includes(file),
      { what: 'the new file among the hits' },
    );
    expect((await call('read', { uri: file })).text).toContain('sleeps on the ice');
    expect((await call('overview', { uri: 'viking://resources/guides' })).text).toContain('walrus.md');
    expect((await call('ls', { uri: 'viking://resources/guides' })).text).toContain(file);
    expect((await call('grep', { pattern: 'walrus sleeps' })).text).toContain('"line":3');
    await call('remove', { uri: file });
    const gone = await call('read', { uri: file });
    expect(gone).toMatchObject({ isError: true });
    expect(gone.text).toContain('NOT_FOUND');
    expect(gone.text).toContain(file);
  });

  it('cuts a long file at a line, and says how to go on', async () => {
    const file = 'viking://resources/long.txt';
    const lines = Array.from({ length: 30_000 }, (_, at) => `line ${at}`);
    await daemon.client.write(file, `${lines.join('\n')}\n`);
    const { text } = await call('read', { uri: file });
    const offset = Number(/\[cut: go on with offset (\d+)\]$/.exec(text)?.[1]);
    expect(text.split('\n')[offset - 1]).toBe(`line ${offset - 1}`);
    expect((await call('read', { uri: file, offset, limit: 1 })).text.trim()).toBe(`line ${offset}`);
  });

  it('keeps a session, and what is worth remembering of it', async () => {
    const added = await call('session_add', {
      session_id: 'chat',
      messages: [{ role: 'user', content: 'I prefer tabs over spaces.' }],
    });
    expect(added.isError).toBe(false);
    expect(JSON.parse((await call('session_commit', { session_id: 'chat' })).text)).toMatchObject({
      archived: 1,
      status: 'committed',
    });
    expect((await call('find', { query: 'tabs or spaces' })).text).toContain('memories/');
  });

  it('remembers a statement, and forgets it', async () => {
    const kept = await call('remember', { text: 'The staging server is called Njord.' });
    const { uri } = JSON.parse(kept.text) as { uri: string };
    expect(await daemon.client.read(uri)).toContain('Njord');
    expect((await call('find', { query: 'name of the staging server' })).text).toContain(uri);
    expect((await call('forget', { uri })).isError).toBe(false);
    expect((await call('find', { query: 'name of the staging server' })).text).not.toContain('Njord');
  });

  it('refuses what a tool does not take, and goes on', async () => {
    expect((await call('read', { uri: 'viking://resources', unknown: 1 })).isError).toBe(true);
    expect((await call('read', { uri: '../../etc/passwd' })).text).toContain('INVALID_URI');
    expect((await call('nothing', {})).isError).toBe(true);
    expect((await call('ls', {})).isError).toBe(false);
  });

  it('shows one peer only, when asked to', async () => {
    const noteOf = (peer: string) => `viking://user/tester/peers/${peer}/memories/note.md`;
    for (const peer of ['ada', 'bob'])
      await daemon.client.write(noteOf(peer), `The cormorant of ${peer} dives.\n`, {
        create_parent: true,
        wait: true,
      });
    const narrow = await connect(['--actor-peer', 'ada']);
    const asked = (name: string, input: Record<string, unknown>) => call(name, input, narrow);
    try {
      const query = 'whose cormorant dives';
      // What everybody else may see: the questions are not answered with nothing for another reason.
      expect((await call('find', { query })).text).toMatch(/peers\/bob/);
      for (const [name, input] of [
        ['ls', { uri: 'viking://user/peers', recursive: true }],
        ['tree', { uri: 'viking://user/tester/peers' }],
        ['find', { query, limit: 100 }],
        ['search', { query, limit: 100 }],
        ['context', { query }],
        ['grep', { pattern: 'cormorant' }],
        ['glob', { pattern: '**/note.md' }],
      ] as const) {
        const { text, isError } = await asked(name, input);
        expect(isError, `${name}: ${text}`).toBe(false);
        expect(text, name).toContain('ada');
        expect(text, name).not.toContain('bob');
      }
      expect((await asked('read', { uri: noteOf('ada') })).text).toBe('The cormorant of ada dives.\n');
      const missing = noteOf('bob').replace('note', 'none');
      for (const name of ['read', 'ls', 'abstract', 'overview', 'remove']) {
        const [there, not] = [await asked(name, { uri: noteOf('bob') }), await asked(name, { uri: missing })];
        expect(there.isError, name).toBe(true);
        expect(there.text, name).toContain('PERMISSION_DENIED');
        expect(there.text.replaceAll('note.md', 'none.md'), name).toBe(not.text);
      }
      const within = await asked('find', { query, target_uri: ['viking://user/tester/peers/bob'] });
      expect([within.isError, within.text.includes('cormorant')]).toEqual([true, false]);
      expect(await daemon.client.read(noteOf('bob'))).toBe('The cormorant of bob dives.\n');
    } finally {
      await narrow.close();
    }
  });
});
