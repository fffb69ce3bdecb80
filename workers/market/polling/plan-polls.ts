import type { PollProviderJob } from "../../../shared/contracts/jobs.ts";
import type { EnabledProvider } from "../../../shared/providers/registry.ts";

/** Small enough that one job fits well into an invocation and that a failing one holds few up. */
const GROUP = 10;

/**
 * One job for each provider and group of its collections. `turn` moves the order on by a group at each tick:
 * where a quota does not reach for all, each collection still has its turn.
 */
export function planPolls(enabled: readonly EnabledProvider[], turn: number): PollProviderJob[] {
  return enabled.flatMap(({ name, collections }) => {
    const jobs: PollProviderJob[] = [];
    const ordered = rotate(collections, turn * GROUP);
    for (let start = 0; start < ordered.length; start += GROUP)
      jobs.push({
        type: "poll_provider",
        provider: name,
        collections: ordered.slice(start, start + GROUP),
      });
    return jobs;
  });
}

function rotate(list: readonly string[], by: number): string[] {
  const start = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
