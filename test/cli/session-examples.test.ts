/**
 * The complete example of the reference's session documents: create a session, say something with a context and a tool
 * part, tell what was used, commit, find the preference. Through every door, with rules and with a model.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../helpers/cli.ts';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { unmountLeftovers } from '../helpers/leftover-mounts.ts';
import { type ModelServer, startModelServer } from '../helpers/model-server.ts';
import { shell } from '../helpers/shell.ts';

const PREFERENCE = 'I prefer dark mode in every editor.';
const QUESTION = 'dark mode in editors';
const GUIDE = 'viking://resources/guide.md';
const ASSISTANT_PARTS = [
  { type: 'text', text: 'Noted. I looked at the guide.' },
  { type: 'context', uri: GUIDE, context_type: 'resource', abstract: 'How to theme' },
  {
    type: 'tool',
    tool_id: 'call_1',
    tool_name: 'read_file',
    tool_input: { path: 'guide.md' },
    tool_output: 'Set theme to dark.',
    tool_status: 'completed',
  },
];

/** A model that does what it is told: the first message of the user is a preference. */
function scripted(server: ModelServer): void {
  server.answerWith(({ messages }) => {
    const system = messages[0]?.content ?? '';
    const text = messages.at(-1)?.content ?? '';
    if (system.includes('lasting memories')) {
      const evidence = [...text.matchAll(/^\[(msg_\w+)\] \S+ user/gm)].map(([, id]) => id).slice(0, 1);
      const memory = {
        category: 'preferences',
        subject: 'editor theme',
        text: 'Prefers dark mode in editors.',
      };
      return JSON.stringify({ memories: [{ ...memory, evidence, fields: [] }] });
    }
    if (system.includes('summarise a conversation')) {
      return JSON.stringify({
        overview: 'The user wants dark mode.',
        analysis: ['A preference was stated.'],
        primary_request: ['Use dark mode.'],
        key_concepts: ['dark mode'],
        pending_tasks: [],
      });
    }
    return JSON.stringify({ decisions: [] });
  });
}

describe.each(['rules', 'model:scripted'])(
  'the example of the session documents, memories by %s',
  (extractor) => {
    let daemon: TestDaemon;
    let server: ModelServer;
    beforeAll(async () => {
      server = await startModelServer();
      scripted(server);
      const env: Record<string, string> =
        extractor === 'rules' ? {} : { VIKINGFS_CHAT_URL: server.url, VIKINGFS_CHAT_MODEL: 'scripted' };
      daemon = await startTestDaemon({ env });
      await daemon.client.write(GUIDE, '# Guide\n\nHow to theme an editor.\n');
    });
    afterAll(async () => {
      await unmountLeftovers(process.pid);
      await daemon.close();
      await server.close();
    });

    async function expectFound(): Promise<void> {
      const { memories } = await daemon.client.find({
        query: QUESTION,
        target_uri: 'viking://user/memories',
      });
      expect(memories[0]?.uri).toContain('/memories/preferences/');
    }

    it('over the API', async () => {
      const { client } = daemon;
      const { session_id } = await client.createSession();
      await client.addMessage(session_id, { role: 'user', content: PREFERENCE });
      await client.addMessages(session_id, [{ role: 'assistant', parts: ASSISTANT_PARTS }]);
      expect(await client.used(session_id, { contexts: [GUIDE] })).toMatchObject({ contexts_used: 1 });
      expect((await client.sessionContext(session_id)).messages).toHaveLength(2);
      const committed = await client.commit(session_id, { wait: 60 });
      expect(committed).toMatchObject({
        status: 'committed',
        archived: 2,
        active_count_updated: 1,
        extractor,
      });
      expect(committed.memories_extracted).toBe(1);
      const archive = await client.sessionArchive(session_id, 'archive_001');
      expect(archive.overview).toContain('# Session Summary');
      expect(archive.overview).toContain('dark mode');
      expect(archive.abstract.length).toBeLessThanOrEqual(256);
      expect(archive.messages[1]?.parts.map(({ type }) => type)).toEqual(['text', 'context', 'tool']);
      expect(await client.stat(GUIDE)).toMatchObject({ active_count: 1 });
      await expectFound();
      const undone = await client.undoArchive(session_id, 'archive_001');
      expect(undone).toMatchObject({ refused: [], restored: [expect.stringContaining('/preferences/')] });
      expect((await client.find({ query: QUESTION, target_uri: 'viking://user/memories' })).memories).toEqual(
        [],
      );
    });

    it('on the command line', async () => {
      const ov = async (...args: string[]) => {
        const result = await runCli(args, { env: daemon.env });
        expect(result, result.stderr).toMatchObject({ code: 0 });
        return result;
      };
      await ov('session', 'new', 'by-cli');
      await ov('session', 'add-message', 'by-cli', '--role', 'user', '--content', PREFERENCE);
      await ov(
        'session',
        'add-message',
        'by-cli',
        '--role',
        'assistant',
        '--parts',
        JSON.stringify(ASSISTANT_PARTS),
      );
      await ov('session', 'used', 'by-cli', GUIDE);
      expect((await ov('session', 'commit', 'by-cli', '--wait', '60')).stdout).toContain(
        `extracted by ${extractor}`,
      );
      expect((await ov('find', QUESTION)).stdout).toContain('memories/preferences');
      await expectFound();
      if (extractor !== 'rules') return; // what follows is the same with a model
      expect((await ov('undo', 'by-cli/archive_001')).stdout).toContain('1 memory restored');
      expect((await ov('remember', 'We deploy on Fridays.', '--category', 'patterns')).stdout).toMatch(
        /^stored .*patterns/,
      );
      expect((await ov('review')).stdout).toContain('nothing waits');
      expect((await ov('memories', 'tidy', '--dry-run')).stdout).toContain('nothing to tidy');
      const kept = (await ov('remember', 'Forget me soon, please.', '--category', 'events')).stdout
        .trim()
        .split(' ')[1];
      expect((await ov('forget', kept ?? '')).stdout).toContain('forgotten');
    });

    it('with files', async () => {
      const mountpoint = join(daemon.dir, 'mnt');
      mkdirSync(mountpoint);
      const mounted = await runCli(['mount', mountpoint], { env: daemon.env });
      expect(mounted, mounted.stderr).toMatchObject({ code: 0 });
      const sh = (line: string): Promise<string> => shell(`export M=${mountpoint}; ${line}`, 60_000);
      await sh('mkdir $M/session/by-files');
      await sh(
        `echo '${JSON.stringify({ role: 'user', content: PREFERENCE })}' >> $M/session/by-files/messages.jsonl`,
      );
      await sh(
        `echo '${JSON.stringify({ role: 'assistant', parts: ASSISTANT_PARTS })}' >> $M/session/by-files/messages.jsonl`,
      );
      await daemon.client.used('by-files', { contexts: [GUIDE] });
      await sh('echo now > $M/session/by-files/.commit');
      await sh(
        'for i in $(seq 100); do grep -q committed $M/session/by-files/.commit && exit 0; sleep 0.2; done; exit 1',
      );
      expect(JSON.parse(await sh('cat $M/session/by-files/.commit'))).toMatchObject({
        status: 'committed',
        extractor,
      });
      expect(await sh('cat $M/session/by-files/history/archive_001/.overview.md')).toContain('dark mode');
      expect(await sh(`ls "$M/user/memories/.find/${QUESTION}"`)).toContain('01-');
      expect(await sh(`cat $M/user/memories/preferences/*.md`)).toMatch(/dark mode/i);
      await expectFound();
      await runCli(['umount', mountpoint], { env: daemon.env });
    });
  },
);
