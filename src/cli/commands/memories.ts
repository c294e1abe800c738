import { VikingError } from '../../errors/index.ts';
import { defineCommand } from '../command.ts';
import { contentOf } from '../input.ts';
import { table } from '../render/table.ts';
import { clean, count } from '../render/text.ts';

export const remember = defineCommand({
  name: 'remember',
  summary: 'Keep a text as a memory, word for word',
  positionals: { text: { describe: 'What to remember; - or nothing reads standard input' } },
  options: {
    category: { type: 'string', describe: 'Kind of memory; found from the words when absent' },
    'peer-id': { type: 'string', describe: 'The other party it is about' },
  },
  examples: [['ov remember "I prefer tabs over spaces"', 'findable at once']],
  async run(args, context) {
    const text = await contentOf(args.text, 'remember');
    if (typeof text !== 'string') throw new VikingError('INVALID_ARGUMENT', 'the text is not UTF-8');
    return context.client.remember(text, { category: args.category, peer_id: args['peer-id'] });
  },
  render: ({ outcome, reason, uri }) =>
    [
      outcome,
      ...(reason === undefined ? [] : [`(${clean(reason)})`]),
      ...(uri === undefined ? [] : [clean(uri)]),
    ].join(' '),
});

export const forget = defineCommand({
  name: 'forget',
  summary: 'Remove a memory everywhere: file, index and history',
  positionals: { uri: { describe: 'URI of a memory, or path inside a mount', required: true } },
  options: {},
  examples: [['ov forget viking://user/memories/preferences/tabs.md', 'a tombstone without the text stays']],
  run: async (args, context) => context.client.forget(await context.targets.uri(args.uri)),
  render: ({ uri, scrubbed }) =>
    `${clean(uri)} forgotten${scrubbed === 0 ? '' : `; its text taken out of ${count(scrubbed, 'record')}`}`,
});

export const review = defineCommand({
  name: 'review',
  summary: 'List memories that wait for you, accept or reject one',
  positionals: {
    action: { describe: 'What to do; list when absent', choices: ['list', 'accept', 'reject'] },
    name: { describe: 'Name or URI of what waits' },
  },
  options: {},
  examples: [
    ['ov review', 'what waits, with its diff and evidence'],
    ['ov review accept tabs-1a2b3c.md', 'puts it into place'],
  ],
  async run(args, context) {
    const action = args.action ?? 'list';
    if (action === 'list') return { waiting: await context.client.reviews() };
    if (args.name === undefined)
      throw new VikingError('INVALID_ARGUMENT', `ov review ${action}: no name given`);
    return {
      done: { name: args.name, ...(await context.client.review(args.name, action as 'accept' | 'reject')) },
    };
  },
  render(result, style) {
    if (result.waiting === undefined) return `${clean(result.done.name)}: ${clean(result.done.outcome)}`;
    if (result.waiting.length === 0) return '(nothing waits)';
    return result.waiting
      .map(({ name, target_uri, diff, evidence }) =>
        [
          style.paint('bold', clean(name)),
          `  to ${clean(target_uri)}`,
          ...diff.split('\n').map((line) => `  ${clean(line)}`),
          ...evidence.map((line) => style.paint('dim', `  evidence: ${clean(line)}`)),
        ].join('\n'),
      )
      .join('\n');
  },
});

export const undo = defineCommand({
  name: 'undo',
  summary: 'Revert what a commit did to memories',
  positionals: {
    archive: { describe: 'Archive: its URI, a path inside a mount, or SESSION/archive_NNN', required: true },
  },
  options: {},
  examples: [['ov undo standup/archive_001', 'memories changed since stay, and are named']],
  async run(args, context) {
    const short = /^([^/]+)\/(archive_\d+)$/.exec(args.archive);
    const text = short === null ? await context.targets.uri(args.archive) : args.archive;
    const found = short ?? /\/?([^/]+)\/history\/(archive_\d+)\/?$/.exec(text);
    if (found === null) {
      throw new VikingError('INVALID_ARGUMENT', `${args.archive}: not an archive`, {
        hint: 'As in: ov undo standup/archive_001',
      });
    }
    return context.client.undoArchive(found[1] ?? '', found[2] ?? '');
  },
  render: ({ restored, refused }) =>
    [
      `${count(restored.length, 'memory', 'memories')} restored`,
      ...restored.map((uri) => `  ${clean(uri)}`),
      ...refused.map(({ uri, reason }) => `left: ${clean(uri)}: ${clean(reason)}`),
    ].join('\n'),
});

export const memoriesTidy = defineCommand({
  name: 'memories tidy',
  summary: 'Propose merges of memories that say nearly the same',
  positionals: {},
  options: {
    'dry-run': { type: 'boolean', describe: 'Only propose; nothing else is done yet', default: true },
  },
  examples: [['ov memories tidy --dry-run', 'pairs, nearest first']],
  run: (_args, context) => context.client.tidyMemories(),
  render: (proposals) =>
    proposals.length === 0
      ? '(nothing to tidy)'
      : table(
          proposals.map(({ similarity, keep, merge }) => [similarity.toFixed(2), clean(keep), clean(merge)]),
        ),
});
