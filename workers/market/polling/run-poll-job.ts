import type { PollProviderJob } from "../../../shared/contracts/jobs.ts";
import type { CollectionRoomRpc } from "../../../shared/contracts/room.ts";
import { type FailedRooms, roomFailed } from "../../../shared/market/room-fault.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { describeError } from "../../../shared/platform/errors.ts";
import { traceparent } from "../../../shared/platform/trace.ts";
import { ingestEvents } from "../../../shared/providers/ingest-events.ts";
import { createProvider, enabledProviders } from "../../../shared/providers/registry.ts";
import { isInfoFresh, storeInfo, storeStats } from "./collection-info.ts";
import { loadCursor, storeCursor } from "./cursors.ts";
import { pollCollection } from "./poll-collection.ts";
import { pollProvider } from "./poll-provider.ts";

/** Longer than a poll may take: one whose worker died does not hold others up for ever. */
const LEASE_MS = 120_000;

/**
 * Handles one `poll_provider` job. Being handed the same job twice does no harm. Throws `not_found` for a
 * provider that is not set up any more.
 */
export async function runPollJob(
  ctx: Pick<Ctx, "config" | "db" | "fetch" | "now" | "log" | "trace"> & {
    rooms: FailedRooms & { collection(slug: string): Pick<CollectionRoomRpc, "ingest"> };
    providers: Pick<Ctx["providers"], "gate">;
  },
  job: PollProviderJob,
): Promise<{ retry_after_ms?: number }> {
  const provider = createProvider(job.provider, ctx);
  const log = ctx.log.with({ provider: provider.name });
  const { polled } = enabledProviders(ctx.config).find(({ name }) => name === provider.name) ?? {
    polled: false,
  };
  const place = (collection: string) => ({ provider: provider.name, collection });

  const refreshInfo = async (slug: string) => {
    if (await isInfoFresh(ctx.db, provider.name, slug, ctx.now())) return;
    await storeInfo(ctx.db, provider, slug, await provider.collection(slug), ctx.now());
    // An invented market has no figures beside those of its events.
    if (!provider.simulated) await refreshStats(slug);
  };
  const refreshStats = async (slug: string) => {
    try {
      await storeStats(ctx.db, provider.name, slug, await provider.stats(slug));
    } catch (error) {
      // They are an extra: the next hour brings them, and nothing else waits for them.
      log.warn("the provider's own figures were not read", {
        collection: slug,
        error: describeError(error),
      });
    }
  };
  const gate = ctx.providers.gate(provider.name);
  /** A poll that is under way reads from the same cursor: a second one would cost the quota the same again. */
  const pollAlone = async (slug: string) => {
    if ((await gate.beginPoll?.(slug, LEASE_MS)) === false) {
      log.info("another poll of the collection is under way", { collection: slug });
      return;
    }
    try {
      await poll(slug);
    } finally {
      await gate.endPoll?.(slug);
    }
  };
  const poll = async (slug: string) => {
    const ingested = await pollCollection(
      {
        provider,
        now: ctx.now,
        log,
        cursors: {
          load: (collection) => loadCursor(ctx.db, place(collection)),
          store: (collection, from, to) => storeCursor(ctx.db, place(collection), from, to, ctx.now()),
        },
        ingest: (collection, events) =>
          ingestEvents(ctx.rooms.collection(collection), collection, events, {
            log,
            traceparent: traceparent(ctx.trace),
          }).catch(async (cause: unknown) => {
            await roomFailed(ctx, collection, cause);
            // Not the error for callers: a room that fails must not look like a provider that is shut.
            throw cause;
          }),
      },
      slug,
    );
    log.info("collection polled", { collection: slug, ...ingested });
  };

  return pollProvider(
    {
      log,
      async pollOne(slug) {
        // What a feed brings is not polled a second time.
        if (polled) await pollAlone(slug);
        await refreshInfo(slug);
      },
    },
    job.collections,
  );
}
