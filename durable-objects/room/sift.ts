/** One of what was tried, which was refused by itself. */
interface Refused<Item, Refusal> {
  item: Item;
  refusal: Refusal;
}

/**
 * Finds by halves what is refused by itself; all the rest was taken when it ends. `attempt` says why it refuses,
 * or `null`; what it throws ends the search, and what was found until then stands.
 */
export async function* sift<Item, Refusal>(
  items: Item[],
  attempt: (items: Item[]) => Promise<Refusal | null>,
): AsyncGenerator<Refused<Item, Refusal>> {
  const [item] = items;
  if (item === undefined) return;
  const refusal = await attempt(items);
  if (refusal === null) return;
  if (items.length === 1) {
    yield { item, refusal };
    return;
  }
  const middle = Math.ceil(items.length / 2);
  yield* sift(items.slice(0, middle), attempt);
  yield* sift(items.slice(middle), attempt);
}
