import { z } from 'zod';
import { defineTool, uri } from '../tool.ts';

export const write = defineTool({
  name: 'write',
  title: 'Write a file',
  description:
    'Writes a text file: `replace` (creates it too), `append` to an existing one, or `create` a new one. ' +
    'It is stored when this answers, and findable a moment later.',
  input: {
    uri,
    content: z.string(),
    mode: z.enum(['replace', 'append', 'create']).default('replace'),
    create_parent: z.boolean().default(true).describe('Create missing directories'),
  },
  effect: 'destroys',
  run: (client, { uri: file, content, ...options }) => client.write(file, content, options),
});

export const move = defineTool({
  name: 'move',
  title: 'Move or rename',
  description: 'Moves a file or directory. The target must not exist.',
  input: { from_uri: uri, to_uri: uri },
  effect: 'adds',
  run: (client, input) => client.move(input.from_uri, input.to_uri),
});

export const remove = defineTool({
  name: 'remove',
  title: 'Remove a file or directory',
  description: 'Removes for good. A directory with something in it needs `recursive`.',
  input: { uri, recursive: z.boolean().default(false) },
  effect: 'destroys',
  run: (client, { uri: entry, recursive }) => client.remove(entry, { recursive }),
});
