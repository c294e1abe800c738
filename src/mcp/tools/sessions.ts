import { z } from 'zod';
import { defineTool } from '../tool.ts';

const session_id = z.string().min(1).describe('Name of the session; it is created when it does not exist');
const message = z.strictObject({
  role: z.enum(['user', 'assistant']),
  content: z.string().min(1),
});

export const sessionAdd = defineTool({
  name: 'session_add',
  title: 'Add messages to a session',
  description:
    'Adds what was said to a session. Stored when this answers. Commit the session to remember it.',
  input: { session_id, messages: z.array(message).min(1).max(1_000) },
  effect: 'adds',
  run: (client, input) => client.addMessages(input.session_id, input.messages),
});

export const sessionCommit = defineTool({
  name: 'session_commit',
  title: 'Commit a session',
  description:
    'Archives the messages of a session, summarises them and extracts memories. Answers what was remembered, or a ' +
    'task id while it still runs.',
  input: { session_id },
  effect: 'adds',
  run: (client, input) => client.commit(input.session_id),
});

export const sessionContext = defineTool({
  name: 'session_context',
  title: 'What a session is about so far',
  description: 'Summary of what was archived and the newest messages, within a token budget.',
  input: { session_id, token_budget: z.number().int().min(1).max(1_000_000).default(8_000) },
  effect: 'reads',
  run: (client, input) => client.sessionContext(input.session_id, input.token_budget),
});

export const sessionList = defineTool({
  name: 'session_list',
  title: 'List sessions',
  description: 'Sessions of the caller, with their number of messages.',
  input: {},
  effect: 'reads',
  run: (client) => client.sessions(),
});
