import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { placeholder } from '../../../src/cli/command-text.ts';
import { COMMANDS } from '../../../src/cli/commands/index.ts';
import { ENVIRONMENT_VARIABLES } from '../../../src/config/index.ts';
import { ERRORS } from '../../../src/errors/index.ts';

/** What the first version promises its users; a command leaves this list only with a note in the change log. */
const PROMISED = [
  'mount umount daemon stop status models mcp doctor',
  'ls tree read write append mkdir rm mv stat abstract overview get',
  'find search context grep glob relations link unlink add-resource add-skill skills watch',
  'remember review undo forget',
  'wait reindex fsck config version completion',
]
  .join(' ')
  .split(' ');
const PROMISED_IN_GROUPS = {
  session: 'new list get delete add-message used commit context archive retry'.split(' '),
  memories: ['tidy'],
  task: 'list status cancel'.split(' '),
  admin:
    'create-account list-accounts delete-account settings register-user list-users remove-user set-role regenerate-key'.split(
      ' ',
    ),
};

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

describe('the command list', () => {
  it('is what was promised, no less and no more', () => {
    const groups = Object.entries(PROMISED_IN_GROUPS).flatMap(([group, names]) =>
      names.map((name) => `${group} ${name}`),
    );
    expect(COMMANDS.map((command) => command.name).sort()).toEqual([...PROMISED, ...groups].sort());
  });

  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    'has %s in docs/cli.md as it is',
    (_name, command) => {
      const usage = Object.entries(command.positionals).map(([key, positional]) =>
        placeholder(key, positional),
      );
      const line = `| \`${['ov', command.name, ...usage].join(' ')}\` | ${command.summary} |`;
      expect(read('docs/cli.md')).toContain(line);
    },
  );

  it('has no command in docs/cli.md that is not there', () => {
    const lines = read('docs/cli.md')
      .split('\n')
      .filter((line) => line.startsWith('| `ov '));
    expect(lines).toHaveLength(COMMANDS.length);
  });
});

describe('the error table', () => {
  it('is in the documentation with its exit codes', () => {
    const page = read('docs/errors.md');
    for (const [code, row] of Object.entries(ERRORS)) {
      const line = page
        .split('\n')
        .find((one) => one.includes(`\`${code}\``) || one.startsWith(`| ${code} `));
      expect(line, code).toBeDefined();
      expect(line, code).toContain(String(row.exit));
      expect(line, code).toContain(String(row.status));
    }
  });
});

describe('the environment', () => {
  it('is in docs/cli.md', () => {
    const page = read('docs/cli.md');
    for (const variable of ['VIKINGFS_CONFIG', ...Object.keys(ENVIRONMENT_VARIABLES)])
      expect(page, variable).toContain(`\`${variable}\``);
  });
});
