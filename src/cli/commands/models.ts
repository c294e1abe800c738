import { defineCommand } from '../command.ts';
import { modelsText } from '../render/models.ts';

export const models = defineCommand({
  name: 'models',
  summary: 'Show model endpoints, what they cost and the daily budget',
  positionals: {},
  options: { probe: { type: 'boolean', describe: 'Ask every endpoint one small question first' } },
  examples: [['ov models --probe', 'does every endpoint answer?']],
  run: (args, context) => context.client.models(args.probe === true),
  render: (result, style) => modelsText(result, style),
});
