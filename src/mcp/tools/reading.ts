import { z } from 'zod';
import { defineTool, uri } from '../tool.ts';

/** A model's context is not a file's home: longer answers are cut, and say how to go on. */
const READ_CHARACTERS = 100_000;

export const read = defineTool({
  name: 'read',
  title: 'Read a file',
  description: 'The text of a file, or some lines of it.',
  input: {
    uri,
    offset: z.number().int().min(0).default(0).describe('First line, counted from 0'),
    limit: z.number().int().min(-1).default(-1).describe('Number of lines; -1 is the rest'),
  },
  effect: 'reads',
  async run(client, input) {
    const text = await client.read(input.uri, { offset: input.offset, limit: input.limit });
    return text.length <= READ_CHARACTERS ? text : cut(text, input.offset);
  },
});

export const abstract = defineTool({
  name: 'abstract',
  title: 'What is this directory about?',
  description: 'About 100 tokens on a directory. Use it to decide whether to look further.',
  input: { uri },
  effect: 'reads',
  run: (client, input) => client.abstract(input.uri),
});

export const overview = defineTool({
  name: 'overview',
  title: 'What is in this directory, and where?',
  description: 'Up to 2,000 tokens on a directory: what it holds, one line for each part, where to look.',
  input: { uri },
  effect: 'reads',
  run: (client, input) => client.overview(input.uri),
});

export const ls = defineTool({
  name: 'ls',
  title: 'List a directory',
  description: 'Entries of a directory with size, time and abstract.',
  input: {
    uri: uri.default('viking://'),
    recursive: z.boolean().default(false),
    node_limit: z.number().int().min(1).max(1_000).default(200),
  },
  effect: 'reads',
  run: (client, { uri: directory, ...options }) => client.list(directory, options),
});

export const tree = defineTool({
  name: 'tree',
  title: 'List a tree',
  description: 'Entries below a directory, some levels deep.',
  input: {
    uri: uri.default('viking://'),
    level_limit: z.number().int().min(1).max(10).default(3),
    node_limit: z.number().int().min(1).max(1_000).default(200),
  },
  effect: 'reads',
  run: (client, { uri: directory, ...options }) => client.tree(directory, options),
});

/** Whole lines, and how to read on. One line that is longer than all is cut in the middle. */
function cut(text: string, offset: number): string {
  const end = text.lastIndexOf('\n', READ_CHARACTERS);
  if (end <= 0)
    return `${text.slice(0, READ_CHARACTERS)}\n[cut: the line goes on for ${text.length} characters]`;
  const shown = text.slice(0, end + 1);
  const lines = shown.split('\n').length - 1;
  return `${shown}[cut: go on with offset ${offset + lines}]`;
}
