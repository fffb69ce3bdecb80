import { TEST_SETTINGS } from "../ctx.ts";

/** Settings of a worker that follows OpenSea. */
export function openSeaSettings(more: Record<string, string> = {}): Record<string, string> {
  return { ...TEST_SETTINGS, OPENSEA_API_KEY: "a-test-key", ...more };
}
