import { exchange } from "../api/exchange.ts";
import { RequestFailed } from "../api/problem.ts";
import { readBody } from "../api/read-body.ts";
import { systemNow } from "../now.ts";
import { createExclusively } from "./exclusively.ts";
import { Session } from "./session.ts";
import { createTokenStore } from "./token-store.ts";
import { Tokens } from "./tokens.ts";

/** Other tabs wait for a refresh, so it must come to an end. */
const PATIENCE_MS = 15_000;

async function exchangeRefreshToken(refresh_token: string): Promise<Tokens> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE_MS);
  try {
    const asked = { method: "POST", body: { refresh_token }, signal: abort.signal } as const;
    return await readBody(await exchange("/api/v1/auth/refresh", asked, null), Tokens);
  } catch (cause) {
    if (!abort.signal.aborted) throw cause;
    throw new RequestFailed(0, "The server did not answer in time.", { code: "too_late", cause });
  } finally {
    clearTimeout(timer);
  }
}

/** The session of this browser. */
export const session = new Session({
  store: createTokenStore(window),
  refresh: exchangeRefreshToken,
  logOut: async (refresh_token) => {
    await exchange("/api/v1/auth/logout", { method: "POST", body: { refresh_token } }, null);
  },
  exclusively: createExclusively("locks" in navigator ? navigator.locks : undefined),
  now: systemNow,
  newId: () => crypto.getRandomValues(new Uint32Array(4)).join("-"),
});
