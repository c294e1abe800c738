import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADA, openSessionHome, type SessionHome, user } from '../../helpers/session-home.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

/** A filesystem of 300 KiB as the content directory; undefined where this process may not mount one. */
function mountSmall(content: string): boolean {
  mkdirSync(content, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', content], {
      timeout: 5_000,
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

let temp: TempDir;
let home: SessionHome | undefined;
let isMounted = false;
beforeEach(async () => {
  temp = await tempDir();
  isMounted = mountSmall(join(temp.path, 'content'));
});
afterEach(async () => {
  await home?.close();
  home = undefined;
  if (isMounted) execFileSync('umount', ['-l', join(temp.path, 'content')], { timeout: 5_000 });
  await temp.remove();
});

describe('a full disk', () => {
  it.for([
    { names: ['a', 'b'], textBytes: 4_000, rounds: 40 },
    { names: ['a'], textBytes: 1_200, rounds: 100 },
  ])(
    'refuses messages, keeps exactly the acknowledged ones, and goes on when there is room: $names',
    async ({ names, textBytes, rounds }, { skip }) => {
      if (!isMounted) skip('needs the right to mount');
      home = await openSessionHome(temp.path);
      const { sessions } = home;
      const ballast = join(temp.path, 'content/ballast');
      await writeFile(ballast, Buffer.alloc(180_000));
      const acknowledged: string[] = [];
      const refused: string[] = [];
      for (let number = 0; number < rounds; number += 1) {
        const calls = names.map((name) => `${name}${number} ${'x'.repeat(textBytes)}`);
        await Promise.all(
          calls.map((text) =>
            sessions.addMessages(ADA, 's', [user(text)]).then(
              () => acknowledged.push(text),
              (error: { code: string }) => refused.push(error.code),
            ),
          ),
        );
      }
      expect(acknowledged.length).toBeGreaterThan(5);
      expect(new Set(refused)).toEqual(new Set(['NO_SPACE']));
      const kept = (
        await readFile(join(temp.path, 'content/default/user/ada/sessions/s/messages.jsonl'), 'utf8')
      )
        .split('\n')
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as { parts: { text: string }[] }).parts[0]?.text);
      expect(kept.sort()).toEqual([...acknowledged].sort());
      await expect(sessions.commit(ADA, 's')).rejects.toMatchObject({ code: 'NO_SPACE' });
      await rm(ballast);
      expect(await sessions.get(ADA, 's')).toMatchObject({ total_message_count: acknowledged.length });
      expect(await sessions.commit(ADA, 's')).toMatchObject({
        status: 'committed',
        archived: acknowledged.length,
      });
      const left = readdirSync(join(temp.path, 'content/default/user/ada/sessions/s'));
      expect(left.sort()).toEqual(['.meta.json', 'history', 'messages.jsonl']);
    },
  );
});
