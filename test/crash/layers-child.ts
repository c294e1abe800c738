/** Builds layers of `argv[2]` into `argv[3]` and says so when at least `argv[4]` directories are done; then goes on. */
import { silentLogger } from '../../src/base/log.ts';
import { openLayers } from '../../src/layers/index.ts';

const [contentDir, dir, least] = process.argv.slice(2);
const engine = await openLayers({ contentDir: contentDir!, dir: dir!, log: silentLogger });
const timer = setInterval(() => {
  if (engine.status().directories < Number(least)) return;
  clearInterval(timer);
  process.stdout.write('building\n');
}, 1);
await engine.flush();
// Should the wave end first, the process must still be there to be killed.
setInterval(() => undefined, 1000);
