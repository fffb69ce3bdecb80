/** One of what was tried, which was refused by itself. */
export interface Refused<T> {
  item: T;
  refusal: string;
}

/**
 * Finds by halves what is refused by itself; all the rest was taken when it ends. `attempt` says why it refuses,
 * or `null`; what it throws ends the search, and what was found until then stands.
 */
export async function* sift<T>(
  items: T[],
  attempt: (items: T[]) => Promise<string | null>,
): AsyncGenerator<Refused<T>> {
  const refusal = await attempt(items);
  if (refusal === null) return;
  const [item] = items;
  if (item !== undefined && items.length === 1) {
    yield { item, refusal };
    return;
  }
  const middle = Math.ceil(items.length / 2);
  if (items.length === 0) return;
  yield* sift(items.slice(0, middle), attempt);
  yield* sift(items.slice(middle), attempt);
}
