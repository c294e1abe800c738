/** Indexes a content directory for ever, saying when the first documents are in. Ends by being killed. */
import { silentLogger } from '../../src/base/log.ts';
import { openIndex } from '../../src/index/index.ts';
import { createHashEmbedder } from '../../src/models/index.ts';

const [contentDir, dir] = process.argv.slice(2);
if (contentDir === undefined || dir === undefined) throw new Error('usage: index-child CONTENT INDEX');
const index = await openIndex({
  contentDir,
  dir,
  embedder: createHashEmbedder(),
  log: silentLogger,
  // Small, so that the kill may also fall into building and saving a graph.
  exactMaxFloats: 100 * 1024,
});
for (;;) {
  process.stdout.write(`${index.status().documents}\n`);
  await new Promise((resolve) => setTimeout(resolve, 5));
  if (index.status().freshness.state === 'fresh') await index.reindex('a');
}
