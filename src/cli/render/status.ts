import type { StatusResult } from '../../api/results.ts';
import { freshnessNote } from './hits.ts';
import type { Style } from './style.ts';
import { clean, count } from './text.ts';

export function statusText(status: StatusResult, style: Style): string {
  const bold = (text: string): string => style.paint('bold', text.padEnd(9));
  const note = freshnessNote(status.index.freshness);
  const lines = [
    `${bold('daemon')} ${status.version}, pid ${status.pid}, up ${duration(status.uptime)}`,
    `${bold('identity')} ${status.user} of account ${status.account}`,
    `${bold('home')} ${clean(status.home)}`,
    `${bold('index')} ${count(status.index.documents, 'document')}, ${count(status.index.passages, 'passage')}, embedder ${status.index.embedder}, vectors ${status.index.vectors}`,
    `${bold('')} ${note === '' ? style.paint('green', 'fresh') : style.paint('yellow', note)}`,
    `${bold('layers')} ${count(status.layers.directories, 'directory', 'directories')}, ${status.layers.pending} pending${status.layers.awaiting_model > 0 ? `, ${status.layers.awaiting_model} await the model` : ''}${status.layers.model_blocked === undefined ? '' : ` (${clean(status.layers.model_blocked)})`}`,
    `${bold('jobs')} ${status.jobs.pending} pending, ${status.jobs.running} running, ${status.jobs.failed} failed`,
    `${bold('models')} embedding ${status.models.embedding}, chat ${status.models.chat}${status.models.rerank === null ? '' : `, rerank ${clean(status.models.rerank.model)}`}`,
  ];
  if (status.mounts.length === 0) lines.push(`${bold('mounts')} none; mount with: ov mount DIR`);
  for (const [index, mount] of status.mounts.entries()) {
    const peer = mount.actor_peer === null ? '' : `, peer ${mount.actor_peer}`;
    lines.push(
      `${bold(index === 0 ? 'mounts' : '')} ${clean(mount.mountpoint)} (${mount.driver}${mount.read_only ? ', read-only' : ''}${peer})`,
    );
  }
  return lines.join('\n');
}

/** What `ov wait` still waits for. */
export function leftText({ index, layers, jobs }: StatusResult): string {
  const left = [
    [jobs.pending + jobs.running, 'jobs'],
    [index.freshness.pending, 'entries to index'],
    [layers.pending, 'directories to describe'],
    [layers.awaiting_model, 'directories awaiting the model'],
  ] as const;
  const parts = left.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  const blocked = layers.model_blocked === undefined ? '' : ` (${clean(layers.model_blocked)})`;
  return `waiting for ${parts.length === 0 ? 'the last of it' : parts.join(', ')}${blocked}`;
}

/** `93784` seconds as `1d 2h`. */
export function duration(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [Math.floor(seconds) % 60, 's'],
  ] as const;
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return '0s';
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value}${unit}`)
    .join(' ');
}
