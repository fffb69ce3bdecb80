import type { IngestAnswer } from "../../../shared/contracts/ingest.ts";
import { MarketEventInput, RESERVED_SOURCES } from "../../../shared/contracts/market.ts";
import type { IngestResult } from "../../../shared/contracts/room.ts";
import { roomFailed } from "../../../shared/market/room-fault.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { traceparent } from "../../../shared/platform/trace.ts";
import { fieldErrors } from "../../../shared/platform/zod-errors.ts";
import type { KnownCollections } from "./known-collections.ts";

/** An event as others hand it in: what XSEMA reads or invents itself is told by nobody else. */
const PushedEvent = MarketEventInput.refine(({ source }) => !RESERVED_SOURCES.includes(source), {
  path: ["source"],
  message: `must not be ${RESERVED_SOURCES.join(", ")}: these are XSEMA's own; take another name, or leave it out`,
});

interface Group {
  events: MarketEventInput[];
  /** Where each of them stood in the request. */
  indexes: number[];
}

/**
 * Hands events to the rooms of their collections. The good ones go in, the others are reported by index. What went in can
 * be named in other requests from then on; `named` is `false` while Postgres does not answer, and that takes until it does.
 * Throws `storage_full` or `unavailable` when a room does not take them; sending the same request again is harmless.
 */
export async function ingestEvents(
  ctx: Pick<Ctx, "rooms" | "trace" | "db" | "now" | "log">,
  events: unknown[],
  known: KnownCollections,
): Promise<{ answer: IngestAnswer; named: boolean }> {
  const answer: IngestAnswer = { accepted: 0, duplicate: 0, rejected: [], positions: [] };
  const groups = new Map<string, Group>();
  for (const [index, value] of events.entries()) {
    const parsed = PushedEvent.safeParse(value);
    if (!parsed.success) {
      answer.rejected.push({ index, errors: fieldErrors(parsed.error) });
      continue;
    }
    const group = groups.get(parsed.data.collection) ?? { events: [], indexes: [] };
    group.events.push(parsed.data);
    group.indexes.push(index);
    groups.set(parsed.data.collection, group);
  }
  const results = await Promise.all(
    [...groups].map(async ([slug, group]) => ({ slug, group, result: await ingestInto(ctx, slug, group) })),
  );
  for (const { slug, group, result } of results) {
    answer.accepted += result.accepted.length;
    answer.duplicate += result.duplicate.length;
    answer.positions.push({ collection: slug, epoch: result.epoch, head: result.head });
    for (const { index, pointer, message } of result.rejected)
      answer.rejected.push({ index: group.indexes[index] ?? index, errors: [{ pointer, message }] });
  }
  answer.rejected.sort((a, b) => a.index - b.index);
  const taken = results.flatMap(({ slug, result: { accepted, duplicate } }) =>
    accepted.length + duplicate.length === 0
      ? []
      : // What is simulated is not handed in.
        [{ slug, simulated: false }],
  );
  return { answer, named: await known.ensure(ctx, taken) };
}

async function ingestInto(
  ctx: Pick<Ctx, "rooms" | "trace" | "log">,
  slug: string,
  group: Group,
): Promise<IngestResult> {
  try {
    return await ctx.rooms.collection(slug).ingest(slug, group.events, traceparent(ctx.trace));
  } catch (cause) {
    throw await roomFailed(ctx, slug, cause);
  }
}
