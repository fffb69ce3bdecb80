/** What a request carries to say who sends it. */
export type Credential =
  | { kind: "none" }
  | { kind: "key" | "token" | "ticket"; text: string }
  | { kind: "unreadable"; message: string };

export const API_KEY_START = "xs_";
/** How a route may be told who asks, beside the headers: a socket by its subprotocols, a stream by its address. */
export type Carrier = "headers" | "socket" | "stream";
/** Subprotocols by which a browser's socket, which cannot set headers, carries its credential. */
const BEARER_PROTOCOL = "bearer.";
const TICKET_PROTOCOL = "ticket.";

function ofProtocols(header: string): Credential[] {
  return header.split(",").flatMap((part): Credential[] => {
    const text = part.trim();
    if (text.startsWith(BEARER_PROTOCOL)) return [ofBearer(text.slice(BEARER_PROTOCOL.length))];
    if (text.startsWith(TICKET_PROTOCOL))
      return [{ kind: "ticket", text: text.slice(TICKET_PROTOCOL.length) }];
    return [];
  });
}

function ofBearer(text: string): Credential {
  return { kind: text.startsWith(API_KEY_START) ? "key" : "token", text };
}

function ofAuthorization(header: string): Credential {
  const [, text] = /^bearer\s+(\S+)\s*$/i.exec(header) ?? [];
  if (text !== undefined) return ofBearer(text);
  return { kind: "unreadable", message: "Authorization must be: Bearer <access token or API key>." };
}

/** Of an `EventSource`, which can send no headers. One-use tickets only: addresses end up in logs. */
function ofAddress(address: string): Credential[] {
  return new URL(address).searchParams.getAll("ticket").map((text) => ({ kind: "ticket", text }));
}

/**
 * The credential of a request: `Authorization: Bearer`, `X-API-Key`; for sockets, and only there, the subprotocols
 * `bearer.<token>` and `ticket.<ticket>`; for event streams, and only there, a `ticket` in the address.
 */
export function readCredential(request: Request, carrier: Carrier = "headers"): Credential {
  const authorization = request.headers.get("authorization");
  const key = request.headers.get("x-api-key");
  const found = [
    ...(authorization === null ? [] : [ofAuthorization(authorization)]),
    ...(key === null ? [] : [{ kind: "key" as const, text: key.trim() }]),
    ...(carrier === "socket" ? ofProtocols(request.headers.get("sec-websocket-protocol") ?? "") : []),
    ...(carrier === "stream" ? ofAddress(request.url) : []),
  ];
  const [first = { kind: "none" as const }, ...others] = found;
  if (others.length > 0)
    return { kind: "unreadable", message: "Send one credential: a bearer token, an API key or a ticket." };
  return first;
}
