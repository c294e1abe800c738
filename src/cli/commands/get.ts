import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { writeFileAtomic } from '../../base/atomic-write.ts';
import { toVikingError, VikingError } from '../../errors/index.ts';
import { defineCommand } from '../command.ts';
import { withProgress } from '../progress.ts';
import { clean, count } from '../render/text.ts';

export const get = defineCommand({
  name: 'get',
  aliases: ['download'],
  summary: 'Copy a file out of the namespace',
  positionals: {
    uri: { describe: 'URI, or path inside a mount', required: true },
    path: { describe: 'File or directory to copy it to', required: true },
  },
  options: { force: { type: 'boolean', describe: 'Replace a file that is there', default: false } },
  examples: [['ov get viking://resources/docs/logo.png .', 'into the working directory']],
  async run(args, context) {
    const uri = await context.targets.uri(args.uri);
    const path = await destination(resolve(context.cwd, args.path), uri, args.force);
    const bytes = await withProgress(`reading ${uri}`, context.client.download(uri));
    try {
      await writeFileAtomic(path, bytes);
    } catch (error) {
      throw toVikingError(error, path);
    }
    return { uri, path, written_bytes: bytes.length };
  },
  render: (result) => `${clean(result.path)}: ${count(result.written_bytes, 'byte')} written`,
});

async function destination(path: string, uri: string, force: boolean): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return destination(join(path, basename(uri)), uri, force);
  if (found === undefined || force) return path;
  throw new VikingError('ALREADY_EXISTS', `${path} exists`, { hint: 'Replace it with --force.' });
}
