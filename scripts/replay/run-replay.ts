import type { MarketEventInput } from "../../shared/contracts/market.ts";
import type { Cursor } from "../../shared/providers/provider.ts";
import type { ReplayProvider } from "../../shared/providers/replay/provider.ts";
import { createDelivery, type Delivery } from "./delivery.ts";
import { describeMapping, openHistory } from "./open-history.ts";
import type { ReplayOptions } from "./options.ts";
import { createPace } from "./pace.ts";
import type { Screen } from "./screen.ts";
import { createSender, type SenderDeps } from "./sender.ts";
import { duration, Tally } from "./tally.ts";

export interface ReplayDeps extends Omit<SenderDeps, "onRetry"> {
  /** Where it goes, and the API key for that. */
  findTarget: () => Promise<{ url: string; token: string }>;
  screen: Screen;
  /** Aborted when the user has had enough. */
  stop: AbortSignal;
}

/** A silence longer than this is announced. */
const LONG_WAIT_MS = 60_000;

/** Reads the history to its end, its limit or the user's wish, and delivers every event when it is due. */
async function play(
  provider: ReplayProvider,
  options: ReplayOptions,
  deps: ReplayDeps,
  tally: Tally,
  { deliver, list }: Delivery,
): Promise<void> {
  const { screen, stop } = deps;
  const { collection, limit = Number.POSITIVE_INFINITY } = options;
  const pace = createPace(options["dry-run"] ? null : options.speed, deps.now);
  const waitFor = async (event: MarketEventInput) => {
    const wait = pace.wait(event);
    if (wait > LONG_WAIT_MS) screen.line(`The next event (${event.occurred_at}) comes in ${duration(wait)}.`);
    await deps.sleep(wait);
  };

  let cursor: Cursor | null = null;
  for (let more = true; more && !stop.aborted && tally.sent < limit; ) {
    const polled = await provider.poll(collection, cursor);
    ({ cursor, more } = polled);
    for (const row of polled.rejected) list(row);
    const before = { rows: tally.rows, bytes: tally.bytes };
    const events = polled.events.slice(0, limit - tally.sent);
    for (let done = 0; done < events.length && !stop.aborted; ) {
      const due = pace.due(events.slice(done));
      const next = events[done];
      if (due > 0) await deliver(events.slice(done, done + due), polled.lines.slice(done, done + due));
      else if (next !== undefined) await waitFor(next);
      done += due;
      tally.reach(before, polled, done / events.length);
      screen.progress(tally.progress());
    }
    if (events.length === 0) tally.reach(before, polled, 1);
    screen.progress(tally.progress());
  }
}

/**
 * Replays a history and returns the exit code: 0 all in, 2 some rows were rejected, 130 stopped. Throws a
 * `ReplayError` or a provider's `AppError` where it cannot go on; whatever was answered by then is in.
 */
export async function runReplay(options: ReplayOptions, deps: ReplayDeps): Promise<number> {
  const { screen, stop } = deps;
  const { file, collection, "dry-run": dryRun } = options;
  const { provider, mapping, size } = await openHistory(options, deps.now);
  const target = dryRun ? null : await deps.findTarget();
  screen.line(
    `${file} -> ${collection} ${target === null ? "(dry run: nothing is sent)" : `at ${target.url}`}`,
  );
  screen.line(describeMapping(mapping));

  const onRetry = (reason: string, wait: number) =>
    screen.line(`${reason}; trying again in ${(wait / 1_000).toFixed(1)} s`);
  const send = target === null ? null : createSender(target, { ...deps, onRetry });
  const tally = new Tally(size, deps.now);
  try {
    await play(provider, options, deps, tally, createDelivery(send, tally, screen));
  } catch (error) {
    // Waiting was broken off on purpose; anything else is not to be hidden by a wish to stop.
    if (!(stop.aborted && error instanceof Error && error.name === "AbortError")) throw error;
  } finally {
    await provider.close();
    screen.line(tally.summary(dryRun));
  }
  if (stop.aborted) {
    screen.line("Stopped. Run the same command again to go on: what is in already counts as duplicate.");
    return 130;
  }
  return tally.rejected > 0 ? 2 : 0;
}
