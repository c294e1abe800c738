import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openContent } from '../../../src/content/index.ts';
import { ADA, openSessionHome, type SessionHome, user } from '../../helpers/session-home.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let temp: TempDir;
let home: SessionHome;
/** Outputs read, and what the next read of one waits for. */
let read: string[];
let held: Promise<void> | undefined;

beforeEach(async () => {
  temp = await tempDir();
  read = [];
  held = undefined;
  const content = await openContent(join(temp.path, 'content'));
  home = await openSessionHome(temp.path, {
    sessions: {
      content: {
        ...content,
        async read(path, ...more) {
          if (path.endsWith('/tool.json')) {
            read.push(path.split('/').at(-2) ?? '');
            await held;
          }
          return content.read(path, ...more);
        },
      },
    },
  });
  for (const [index, tool_name] of ['sh', 'web', 'sh'].entries()) {
    const part = { type: 'tool', tool_id: `t${index}`, tool_name, tool_output: 'x'.repeat(20_001 + index) };
    await home.sessions.addMessages(ADA, 's', [{ role: 'assistant', parts: [part] }]);
    await utimes(file(`t${index}`), 1_000 + index, 1_000 + index);
  }
});
afterEach(async () => {
  await home.close();
  await temp.remove();
});

const file = (id: string): string =>
  join(temp.path, 'content/default/user/ada/sessions/s/tools', id, 'tool.json');

async function listed(limit: number, toolName?: string): Promise<string[]> {
  read = [];
  const metas = await home.sessions.toolResults(ADA, 's', { limit, toolName });
  return metas.map((meta) => `${meta.tool_result_id} ${meta.tool_name} ${meta.total_chars}`);
}

it('reads no more outputs than are asked for, newest first', async () => {
  expect(await listed(10)).toEqual(['t2 sh 20003', 't1 web 20002', 't0 sh 20001']);
  expect(await listed(1)).toEqual(['t2 sh 20003']);
  expect(read).toEqual(['t2']);
  expect(await listed(1, 'web')).toEqual(['t1 web 20002']);
  expect(read).toEqual(['t2', 't1']);
  expect(await listed(2, 'sh')).toEqual(['t2 sh 20003', 't0 sh 20001']);
  expect(await listed(10, 'none')).toEqual([]);
});

it('leaves out what is larger than any output, and what is damaged', async () => {
  await writeFile(file('t1'), `{"tool_output": "${'x'.repeat(17 * 1024 * 1024)}"}`);
  await writeFile(file('t2'), '{"tool_output": ');
  expect(await listed(10)).toEqual(['t0 sh 20001']);
  await expect(home.sessions.toolResult(ADA, 's', 't1')).rejects.toThrow('no tool result');
});

it('keeps no message waiting while outputs are read', async () => {
  let go!: () => void;
  held = new Promise((resolve) => {
    go = resolve;
  });
  const [list, one] = [listed(10), home.sessions.toolResult(ADA, 's', 't0')];
  await home.sessions.addMessages(ADA, 's', [user('meanwhile')]);
  go();
  expect(await list).toHaveLength(3);
  expect((await one).text).toHaveLength(20_001);
  await expect(home.sessions.toolResults(ADA, 'other', { limit: 1 })).rejects.toThrow('other');
});
