import { WORKER_CONFIG } from "../../scripts/local/paths.ts";
import { buildWebIfStale } from "../../scripts/local/web.ts";
import { bundleWorker } from "../../scripts/local/worker/bundle.ts";

/** Before any platform starts: two that build the page at once would take it away from each other. */
export async function setup(): Promise<void> {
  await buildWebIfStale();
  await bundleWorker(WORKER_CONFIG);
}
