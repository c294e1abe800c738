import { readFileSync } from 'node:fs';
import { isVikingError } from '../../errors/index.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';

export const version = defineCommand({
  name: 'version',
  summary: 'Print the versions of this program and of the daemon',
  positionals: {},
  options: {},
  examples: [['ov version', 'they should be the same']],
  run: async (_args, context) => ({
    cli: ownVersion(),
    daemon: await daemonVersion(context),
    node: process.versions.node,
  }),
  render: (versions) => {
    const daemon = versions.daemon ?? 'not running';
    const note =
      versions.daemon === null || versions.daemon === versions.cli
        ? ''
        : ' (differs: restart it with ov stop)';
    return `ov ${versions.cli}\ndaemon ${daemon}${note}\nnode ${versions.node}`;
  },
});

export function ownVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  return String((manifest as { version?: unknown }).version);
}

async function daemonVersion(context: Context): Promise<string | null> {
  try {
    return (await context.client.health()).version;
  } catch (error) {
    if (isVikingError(error) && (error.code === 'UNAVAILABLE' || error.code === 'PERMISSION_DENIED'))
      return null;
    throw error;
  }
}
