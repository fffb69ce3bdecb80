import { createMiddleware } from "hono/factory";
import { LIVE_PROTOCOL } from "../../contracts/live.ts";
import { AppError } from "../errors.ts";
import type { AppEnv } from "./app.ts";

/** Refuses what is no WebSocket upgrade, and says what would be. */
export const requireUpgrade = createMiddleware<AppEnv>(async (c, next) => {
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket")
    throw new AppError(
      "upgrade_required",
      `Open this address as a WebSocket (subprotocol ${LIVE_PROTOCOL}).`,
      { headers: { upgrade: "websocket" } },
    );
  await next();
});

/** The answer of a route that becomes a socket, for its OpenAPI declaration. */
export const switched = {
  101: { description: `Switched to WebSocket; JSON text frames of ${LIVE_PROTOCOL}` },
};
