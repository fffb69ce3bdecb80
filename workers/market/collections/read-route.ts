import { remember } from "../../../shared/platform/http/remember.ts";

/** For how long a read may be answered from memory. Whoever needs it sooner watches live. */
const READ_AGAIN_AFTER_MS = 1000;

/** Guard and memory of the market's reads: one memory for all of them, asked after the caller is known. */
export const marketRead = {
  access: { kind: "market" as const },
  middleware: [remember(READ_AGAIN_AFTER_MS)],
};
