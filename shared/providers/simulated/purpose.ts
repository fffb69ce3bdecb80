/** What a stream of numbers is for. A collection's own streams are told apart by `purposeOf`. */
export const Purpose = {
  path_anchor: 1,
  path_step: 2,
  news: 3,
  burst: 4,
  arrivals: 5,
  story: 6,
  order: 7,
  transaction: 8,
  sweep: 9,
  sweep_transaction: 16,
  pulse_order: 17,
  sweep_choice: 10,
  first_owner: 11,
  rarity: 12,
  token_order: 13,
  pulse: 14,
  wallet: 15,
} as const;

/** The purpose of a stream within one collection; number 0 is the whole market's. */
export function purposeOf(collection: number, purpose: number): number {
  return collection * 64 + purpose;
}
