import { HIDDEN_HEADER, LIVE_PROTOCOL, WATCHER_HEADER } from "../../shared/contracts/live.ts";

/**
 * The answer that switches a request to a WebSocket, and the server's end of it. The subprotocol is named in
 * the answer only where the client offered it, as RFC 6455 asks.
 */
export function upgrade(request: Request): { response: Response; socket: WebSocket } {
  const { 0: client, 1: socket } = new WebSocketPair();
  const offered = (request.headers.get("sec-websocket-protocol") ?? "").split(",").map((text) => text.trim());
  const headers = new Headers();
  if (offered.includes(LIVE_PROTOCOL)) headers.set("sec-websocket-protocol", LIVE_PROTOCOL);
  return { response: new Response(null, { status: 101, webSocket: client, headers }), socket };
}

/**
 * The tag of a socket: the session or API key that opened it, as the worker says, which lets nobody else say so.
 * An anonymous watcher's has none.
 */
export function watcherTags(request: Request): string[] {
  const watcher = request.headers.get(WATCHER_HEADER);
  return watcher === null ? [] : [watcher];
}

/** Kinds of events that whoever opened the socket may not read, as the worker says. */
export function hiddenKinds(request: Request): string[] {
  return (request.headers.get(HIDDEN_HEADER) ?? "").split(",").filter((kind) => kind !== "");
}

/** The shortest ping, which the runtime answers without waking the object. */
export function autoResponse(): WebSocketRequestResponsePair {
  return new WebSocketRequestResponsePair('{"op":"ping"}', '{"op":"pong"}');
}

/** Codes that only say how a connection ended and may not be sent (RFC 6455, 7.4.1). */
const UNSENDABLE = new Set([1005, 1006, 1015]);

/** Answers a peer's close, without which it would wait for its own time-out. */
export function answerClose(socket: WebSocket, code: number): void {
  try {
    socket.close(UNSENDABLE.has(code) ? 1000 : code);
  } catch {
    // It is closed on both sides already.
  }
}
