/** The MCP server on standard input and output; `ov mcp` runs it. Everything it says beside the protocol is on stderr. */
import { parseArgs } from 'node:util';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createClient } from '../client/index.ts';
import { loadConfig } from '../config/index.ts';
import { toVikingError } from '../errors/index.ts';
import { createMcpServer } from './server.ts';

/** A daemon that restarts meanwhile is waited for. */
const CONNECT_RETRY_MS = 5_000;

try {
  await serve();
} catch (error) {
  const { message, hint, exitCode } = toVikingError(error);
  process.stderr.write(`vikingfs: ${message}\n${hint === undefined ? '' : `hint: ${hint}\n`}`);
  process.exit(exitCode);
}

async function serve(): Promise<void> {
  const { env } = process;
  const { socketPath } = loadConfig({ env, cwd: process.cwd(), checkHome: false });
  const { values } = parseArgs({ options: { 'actor-peer': { type: 'string' }, agent: { type: 'string' } } });
  const { 'actor-peer': actorPeer, agent } = values;
  const client = createClient({
    socketPath,
    connectRetryMs: CONNECT_RETRY_MS,
    ...(actorPeer === undefined ? {} : { actorPeer }),
    ...(agent === undefined ? {} : { agent }),
  });
  const { version } = await client.health();
  const server = createMcpServer(client, version);
  const ended = new Promise<void>((resolve) => {
    server.server.onclose = resolve;
  });
  // The transport does not say that its input ended; a client that is gone ends us.
  process.stdin.once('end', () => void server.close());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
  await server.connect(new StdioServerTransport());
  await ended;
  process.exit(0);
}
