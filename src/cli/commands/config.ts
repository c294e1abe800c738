import { defaultConfigFile, redactConfig } from '../../config/index.ts';
import { defineCommand } from '../command.ts';
import { pairs } from '../render/pairs.ts';

export const config = defineCommand({
  name: 'config',
  summary: 'Show the configuration in force, without secrets',
  details: 'Defaults, then the file, then VIKINGFS_… variables, then options: the later wins.',
  positionals: {
    action: {
      describe: 'show it, validate it only, or print the path of its file',
      choices: ['show', 'validate', 'path'],
    },
  },
  options: {},
  examples: [
    ['ov config', 'everything'],
    ['ov config validate', 'exit code 2 and the reason when it is wrong'],
    ['$EDITOR "$(ov config path)"', 'edit it'],
  ],
  async run(args, context): Promise<Record<string, unknown>> {
    if (args.action === 'path') {
      const { configFile } = context.configuration;
      return {
        path:
          configFile ?? context.config ?? context.env['VIKINGFS_CONFIG'] ?? defaultConfigFile(context.env),
      };
    }
    const shown = redactConfig(context.configuration);
    if (args.action !== 'validate') return shown;
    return { valid: true, config_file: shown['config_file'], warnings: shown['warnings'] };
  },
  render: (shown, style, args) => (args.action === 'path' ? String(shown['path']) : pairs(shown, style)),
});
