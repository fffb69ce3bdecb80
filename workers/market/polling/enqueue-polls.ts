import type { Ctx } from "../../../shared/platform/ctx.ts";
import { describeError } from "../../../shared/platform/errors.ts";
import { traceparent } from "../../../shared/platform/trace.ts";
import type { ProviderFeedRpc } from "../../../shared/providers/links.ts";
import { enabledProviders } from "../../../shared/providers/registry.ts";
import { planPolls } from "./plan-polls.ts";

const TICK_MS = 60_000;

/**
 * One tick: keeps the feeds alive and queues the polls. A feed or a job that fails is logged and stops no
 * other; the next tick tries again.
 */
export async function enqueuePolls(
  ctx: Pick<Ctx, "config" | "queue" | "log" | "trace" | "now"> & {
    providers: { feed(provider: string): Pick<ProviderFeedRpc, "ensure"> };
  },
): Promise<void> {
  const enabled = enabledProviders(ctx.config);
  const attempt = async (what: string, provider: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      ctx.log.error(what, { provider, error: describeError(error) });
    }
  };
  const feeds = enabled
    .filter(({ fed }) => fed)
    .map(({ name, collections }) =>
      attempt("feed not reached", name, () =>
        ctx.providers.feed(name).ensure({ provider: name, collections }),
      ),
    );
  const polls = planPolls(enabled, Math.floor(ctx.now() / TICK_MS)).map((job) =>
    attempt("poll not queued", job.provider, () =>
      ctx.queue.send({ job, traceparent: traceparent(ctx.trace) }),
    ),
  );
  await Promise.all([...feeds, ...polls]);
}
