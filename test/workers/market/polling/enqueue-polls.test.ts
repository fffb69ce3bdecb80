import { describe, expect, it } from "vitest";
import { JobEnvelope } from "../../../../shared/contracts/jobs.ts";
import { parseConfig } from "../../../../shared/platform/config.ts";
import { continueTrace } from "../../../../shared/platform/trace.ts";
import type { FeedRequest } from "../../../../shared/providers/links.ts";
import { enqueuePolls } from "../../../../workers/market/polling/enqueue-polls.ts";
import { recordLog } from "../../../support/opensea/log.ts";
import { openSeaSettings } from "../../../support/opensea/settings.ts";

const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

function aTick(broken: { feed?: string; queue?: boolean } = {}) {
  const sent: unknown[] = [];
  const ensured: FeedRequest[] = [];
  const { log, lines } = recordLog();
  const ctx = {
    config: parseConfig(openSeaSettings({ DEMO_MARKET: "on", OPENSEA_COLLECTIONS: "argonauts" })),
    log,
    trace: continueTrace(TRACE),
    now: () => 1_788_949_800_000,
    queue: {
      async send(message: JobEnvelope) {
        if (broken.queue) throw new Error("the queue is away");
        sent.push(message);
      },
    },
    providers: {
      feed: (provider: string) => ({
        async ensure(request: FeedRequest) {
          if (broken.feed === provider) throw new Error("the object is away");
          ensured.push(request);
          return { provider, state: "open" as const, joined: [], last_event_at: null, last_error: null };
        },
      }),
    },
  };
  return { ctx, sent, ensured, lines };
}

describe("a tick", () => {
  it("keeps every feed alive and queues one job for each provider, under the tick's trace", async () => {
    const { ctx, sent, ensured } = aTick();
    await enqueuePolls(ctx);
    expect(ensured.map(({ provider }) => provider)).toEqual(["opensea", "simulated"]);
    const envelopes = sent.map((message) => JobEnvelope.parse(message));
    expect(envelopes.map(({ job }) => "provider" in job && job.provider)).toEqual(["opensea", "simulated"]);
    for (const { traceparent } of envelopes)
      expect(traceparent).toContain("0af7651916cd43dd8448eb211c80319c");
  });

  it("does not let one feed or the queue stop the rest, and says what failed", async () => {
    const one = aTick({ feed: "opensea" });
    await enqueuePolls(one.ctx);
    expect(one.ensured.map(({ provider }) => provider)).toEqual(["simulated"]);
    expect(one.sent.length).toBe(2);
    expect(one.lines).toMatchObject([{ level: "error", message: "feed not reached", provider: "opensea" }]);

    const two = aTick({ queue: true });
    await enqueuePolls(two.ctx);
    expect(two.ensured.length).toBe(2);
    expect(two.lines.map(({ message }) => message)).toEqual(["poll not queued", "poll not queued"]);
  });
});
