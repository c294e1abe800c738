import { resolve } from 'node:path';
import { defineCommand } from '../command.ts';
import { table } from '../render/table.ts';
import { clean, count } from '../render/text.ts';

export const addSkill = defineCommand({
  name: 'add-skill',
  summary: 'Add a skill: a SKILL.md, or a directory or zip archive with one',
  positionals: { source: { describe: 'Path on this machine', required: true } },
  options: { wait: { type: 'boolean', alias: 'w', describe: 'Wait until it is indexed', default: false } },
  examples: [['ov add-skill ./skills/review', 'as viking://user/me/skills/review']],
  run: (args, context) =>
    context.client.addSkill({ path: resolve(context.cwd, args.source), wait: args.wait }),
  render: (result, style) =>
    [
      `${style.paint('bold', clean(result.uri))}: ${clean(result.description)}`,
      ...result.warnings.map((warning) => style.paint('yellow', `warning: ${clean(warning)}`)),
    ].join('\n'),
});

export const skills = defineCommand({
  name: 'skills',
  summary: 'List skills, or find those that answer a question',
  positionals: { query: { describe: 'What the skill should be good for', variadic: true } },
  options: { limit: { type: 'number', alias: 'n', describe: 'Most skills found', default: 10 } },
  examples: [
    ['ov skills', 'all'],
    ['ov skills review a pull request', 'by meaning'],
  ],
  async run(args, context) {
    const query = args.query.join(' ').trim();
    return query === '' ? context.client.skills() : context.client.findSkills(query, args.limit);
  },
  render: ({ skills: found, total }) =>
    total === 0 ? '(none)' : table(found.map((skill) => [clean(skill.name), clean(skill.description)])),
});

export const watch = defineCommand({
  name: 'watch',
  summary: 'List watched sources, or change one',
  positionals: {
    action: { describe: 'What to do', choices: ['list', 'trigger', 'pause', 'resume', 'remove'] },
    id: { describe: 'Id of the watch' },
  },
  options: {},
  details: 'A watch is made by: ov add-resource DIR --watch-interval MINUTES.',
  examples: [['ov watch trigger watch_5f0c', 'import it now']],
  async run(args, context) {
    const { client } = context;
    const { action = 'list', id = '' } = args;
    if (action === 'trigger') return { tasks: [await client.triggerWatch(id)], total: 1 };
    if (action === 'pause') return { tasks: [await client.updateWatch(id, { is_active: false })], total: 1 };
    if (action === 'resume') return { tasks: [await client.updateWatch(id, { is_active: true })], total: 1 };
    if (action === 'remove') await client.removeWatch(id);
    return client.watches();
  },
  render: ({ tasks, total }) =>
    total === 0
      ? '(none)'
      : table(
          tasks.map((one) => [
            clean(one.task_id),
            clean(one.path),
            clean(one.to_uri),
            one.is_active ? `every ${count(one.watch_interval, 'minute')}` : 'paused',
            clean(one.last_error ?? ''),
          ]),
        ),
});
