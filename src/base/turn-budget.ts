/**
 * Says whether synchronous work may still be done in this turn of the event loop: true until `budgetMs` after it was
 * first asked in the turn. For work that costs less than a trip to the thread pool, and would keep everybody else
 * waiting if thousands of it followed each other.
 */
export function turnBudget(budgetMs: number): () => boolean {
  let since: number | undefined;
  return () => {
    if (since !== undefined) return performance.now() - since < budgetMs;
    since = performance.now();
    setImmediate(() => {
      since = undefined;
    });
    return true;
  };
}
