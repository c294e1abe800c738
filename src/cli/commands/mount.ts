import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { MountResult } from '../../api/results.ts';
import { withDeadline } from '../../base/deadline.ts';
import { VikingError } from '../../errors/index.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { ensureDaemon } from '../daemon-process.ts';
import { readMountTable } from '../mount-table.ts';
import { withProgress } from '../progress.ts';
import { clean } from '../render/text.ts';
import { realPrefix } from '../targets.ts';

const ANSWER_MS = 10_000;

export const mount = defineCommand({
  name: 'mount',
  summary: 'Mount your namespace on a directory',
  details:
    'Starts the daemon when none runs, makes the directory when it is missing, repairs what a dead daemon left there, and returns when the mount answers. With --actor-peer, only that peer is seen.',
  positionals: { dir: { describe: 'Directory to mount on', required: true } },
  options: {
    driver: {
      type: 'string',
      describe: 'What speaks FUSE (default: the configured one)',
      choices: ['auto', 'kernel', 'fuse-native'],
    },
    'read-only': { type: 'boolean', describe: 'Nothing can be changed through this mount' },
    'allow-other': {
      type: 'boolean',
      describe: 'Let other users of this machine in, with the rights that file modes give',
    },
  },
  examples: [
    ['ov mount ~/viking', 'then: ls ~/viking'],
    ['ov mount /srv/bob --account acme --user bob', 'the namespace of somebody else, by the same daemon'],
    ['ov mount /tmp/agent --actor-peer alice --read-only', 'a narrower view for one agent'],
  ],
  async run(args, context) {
    const mountpoint = await realMountpoint(resolve(context.cwd, args.dir));
    const daemon = await withProgress('starting the daemon', ensureDaemon(context));
    const before = (await context.client.mounts()).find((known) => known.mountpoint === mountpoint);
    if (before !== undefined)
      return {
        ...sameView(before, await viewOf(context), args),
        already_mounted: true,
        daemon_started: false,
      };
    const result = await withProgress(
      `mounting ${mountpoint}`,
      context.client.mount({
        mountpoint,
        driver: args.driver,
        read_only: args['read-only'],
        allow_other: args['allow-other'],
        actor_peer: context.actorPeer,
      }),
    );
    await waitUntilMounted(result.mountpoint);
    return { ...result, already_mounted: false, daemon_started: daemon.started };
  },
  render(result, style) {
    const at = clean(result.mountpoint);
    const facts = [
      `${clean(result.user)} of ${clean(result.account)}`,
      result.driver,
      ...(result.read_only ? ['read-only'] : []),
      ...(result.allow_other ? ['open to other users'] : []),
      ...(result.actor_peer === null ? [] : [`peer ${result.actor_peer}`]),
      ...(result.agent === null ? [] : [`agent ${clean(result.agent)}`]),
    ];
    return [
      `${style.paint('green', result.already_mounted ? 'already mounted' : 'mounted')} viking:// at ${style.paint('bold', at)} (${facts.join(', ')})`,
      '',
      'Try:',
      `  ls ${at}`,
      `  cp -r DIRECTORY ${at}/resources/`,
      `  cat ${at}/resources/.overview.md`,
      `  ls "${at}/resources/.find/A QUESTION"`,
      `  cat ${at}/.viking/help`,
    ].join('\n');
  },
});

/** The real path of the mountpoint. A mount that a dead daemon left there is not looked into. */
async function realMountpoint(path: string): Promise<string> {
  const real = join(await realPrefix(dirname(path)), basename(path));
  return (await readMountTable()).some((entry) => entry.mountpoint === real) ? real : realPrefix(real);
}

interface View {
  readonly account: string | undefined;
  readonly user: string | undefined;
  readonly peer: string | null;
  readonly agent: string | null;
}

async function viewOf(context: Context): Promise<View> {
  const { account_id: account, user_id: user } = await context.client.health();
  return { account, user, peer: context.actorPeer ?? null, agent: context.agent ?? null };
}

function sameView(
  known: MountResult,
  view: View,
  args: { 'read-only': boolean | undefined; 'allow-other': boolean | undefined; driver: string | undefined },
): MountResult {
  const readOnly = args['read-only'] ?? known.read_only;
  const driver = args.driver === undefined || args.driver === 'auto' ? known.driver : args.driver;
  const allowOther = args['allow-other'] ?? known.allow_other;
  const isSame =
    known.account === view.account &&
    known.user === view.user &&
    known.actor_peer === view.peer &&
    known.agent === view.agent &&
    known.read_only === readOnly &&
    known.allow_other === allowOther &&
    known.driver === driver;
  if (isSame) return known;
  throw new VikingError('CONFLICT', `${known.mountpoint} is mounted already, with other options`, {
    hint: `Unmount it first: ov umount ${known.mountpoint}`,
  });
}

async function waitUntilMounted(mountpoint: string): Promise<void> {
  const listed = (await readMountTable()).some((entry) => entry.mountpoint === mountpoint);
  if (!listed) {
    throw new VikingError('INTERNAL', `${mountpoint}: the daemon says it is mounted, the kernel does not`, {
      hint: 'Run: ov doctor',
    });
  }
  await withDeadline(readdir(mountpoint), ANSWER_MS, `listing ${mountpoint}`);
}
