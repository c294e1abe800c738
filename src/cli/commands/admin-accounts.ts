import { defineCommand } from '../command.ts';
import { pairs } from '../render/pairs.ts';
import { table } from '../render/table.ts';
import { clean, localTime } from '../render/text.ts';

const account = { describe: 'Account id', required: true } as const;

const POLICY = {
  sessions: {
    type: 'string',
    describe: 'Whose sessions are: of each user, or shared by the account',
    choices: ['user', 'account'],
  },
  'isolate-user-scope-by-agent': {
    type: 'boolean',
    describe: 'Each agent of a user sees only what is its own',
  },
  'isolate-agent-scope-by-user': {
    type: 'boolean',
    describe: 'Each user of an agent sees only what is their own',
  },
} as const;

interface PolicyArgs {
  readonly sessions: string | undefined;
  readonly 'isolate-user-scope-by-agent': boolean | undefined;
  readonly 'isolate-agent-scope-by-user': boolean | undefined;
}

export const adminCreateAccount = defineCommand({
  name: 'admin create-account',
  summary: 'Create an account and its first admin; the key is shown once',
  positionals: { account },
  options: {
    admin: { type: 'string', describe: 'User id of the admin', default: 'admin' },
    seed: { type: 'string', describe: 'Make the key from this secret instead of at random' },
    ...POLICY,
  },
  examples: [['ov admin create-account acme --admin ann', 'prints the key of ann']],
  run: (args, context) =>
    context.client.admin.createAccount({
      account_id: args.account,
      admin_user_id: args.admin,
      seed: args.seed,
      ...policyOf(args),
    }),
  render: (result, style) => pairs({ ...result }, style),
});

export const adminListAccounts = defineCommand({
  name: 'admin list-accounts',
  summary: 'List accounts',
  positionals: {},
  options: {},
  examples: [['ov admin list-accounts', 'accounts and how many users each has']],
  run: (_args, context) => context.client.admin.accounts(),
  render: (accounts) =>
    accounts.length === 0
      ? '(none)'
      : table(
          accounts.map((one) => [
            clean(one.account_id),
            String(one.user_count),
            localTime(one.created_at),
            one.deletion ?? '',
          ]),
        ),
});

export const adminDeleteAccount = defineCommand({
  name: 'admin delete-account',
  summary: 'Delete an account with everything its users have',
  positionals: { account },
  options: {},
  examples: [['ov admin delete-account acme', 'its keys are refused at once']],
  run: (args, context) => context.client.admin.deleteAccount(args.account),
  render: (result) =>
    result.deleted
      ? `${clean(result.account_id)} is deleted`
      : `${clean(result.account_id)}: its keys are refused; task ${clean(result.task_id)} removes its data`,
});

export const adminSettings = defineCommand({
  name: 'admin settings',
  summary: 'Show or change the policy of an account',
  positionals: { account },
  options: POLICY,
  examples: [['ov admin settings acme --sessions account', 'from now on its users share their sessions']],
  run: (args, context) => {
    const change = policyOf(args);
    return Object.values(change).every((value) => value === undefined)
      ? context.client.admin.accountSettings(args.account)
      : context.client.admin.changeAccountSettings(args.account, change);
  },
  render: (result, style) => {
    const { agent_evolution: _unavailable, ...policy } = result;
    return pairs(policy, style);
  },
});

function policyOf(args: PolicyArgs) {
  return {
    sessions: args.sessions === 'user' || args.sessions === 'account' ? args.sessions : undefined,
    isolate_user_scope_by_agent: args['isolate-user-scope-by-agent'],
    isolate_agent_scope_by_user: args['isolate-agent-scope-by-user'],
  } as const;
}
