import type { CommitResult, Message } from '../../api/results.ts';
import { VikingError } from '../../errors/index.ts';
import { defineCommand } from '../command.ts';
import { contentOf } from '../input.ts';
import { withProgress } from '../progress.ts';
import { pairs } from '../render/pairs.ts';
import { table } from '../render/table.ts';
import { clean, count, localTime, oneLine } from '../render/text.ts';

const id = { describe: 'Session id', required: true } as const;

export const sessionNew = defineCommand({
  name: 'session new',
  summary: 'Create a session',
  positionals: { id: { describe: 'Its id; one is made when absent' } },
  options: {
    'session-id': { type: 'string', describe: 'The same as the argument' },
    'memory-policy': { type: 'string', describe: 'What is remembered, as JSON' },
    'auto-commit': { type: 'string', describe: 'When it commits by itself, as JSON' },
  },
  examples: [
    ['ov session new standup', 'with an id of your own'],
    ['ov session new standup --memory-policy \'{"review":"all"}\'', 'memories wait for you first'],
  ],
  run: (args, context) =>
    context.client.createSession({
      session_id: args.id ?? args['session-id'],
      memory_policy: policyOf(args['memory-policy'], '--memory-policy'),
      auto_commit_policy: policyOf(args['auto-commit'], '--auto-commit'),
    }),
  render: (session) => clean(session.session_id),
});

export const sessionList = defineCommand({
  name: 'session list',
  aliases: ['ls'],
  summary: 'List sessions, newest first',
  positionals: {},
  options: {},
  examples: [['ov session list', 'all of yours']],
  run: (_args, context) => context.client.sessions(),
  render: (sessions, style) =>
    sessions.length === 0
      ? '(none)'
      : table(
          sessions.map((session) => [
            clean(session.session_id),
            style.paint('dim', localTime(session.mod_time)),
          ]),
        ),
});

export const sessionGet = defineCommand({
  name: 'session get',
  summary: 'Show the state of a session',
  positionals: { id },
  options: { 'auto-create': { type: 'boolean', describe: 'Create it when absent', default: false } },
  examples: [['ov session get standup', 'messages, commits, memories']],
  run: (args, context) => context.client.session(args.id, args['auto-create']),
  render: (session, style) => pairs({ ...session }, style),
});

export const sessionDelete = defineCommand({
  name: 'session delete',
  aliases: ['rm'],
  summary: 'Delete a session with its archives; memories stay',
  positionals: { id },
  options: {},
  examples: [['ov session delete standup', 'what it taught is kept']],
  run: (args, context) => context.client.deleteSession(args.id),
  render: (result) => `${clean(result.session_id)} deleted`,
});

export const sessionAddMessage = defineCommand({
  name: 'session add-message',
  summary: 'Add a message; the session is created when absent',
  positionals: { id, text: { describe: 'Text; - or nothing reads standard input' } },
  options: {
    role: {
      type: 'string',
      alias: 'r',
      describe: 'Who speaks',
      choices: ['user', 'assistant'],
      default: 'user',
    },
    content: { type: 'string', alias: 'c', describe: 'Text, in place of the argument' },
    parts: { type: 'string', describe: 'Parts as a JSON list, in place of text' },
    'peer-id': { type: 'string', describe: 'The other party, whose memories these are' },
    'role-id': { type: 'string', describe: 'Who speaks, for callers who may speak for others' },
    'created-at': { type: 'string', describe: 'Time of the message, ISO 8601' },
  },
  examples: [
    ['ov session add-message standup --role user --content "I prefer tabs"', 'what was said'],
    ['echo "Noted." | ov session add-message standup --role assistant', 'from standard input'],
  ],
  async run(args, context) {
    const said =
      args.parts === undefined
        ? { content: await textOf(args.content ?? args.text, args.id) }
        : { parts: jsonList(args.parts, '--parts') };
    return context.client.addMessage(args.id, {
      role: args.role,
      ...said,
      role_id: args['role-id'],
      peer_id: args['peer-id'],
      created_at: args['created-at'],
    });
  },
  render: (result) =>
    `${clean(result.session_id)}: ${count(result.message_count, 'message')}, ${result.pending_tokens} tokens`,
});

