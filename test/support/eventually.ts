import { vi } from "vitest";

/** Long enough for a machine with other work to do; whatever holds at all is there much sooner. */
const PATIENCE = { timeout: 30_000 };

/** Waits until `check` throws no more. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, PATIENCE);
}
