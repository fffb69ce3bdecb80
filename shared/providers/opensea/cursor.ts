import { z } from "zod";

/** An open listing as the poller last knew it: enough to notice that it is gone. */
const Tracked = z.object({
  order_id: z.string(),
  token_id: z.string().nullable(),
  price: z.string(),
  currency: z.string(),
  single: z.boolean(),
  expires_at: z.number().nullable(),
});
export type Tracked = z.infer<typeof Tracked>;

export const BookState = z.object({
  /** When the best listings were last read, in seconds; 0 before the first time. */
  swept_at: z.number().int(),
  open: z.array(Tracked),
  /** Orders of `open` that the last sweep did not find. */
  missing: z.array(z.string()),
  /** Orders that events of the present window closed: its pages come newest first, listings after their sales. */
  closed: z.array(z.string()),
  /** Orders that were declared gone, so that their return can be noticed. */
  gone: z.array(z.string()),
});
export type BookState = z.infer<typeof BookState>;

/** A stretch of time that is being read, newest first. All times in Unix seconds. */
export const Window = z.object({
  started: z.number().int(),
  after: z.number().int(),
  /** Only events before this are still to be read; `null` until the first page has come. */
  before: z.number().int().nullable(),
  /** OpenSea's own cursor; used only where time alone does not lead on. */
  next: z.string().nullable(),
  history: z.boolean(),
  pages: z.number().int(),
  empty: z.number().int(),
  /** How often the cursor failed at this place. */
  stuck: z.number().int(),
});
export type Window = z.infer<typeof Window>;

/** How far OpenSea was read for one collection. */
export const OpenSeaCursor = z.object({
  v: z.literal(1),
  /** Every window up to here (seconds) was read to its end. */
  read_until: z.number().int().nullable(),
  window: Window.nullable(),
  /** What the next poll reads. */
  turn: z.enum(["events", "book"]),
  book: BookState,
});
export type OpenSeaCursor = z.infer<typeof OpenSeaCursor>;

/** The book first: the floor shows at once, while history is still being read. */
export function newCursor(): OpenSeaCursor {
  return {
    v: 1,
    read_until: null,
    window: null,
    turn: "book",
    book: { swept_at: 0, open: [], missing: [], closed: [], gone: [] },
  };
}
