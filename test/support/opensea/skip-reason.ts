import { SkippedEvent, type SkipReason } from "../../../shared/providers/opensea/skip.ts";

/** Why `work` skips its event; `null` where it does not. */
export function skipReason(work: () => unknown): SkipReason | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof SkippedEvent) return error.reason;
    throw error;
  }
}
