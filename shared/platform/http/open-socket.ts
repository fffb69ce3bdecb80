import type { SocketPlace } from "../../contracts/accounts.ts";
import { HIDDEN_HEADER, WATCHER_HEADER } from "../../contracts/live.ts";
import type { Ctx, Fetcher } from "../ctx.ts";
import { AppError } from "../errors.ts";
import { traceparent } from "../trace.ts";

type SocketCtx = Pick<Ctx, "trace" | "actor" | "gates">;

/** By what the sockets of whoever asks are known, and the gate that closes them; nobody's, for the anonymous. */
function watcherOf({ actor, gates }: SocketCtx) {
  if (actor.type === "user")
    return {
      tag: actor.session_id,
      watch: (place: SocketPlace) => gates.account(actor.user_id).watch(actor.session_id, place),
    };
  if (actor.type === "api_key")
    return { tag: actor.key_id, watch: (place: SocketPlace) => gates.apiKey(actor.key_hash).watch(place) };
  return null;
}

/**
 * Hands an upgrade to the object that holds the socket, which goes on with the request's trace. The socket of a
 * session or API key closes with it: the object tags it, and the gate is told where it is.
 * @param hidden kinds of events that are not to be sent on it.
 */
export async function openSocket(
  ctx: SocketCtx,
  object: Fetcher,
  place: SocketPlace,
  request: Request,
  hidden: readonly string[] = [],
): Promise<Response> {
  const watcher = watcherOf(ctx);
  const passed = new Request(request);
  passed.headers.set("traceparent", traceparent(ctx.trace));
  // What the caller sent under these names is nobody's word but theirs.
  passed.headers.delete(WATCHER_HEADER);
  passed.headers.delete(HIDDEN_HEADER);
  if (hidden.length > 0) passed.headers.set(HIDDEN_HEADER, hidden.join());
  if (watcher !== null) passed.headers.set(WATCHER_HEADER, watcher.tag);
  const response = await object.fetch(passed);
  try {
    // After the socket is there: what ends in between is then closed by the gate, which looks again.
    if (response.webSocket) await watcher?.watch(place);
  } catch (cause) {
    response.webSocket?.accept();
    response.webSocket?.close(1011, "not watched over");
    throw new AppError("unavailable", "The socket could not be opened. Try again in a moment.", { cause });
  }
  return response;
}
