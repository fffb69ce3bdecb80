/** Rows of a room's storage by event, as Cloudflare counts them; docs/operating.md tells what that costs. */
export const ROOM_COSTS = {
  listing: { written: 7, read: 17 },
  sale_of_listed: { written: 17, read: 22 },
  sale: { written: 10, read: 14 },
  sale_in_a_batch: { written: 10, read: 5 },
};
