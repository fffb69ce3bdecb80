import type { PollProviderJob } from "../../../shared/contracts/jobs.ts";
import type { CollectionRoomRpc } from "../../../shared/contracts/room.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { describeError } from "../../../shared/platform/errors.ts";
import { traceparent } from "../../../shared/platform/trace.ts";
import { ingestEvents } from "../../../shared/providers/ingest-events.ts";
import { createProvider, enabledProviders } from "../../../shared/providers/registry.ts";
import { isInfoFresh, storeInfo, storeStats } from "./collection-info.ts";
import { loadCursor, storeCursor } from "./cursors.ts";
import { pollCollection } from "./poll-collection.ts";
import { pollProvider } from "./poll-provider.ts";

/**
 * Handles one `poll_provider` job. Being handed the same job twice does no harm. Throws `not_found` for a
 * provider that is not set up any more.
 */
export async function runPollJob(
  ctx: Pick<Ctx, "config" | "db" | "fetch" | "now" | "log" | "trace"> & {
    rooms: { collection(slug: string): Pick<CollectionRoomRpc, "ingest"> };
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
        if (polled) await poll(slug);
        await refreshInfo(slug);
      },
    },
    job.collections,
  );
}
