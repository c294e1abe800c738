import type { StatusResult } from '../api/results.ts';

/** Upper bounds of the latency histogram, in seconds. */
const BOUNDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5] as const;

interface Series {
  count: number;
  sumSeconds: number;
  /** One per bound, each counting the requests at or under it. */
  readonly under: number[];
}

/** Counts of requests, for `/metrics`. */
export interface Metrics {
  observe(route: string, status: number, elapsedMs: number): void;
  /** Everything in the text format of Prometheus. */
  text(status: StatusResult): string;
}

export function createMetrics(): Metrics {
  const requests = new Map<string, number>();
  const latencies = new Map<string, Series>();

  return {
    observe(route, status, elapsedMs) {
      const key = `route="${route}",status="${status}"`;
      requests.set(key, (requests.get(key) ?? 0) + 1);
      const series = latencies.get(route) ?? { count: 0, sumSeconds: 0, under: BOUNDS.map(() => 0) };
      latencies.set(route, series);
      const seconds = elapsedMs / 1_000;
      series.count += 1;
      series.sumSeconds += seconds;
      for (let index = BOUNDS.length - 1; index >= 0 && seconds <= BOUNDS[index]!; index--)
        series.under[index]! += 1;
    },
    text(status) {
      return [
        ...family('vikingfs_requests_total', 'counter', 'Requests answered.', requests),
        ...histogram(latencies),
        ...gauge('vikingfs_uptime_seconds', 'Seconds since the daemon started.', status.uptime),
        ...gauge('vikingfs_index_documents', 'Indexed files.', status.index.documents),
        ...gauge('vikingfs_index_passages', 'Indexed passages.', status.index.passages),
        ...gauge(
          'vikingfs_index_pending',
          'Changed entries not yet indexed.',
          status.index.freshness.pending,
        ),
        ...gauge(
          'vikingfs_layers_pending',
          'Directories whose layers are to be built.',
          status.layers.pending,
        ),
        ...family('vikingfs_jobs', 'gauge', 'Jobs by state.', [
          ['state="pending"', status.jobs.pending],
          ['state="running"', status.jobs.running],
          ['state="failed"', status.jobs.failed],
        ]),
        ...reranked(status.models.rerank),
        ...gauge('vikingfs_mounts', 'Mounts.', status.mounts.length),
        ...gauge('process_resident_memory_bytes', 'Resident memory.', process.memoryUsage.rss()),
        '',
      ].join('\n');
    },
  };
}

function histogram(latencies: ReadonlyMap<string, Series>): string[] {
  const name = 'vikingfs_request_seconds';
  const lines = [`# HELP ${name} Time to answer.`, `# TYPE ${name} histogram`];
  for (const [route, { count, sumSeconds, under }] of latencies) {
    for (const [index, bound] of BOUNDS.entries())
      lines.push(`${name}_bucket{route="${route}",le="${bound}"} ${under[index]}`);
    lines.push(`${name}_bucket{route="${route}",le="+Inf"} ${count}`);
    lines.push(`${name}_sum{route="${route}"} ${sumSeconds}`, `${name}_count{route="${route}"} ${count}`);
  }
  return lines;
}

/** Nothing where nobody reranks. */
function reranked(state: StatusResult['models']['rerank']): string[] {
  if (state === null) return [];
  return family('vikingfs_reranked_answers_total', 'counter', 'Answers a model was to reorder.', [
    ['outcome="reordered"', state.reordered],
    ['outcome="fallback"', state.fallbacks],
  ]);
}

function gauge(name: string, help: string, value: number): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`];
}

function family(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  values: Iterable<readonly [labels: string, value: number]>,
): string[] {
  const lines = [...values].map(([labels, value]) => `${name}{${labels}} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
}