export const sessionUsed = defineCommand({
  name: 'session used',
  summary: 'Say which entries were useful',
  positionals: { id, uris: { describe: 'URIs, or paths inside a mount', variadic: true } },
  options: { skill: { type: 'string', describe: 'A skill that was used, as JSON' } },
  examples: [['ov session used standup viking://resources/docs/guide.md', 'counts at the next commit']],
  async run(args, context) {
    return context.client.used(args.id, {
      contexts: await context.targets.uris(args.uris),
      skill: args.skill === undefined ? undefined : jsonObject(args.skill, '--skill'),
    });
  },
  render: (result) =>
    `${count(result.contexts_used, 'entry', 'entries')} and ${count(result.skills_used, 'skill')} noted`,
});

export const sessionCommit = defineCommand({
  name: 'session commit',
  summary: 'Archive the messages, summarise them and extract memories',
  positionals: { id },
  options: {
    'keep-recent': { type: 'number', describe: 'Newest messages that stay in the session', default: 0 },
    wait: { type: 'number', alias: 'w', describe: 'Seconds to wait for the summary and the memories' },
  },
  examples: [['ov session commit standup --wait 30', 'returns when the memories can be found']],
  run: (args, context) =>
    withProgress(
      `committing ${args.id}`,
      context.client.commit(args.id, { keep_recent_count: args['keep-recent'], wait: args.wait }),
    ),
  render: (result) => commitText(result),
});

export const sessionRetry = defineCommand({
  name: 'session retry',
  summary: 'Summarise and extract again after a failed commit',
  positionals: { id, archive: { describe: 'Archive id, as in archive_001', required: true } },
  options: { wait: { type: 'number', alias: 'w', describe: 'Seconds to wait for the end' } },
  examples: [['ov session retry standup archive_001', 'the archive itself was never lost']],
  run: (args, context) =>
    withProgress(`retrying ${args.id}`, context.client.retryArchive(args.id, args.archive, args.wait)),
  render: (result) => commitText(result),
});

export const sessionContext = defineCommand({
  name: 'session context',
  aliases: ['get-session-context'],
  summary: 'Print what a model should see of a session',
  positionals: { id },
  options: { 'token-budget': { type: 'number', describe: 'Most tokens', default: 128_000 } },
  examples: [['ov session context standup --token-budget 8000', 'summary and messages that fit']],
  run: (args, context) => context.client.sessionContext(args.id, args['token-budget']),
  render: (context, style) =>
    [
      ...(context.latest_archive_overview === '' ? [] : [context.latest_archive_overview, '']),
      ...context.messages.map((message) => messageLine(message, style.columns)),
      style.paint('dim', `${context.estimatedTokens} tokens`),
    ].join('\n'),
});

export const sessionArchive = defineCommand({
  name: 'session archive',
  aliases: ['get-session-archive'],
  summary: 'Print one archive of a session',
  positionals: { id, archive: { describe: 'Archive id, as in archive_001', required: true } },
  options: {},
  examples: [['ov session archive standup archive_001', 'its summary and messages']],
  run: (args, context) => context.client.sessionArchive(args.id, args.archive),
  render: (archive, style) =>
    [archive.overview, '', ...archive.messages.map((message) => messageLine(message, style.columns))].join(
      '\n',
    ),
});

function commitText(result: CommitResult): string {
  if (result.status === 'skipped') return `nothing committed: ${result.reason ?? 'no reason given'}`;
  const head = `${count(result.archived, 'message')} archived at ${clean(result.archive_uri ?? '-')}`;
  if (result.status === 'accepted')
    return `${head}; the summary is still being written: ov task status ${result.task_id}`;
  return `${head}; ${count(result.memories_extracted, 'memory', 'memories')} extracted${result.extractor === undefined ? '' : ` by ${result.extractor}`}`;
}

function messageLine(message: Message, columns: number): string {
  const text = message.parts.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join(' ');
  return `${message.role}: ${oneLine(text, Math.max(40, columns - 12))}`;
}

function policyOf(text: string | undefined, what: string): object | undefined {
  return text === undefined ? undefined : jsonObject(text, what);
}

async function textOf(given: string | undefined, id: string): Promise<string> {
  const content = await contentOf(given, `session ${id}`);
  if (typeof content !== 'string') throw new VikingError('INVALID_ARGUMENT', 'content: not UTF-8 text');
  return content;
}

function jsonList(text: string, what: string): object[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value as object[];
  } catch {
    // Told below, with what it should have been.
  }
  throw new VikingError('INVALID_ARGUMENT', `${what}: ${text} is not a JSON list`);
}

function jsonObject(text: string, what: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below, with what it should have been.
  }
  throw new VikingError('INVALID_ARGUMENT', `${what}: ${text} is not a JSON object`);
}
