import { parseConfig } from "../../../../shared/platform/config.ts";
import { TEST_SETTINGS } from "../../../support/ctx.ts";

/** Hashes of 2 ms, for tests that are about something else than their cost. */
export const CHEAP = { PASSWORD_MEMORY_KIB: 1024, PASSWORD_PASSES: 1 };

export const config = (settings: Record<string, string> = {}) =>
  parseConfig({ ...TEST_SETTINGS, ...settings });
