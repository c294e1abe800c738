import { defineCommand } from '../command.ts';
import { completionScript } from '../completion-script.ts';

export const completion = defineCommand({
  name: 'completion',
  summary: 'Print a completion script for your shell',
  positionals: { shell: { describe: 'Default: that of $SHELL', choices: ['bash', 'zsh', 'fish'] } },
  options: {},
  examples: [
    ['source <(ov completion bash)', 'in ~/.bashrc'],
    ['ov completion fish > ~/.config/fish/completions/ov.fish', 'fish reads it by itself'],
  ],
  async run(args, context) {
    // The list of commands includes this one, so it is asked for when it is complete.
    const { COMMANDS } = await import('./index.ts');
    const shell = args.shell ?? shellOf(context.env['SHELL']);
    return { shell, script: completionScript(shell, COMMANDS) };
  },
  render: (result) => result.script,
});

function shellOf(path: string | undefined): string {
  const name = path?.split('/').at(-1);
  return name === 'zsh' || name === 'fish' ? name : 'bash';
}
