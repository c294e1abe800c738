/** The daemon is killed at a bad moment; what it acknowledged is there, nothing hangs, and the next one repairs. */
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listMounts } from '../../src/mount/index.ts';
import { describeDrivers } from '../helpers/drivers.ts';
import { eventually } from '../helpers/eventually.ts';
import { shell, tryShell } from '../helpers/shell.ts';
import { startMount } from '../helpers/start-mount.ts';
import { tempDir } from '../helpers/temp-dir.ts';

await describeDrivers('a killed daemon with a mount', (driver) => {
  it('leaves no hanging ls; the next one clears the mount, keeps every acknowledged message and catches up', async () => {
    const dir = await tempDir();
    const first = await startMount({ driver, dir });
    try {
      const m = first.mountpoint;
      await shell(`echo '# Ibex' > ${m}/resources/ibex.md && mkdir ${m}/session/s`);
      let acknowledged = 0;
      const writing = (async () => {
        for (let n = 0; n < 200; n++) {
          const { code } = await tryShell(
            `echo '{"role":"user","content":"message ${n}"}' >> ${m}/session/s/messages.jsonl`,
            10_000,
          );
          if (code !== 0) return;
          acknowledged = n + 1;
        }
      })();
      await eventually(() => acknowledged >= 5, { what: 'some messages', timeoutMs: 20_000 });
      await first.kill();
      await writing;

      const dead = await tryShell(`ls ${m}`, 10_000);
      expect(dead.code).not.toBe('timeout');
      expect(dead.code).not.toBe(0);

      const content = join(first.contentDir, 'default');
      await rename(join(content, 'resources/ibex.md'), join(content, 'resources/chamois.md'));
      await writeFile(join(content, 'resources/marmot.md'), '# Marmot\n\nMarmots whistle.\n');

      const second = await startMount({ driver, dir });
      try {
        const kept = readFileSync(join(content, 'user/alice/sessions/s/messages.jsonl'), 'utf8')
          .trimEnd()
          .split('\n');
        const texts = kept.map((line) => (JSON.parse(line) as { parts: { text: string }[] }).parts[0]!.text);
        expect(texts.slice(0, acknowledged)).toEqual(
          Array.from({ length: acknowledged }, (_, n) => `message ${n}`),
        );
        // The one message that was in flight may be there or not; half of it may not.
        expect(texts.length - acknowledged).toBeLessThanOrEqual(1);
        expect((await shell(`ls ${m}/resources`)).trim().split('\n')).toEqual(['chamois.md', 'marmot.md']);
        await eventually(
          async () => (await shell(`ls "${m}/resources/.find/marmots whistle"`)).includes('01-marmot.md'),
          {
            what: 'the edit made while no daemon ran to be found',
            timeoutMs: 10_000,
            intervalMs: 200,
          },
        );
        expect(await shell(`ls "${m}/resources/.find/ibex"`)).not.toContain('ibex.md');
        await shell(`echo > ${m}/session/s/.commit`);
      } finally {
        await second.stop();
      }
      expect((await listMounts()).filter((entry) => entry.mountpoint === m)).toEqual([]);
    } finally {
      await first.close();
      await dir.remove();
    }
  });
});
