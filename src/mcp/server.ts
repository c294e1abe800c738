import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { Client } from '../client/index.ts';
import { toVikingError } from '../errors/index.ts';
import type { Tool } from './tool.ts';
import { TOOLS } from './tools/index.ts';

const INSTRUCTIONS =
  'A filesystem of context: viking://resources is shared, viking://user holds memories, skills and sessions of the ' +
  'caller. Start with `find` for a question, or `overview` of a directory; `read` what looks right.';

/** The tools of the Model Context Protocol over a client of the daemon. The caller connects it to a transport. */
export function createMcpServer(client: Client, version: string): McpServer {
  const server = new McpServer({ name: 'vikingfs', version }, { instructions: INSTRUCTIONS });
  for (const tool of TOOLS) {
    server.registerTool(
      tool.name,
      {
        title: tool.title,
        description: tool.description,
        inputSchema: tool.input,
        annotations: {
          readOnlyHint: tool.isReadOnly,
          destructiveHint: tool.isDestructive,
          openWorldHint: false,
        },
      },
      (input: unknown) => answer(client, tool, input),
    );
  }
  return server;
}

/** A refusal is an answer that the model can act on: the code, what was wrong, and the next step. */
async function answer(client: Client, tool: Tool, input: unknown): Promise<CallToolResult> {
  try {
    const result = await tool.run(client, input);
    return text(typeof result === 'string' ? result : JSON.stringify(result));
  } catch (thrown) {
    const { code, message, hint } = toVikingError(thrown);
    return { ...text(`${code}: ${message}${hint === undefined ? '' : `\n${hint}`}`), isError: true };
  }
}

function text(content: string): CallToolResult {
  return { content: [{ type: 'text', text: content }] };
}
