import type { Option, Positional } from './command.ts';

/** Options every command takes. */
export const GLOBAL_OPTIONS: Readonly<Record<string, Option>> = {
  json: { type: 'boolean', describe: 'Print the answer of the API and nothing else, errors too' },
  output: { type: 'string', alias: 'o', describe: 'json is the same as --json', choices: ['table', 'json'] },
  socket: { type: 'string', describe: 'Control socket of the daemon' },
  config: { type: 'string', describe: 'Configuration file' },
  account: { type: 'string', describe: 'Act in this account (for the owner of the daemon)' },
  user: { type: 'string', describe: 'Act as this user (for the owner of the daemon)' },
  key: { type: 'string', describe: 'API key of whom to act as; better in VIKINGFS_KEY' },
  agent: { type: 'string', describe: 'The agent that asks, for accounts that keep agents apart' },
  'actor-peer': { type: 'string', alias: 'actor-peer-id', describe: 'See only this peer' },
};

/** How a usage line shows a positional: `<needed>`, `[optional]`, `<several..>`. */
export function placeholder(key: string, positional: Positional): string {
  const dots = positional.variadic === true ? '..' : '';
  return positional.required === true ? `<${key}${dots}>` : `[${key}${dots}]`;
}
