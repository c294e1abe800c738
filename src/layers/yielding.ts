/** How long work nobody waits for gives way in a row before it is done all the same. */
const YIELD_MOST_MS = 60_000;

export interface Yielding {
  /** Whether other work on this thread should go before the background wave. Default: never. */
  readonly yields?: () => boolean;
  /** Longest the wave gives way in a row. Default: a minute. For tests. */
  readonly yieldMostMs?: number;
}

/**
 * Answers, before each of the directories that wait (their number is given), whether it is to be put off. After
 * `yieldMostMs` of putting off, as many as waited by then go ahead, whatever `yields` says.
 */
export function putsOff({
  yields = () => false,
  yieldMostMs = YIELD_MOST_MS,
}: Yielding): (waiting: number) => boolean {
  let since: number | undefined;
  let ahead = 0;
  return (waiting) => {
    if (ahead > 0) {
      ahead--;
      return false;
    }
    if (!yields()) {
      since = undefined;
      return false;
    }
    since ??= performance.now();
    if (performance.now() - since < yieldMostMs) return true;
    since = undefined;
    ahead = waiting - 1;
    return false;
  };
}
