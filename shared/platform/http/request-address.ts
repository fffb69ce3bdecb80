import { AppError } from "../errors.ts";

/** A name, an IPv4 or a bracketed IPv6 address, with or without a port (RFC 9110, 7.2). */
const HOST = /^(?:[\w.~-]+|\[[\da-f:.]+\])(?::\d{0,5})?$/i;

function broken(message: string, cause?: unknown): AppError {
  return new AppError("malformed_request", message, { cause });
}

/**
 * The address that a request asks for. Throws 400 where its request line or its `Host` makes none: two hosts (which
 * arrive joined by a comma), a host with a blank or a slash in it, a target such as `*` that no handler here serves.
 */
export function requestAddress(request: Request): URL {
  const host = request.headers.get("host");
  if (host !== null && !HOST.test(host))
    throw broken("Host must be given once, as a name or an address with an optional port.");
  let url: URL;
  try {
    url = new URL(request.url);
  } catch (cause) {
    throw broken("The address of the request cannot be read.", cause);
  }
  // A target without its slash runs into the host: "GET *" reaches a worker as http://host*.
  const [name = ""] = /^(?:\[[^\]]*\]|[^:]*)/.exec(host ?? "") ?? [];
  const ran_on =
    name !== "" && url.hostname.length > name.length && url.hostname.startsWith(name.toLowerCase());
  if (ran_on || !HOST.test(url.host))
    throw broken("The target of the request must be a path that begins with a slash.");
  // It would vanish on its way to a handler, which would answer something else than was asked.
  if (url.searchParams.has("__proto__")) throw broken("No parameter is called __proto__.");
  return url;
}
