import { z } from "zod";

/** What a log-in or refresh answers, as far as the page uses it. */
export const Tokens = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  /** Seconds that the access token is good for. */
  expires_in: z.number(),
});
export type Tokens = z.infer<typeof Tokens>;
