import { z } from 'zod';
import { defineTool, uri } from '../tool.ts';

export const remember = defineTool({
  name: 'remember',
  title: 'Remember something',
  description:
    'Keeps one statement as a memory, word for word. It is on disk and findable when this answers. The answer says ' +
    'what became of it: stored, merged with what was known, a duplicate, or waiting for review.',
  input: { text: z.string().min(1) },
  effect: 'adds',
  run: (client, input) => client.remember(input.text),
});

export const forget = defineTool({
  name: 'forget',
  title: 'Forget a memory',
  description: 'Removes a memory everywhere, its history included. Find it with `find` first.',
  input: { uri },
  effect: 'destroys',
  run: (client, input) => client.forget(input.uri),
});
