import { defineCommand } from '../command.ts';
import { daemonEnvironment, ensureDaemon, programOf } from '../daemon-process.ts';
import { runForeground } from '../foreground.ts';

export const mcp = defineCommand({
  name: 'mcp',
  summary: 'Serve the Model Context Protocol on standard input and output',
  details:
    'For assistants that speak MCP: name this command in their configuration. Starts a daemon when none runs. With ' +
    '--actor-peer, the assistant sees that peer only.',
  positionals: {},
  options: {},
  examples: [['ov mcp', 'as in {"command": "ov", "args": ["mcp"]}']],
  async run(_args, context) {
    await ensureDaemon(context);
    const words = [
      ...(context.actorPeer === undefined ? [] : ['--actor-peer', context.actorPeer]),
      ...(context.agent === undefined ? [] : ['--agent', context.agent]),
    ];
    return runForeground({ ...programOf('mcp', words), env: daemonEnvironment(context) });
  },
  render: () => '',
  exitCode: (result) => result.exit_code,
});
