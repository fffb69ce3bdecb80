import type { MarketEventInput } from "../../shared/contracts/market.ts";
import type { Cursor } from "../../shared/providers/provider.ts";
import type { RejectedRow } from "../../shared/providers/replay/provider.ts";
import { describeMapping, openHistory } from "./open-history.ts";
import type { ReplayOptions } from "./options.ts";
import { createPace } from "./pace.ts";
import type { Screen } from "./screen.ts";
import { createSender, type IngestAnswer, type SenderDeps } from "./sender.ts";
import { Tally } from "./tally.ts";

export interface ReplayDeps extends Omit<SenderDeps, "onRetry"> {
  token: () => Promise<string>;
  screen: Screen;
  /** Aborted when the user has had enough. */
  stop: AbortSignal;
}

const SHOWN_EVENTS = 3;

/**
 * Replays a history and returns the exit code: 0 all in, 2 some rows were rejected, 130 stopped. Throws a
 * `ReplayError` where it cannot go on; whatever was answered by then is in.
 */
export async function runReplay(options: ReplayOptions, deps: ReplayDeps): Promise<number> {
  const { screen, stop, now } = deps;
  const dryRun = options["dry-run"];
  const { provider, mapping, size } = await openHistory(options, now);
  screen.line(
    `${options.file} -> ${options.collection}${dryRun ? " (dry run: nothing is sent)" : ` at ${options.url}`}`,
  );
  screen.line(describeMapping(mapping));

  const send = dryRun
    ? async (): Promise<IngestAnswer> => ({ accepted: 0, duplicate: 0, rejected: [] })
    : createSender(
        { url: options.url, token: await deps.token() },
        {
          ...deps,
          onRetry: (reason, wait) => screen.line(`${reason}; trying again in ${(wait / 1_000).toFixed(1)} s`),
        },
      );
  const pace = createPace(dryRun ? null : options.speed, now);
  const tally = new Tally(size, now);

  const list = (row: RejectedRow) => {
    const text = tally.reject(row);
    if (text !== null) screen.line(text);
  };
  const deliver = async (events: MarketEventInput[], lines: number[]) => {
    if (dryRun && tally.sent < SHOWN_EVENTS)
      for (const event of events.slice(0, SHOWN_EVENTS - tally.sent)) screen.line(JSON.stringify(event));
    const answer = await send(events);
    tally.addEvents(events);
    tally.accepted += answer.accepted;
    tally.duplicate += answer.duplicate;
    for (const { index, errors } of answer.rejected) list({ line: lines[index] ?? 0, errors });
  };

  try {
    let cursor: Cursor | null = null;
    for (
      let more = true;
      more && !stop.aborted && tally.sent < (options.limit ?? Number.POSITIVE_INFINITY);
    ) {
      const polled = await provider.poll(options.collection, cursor);
      for (const row of polled.rejected) list(row);
      ({ cursor, more } = polled);
      let events = polled.events.slice(0, (options.limit ?? Number.POSITIVE_INFINITY) - tally.sent);
      let lines = polled.lines;
      while (events.length > 0 && !stop.aborted) {
        const due = pace.due(events);
        const [next] = events;
        if (due > 0) await deliver(events.slice(0, due), lines.slice(0, due));
        else if (next !== undefined) await deps.sleep(pace.wait(next));
        events = events.slice(due);
        lines = lines.slice(due);
        screen.progress(tally.progress());
      }
      tally.rows = polled.rows;
      tally.bytes = polled.bytes;
      screen.progress(tally.progress());
    }
  } catch (error) {
    const stopped = stop.aborted && error instanceof Error && error.name === "AbortError";
    if (!stopped) {
      screen.line(tally.summary(dryRun));
      throw error;
    }
  } finally {
    await provider.close();
  }
  screen.line(tally.summary(dryRun));
  if (stop.aborted) {
    screen.line("Stopped. Run the same command again to go on: what is in already counts as duplicate.");
    return 130;
  }
  return tally.rejected > 0 ? 2 : 0;
}
