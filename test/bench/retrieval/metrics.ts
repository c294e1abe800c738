/** Sums over the questions of one set. Recall: mean share of what is wanted that was found. */
export class Figures {
  #questions = 0;
  #at5 = 0;
  #at10 = 0;
  #ndcg = 0;
  #reciprocal = 0;
  #ms = 0;

  /** `found` best first; `grades` of everything wanted, above 0. */
  add(found: readonly string[], grades: ReadonlyMap<string, number>, ms: number): void {
    const wanted = [...grades].filter(([, grade]) => grade > 0).map(([id]) => id);
    if (wanted.length === 0) return;
    const recall = (count: number): number =>
      wanted.filter((id) => found.slice(0, count).includes(id)).length / wanted.length;
    this.#questions++;
    this.#at5 += recall(5);
    this.#at10 += recall(10);
    const first = found.findIndex((id) => (grades.get(id) ?? 0) > 0);
    this.#reciprocal += first < 0 ? 0 : 1 / (first + 1);
    this.#ndcg += ndcg(found.slice(0, 10), grades);
    this.#ms += ms;
  }

  /** One row of the table. */
  row(set: string): Row {
    const mean = (sum: number): number => sum / Math.max(1, this.#questions);
    return {
      set,
      questions: this.#questions,
      recallAt5: mean(this.#at5),
      recallAt10: mean(this.#at10),
      ndcgAt10: mean(this.#ndcg),
      reciprocalRank: mean(this.#reciprocal),
      msPerQuery: mean(this.#ms),
    };
  }
}

export interface Row {
  readonly set: string;
  readonly questions: number;
  readonly recallAt5: number;
  readonly recallAt10: number;
  readonly ndcgAt10: number;
  readonly reciprocalRank: number;
  readonly msPerQuery: number;
}

export function table(rows: readonly Row[]): string {
  const percent = (value: number): string => (100 * value).toFixed(1);
  const lines = rows.map((row) => {
    const figures = [row.recallAt5, row.recallAt10, row.ndcgAt10, row.reciprocalRank].map(percent);
    return `| ${row.set} | ${row.questions} | ${figures.join(' | ')} | ${row.msPerQuery.toFixed(1)} |`;
  });
  const head =
    '| set | questions | R@5 | R@10 | nDCG@10 | MRR | ms a query |\n|---|---:|---:|---:|---:|---:|---:|';
  return `${head}\n${lines.join('\n')}\n`;
}

function ndcg(found: readonly string[], grades: ReadonlyMap<string, number>): number {
  const discounted = (gains: readonly number[]): number =>
    gains.reduce((sum, value, rank) => sum + value / Math.log2(rank + 2), 0);
  const ideal = discounted([...grades.values()].sort((a, b) => b - a).slice(0, 10));
  return ideal === 0 ? 0 : discounted(found.map((id) => grades.get(id) ?? 0)) / ideal;
}
