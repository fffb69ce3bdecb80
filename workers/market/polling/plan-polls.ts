import type { PollProviderJob } from "../../../shared/contracts/jobs.ts";
import type { EnabledProvider } from "../../../shared/providers/registry.ts";

/** Small enough that one job fits well into an invocation and that a failing one holds few up. */
const GROUP = 10;

/** One job for each provider and group of its collections. */
export function planPolls(enabled: readonly EnabledProvider[]): PollProviderJob[] {
  return enabled.flatMap(({ name, collections }) => {
    const jobs: PollProviderJob[] = [];
    for (let start = 0; start < collections.length; start += GROUP)
      jobs.push({
        type: "poll_provider",
        provider: name,
        collections: collections.slice(start, start + GROUP),
      });
    return jobs;
  });
}
