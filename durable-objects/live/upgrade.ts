import { LIVE_PROTOCOL } from "../../shared/contracts/live.ts";

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

/** The shortest ping, which the runtime answers without waking the object. */
export function autoResponse(): WebSocketRequestResponsePair {
  return new WebSocketRequestResponsePair('{"op":"ping"}', '{"op":"pong"}');
}
