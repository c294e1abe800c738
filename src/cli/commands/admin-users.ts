import { defineCommand } from '../command.ts';
import { pairs } from '../render/pairs.ts';
import { table } from '../render/table.ts';
import { clean, localTime } from '../render/text.ts';

const account = { describe: 'Account id', required: true } as const;
const user = { describe: 'User id', required: true } as const;
const seed = { type: 'string', describe: 'Make the key from this secret instead of at random' } as const;

export const adminRegisterUser = defineCommand({
  name: 'admin register-user',
  summary: 'Add a user to an account; the key is shown once',
  positionals: { account, user },
  options: {
    role: { type: 'string', describe: 'Rank', choices: ['user', 'admin'], default: 'user' },
    seed,
  },
  examples: [['ov admin register-user acme bob', 'prints the key of bob']],
  run: (args, context) =>
    context.client.admin.createUser(args.account, {
      user_id: args.user,
      role: args.role === 'admin' ? 'admin' : 'user',
      seed: args.seed,
    }),
  render: (result, style) => pairs({ ...result }, style),
});

export const adminListUsers = defineCommand({
  name: 'admin list-users',
  summary: 'List the users of an account',
  positionals: { account },
  options: {
    limit: { type: 'number', alias: 'n', describe: 'Most users', default: 100 },
    name: { type: 'string', describe: 'Only ids with this in them' },
    role: { type: 'string', describe: 'Only of this rank', choices: ['user', 'admin'] },
  },
  examples: [['ov admin list-users acme --role admin', 'who administers it']],
  run: (args, context) =>
    context.client.admin.users(args.account, { limit: args.limit, name: args.name, role: args.role }),
  render: (users) =>
    users.length === 0
      ? '(none)'
      : table(
          users.map((one) => [
            clean(one.user_id),
            one.role,
            `${clean(one.key_prefix)}…`,
            localTime(one.created_at),
            one.deletion ?? '',
          ]),
        ),
});

export const adminRemoveUser = defineCommand({
  name: 'admin remove-user',
  summary: 'Remove a user with everything they have',
  positionals: { account, user },
  options: {},
  examples: [['ov admin remove-user acme bob', 'the key is refused at once; a task removes the data']],
  run: (args, context) => context.client.admin.deleteUser(args.account, args.user),
  render: (result) =>
    `${clean(result.user_id ?? '')}: the key is refused; task ${clean(result.task_id)} removes the data`,
});

export const adminSetRole = defineCommand({
  name: 'admin set-role',
  summary: 'Promote a user to admin',
  positionals: { account, user, role: { describe: 'Rank', required: true, choices: ['admin', 'user'] } },
  options: {},
  examples: [['ov admin set-role acme bob admin', 'bob administers acme too']],
  run: (args, context) => context.client.admin.setRole(args.account, args.user, args.role),
  render: (result) => `${clean(result.user_id)} is ${result.role} of ${clean(result.account_id)}`,
});

export const adminRegenerateKey = defineCommand({
  name: 'admin regenerate-key',
  summary: 'Give a user a new key; the old one is refused at once',
  positionals: { account, user },
  options: { seed },
  examples: [['ov admin regenerate-key acme bob', 'prints the new key, once']],
  run: (args, context) => context.client.admin.regenerateKey(args.account, args.user, args.seed),
  render: (result) => result.user_key,
});
