import type { ChatRequest } from './model-server.ts';

/** The ids and names of the files a layers prompt asks about. */
const FILE = /^=== (f\d+): ("(?:[^"\\]|\\.)*")/gm;
const ENTRY = /^- ("(?:[^"\\]|\\.)*"):/gm;

/** Answers the prompts of the layers as a good model would: `summary` of a file, `abstract` of a directory. */
export function describingModel(request: ChatRequest): string {
  const text = request.messages.find(({ role }) => role === 'user')?.content ?? '';
  const files = [...text.matchAll(FILE)];
  if (files.length > 0) {
    return JSON.stringify({
      summaries: files.map(([, id, name]) => ({ id, summary: `Modelled words on ${JSON.parse(name!)}.` })),
    });
  }
  const names = [...text.matchAll(ENTRY)].map(([, name]) => JSON.parse(name!) as string);
  const title = JSON.parse(/^=== ("(?:[^"\\]|\\.)*")/.exec(text)?.[1] ?? '""') as string;
  return JSON.stringify({
    abstract: `A modelled abstract of ${title} with ${names.length} entries.`,
    guide: `Modelled guide: begin with \`${names[0]}\`. The file \`invented.md\` is not there.`,
  });
}
