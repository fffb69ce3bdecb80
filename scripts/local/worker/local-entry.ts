/** A binding of the configuration and the class of its objects. */
export interface ObjectBinding {
  name: string;
  class_name: string;
}

/** The cron by which the runtime, and nobody from outside, has every socket closed. */
export const CLOSE_SOCKETS = "close every socket";

/** The entry that listens, past what the runtime puts before a worker with assets, which refuses some requests with 500. */
export const LISTENING_ENTRY = "local";

/** Clients that do not answer the close are not waited for any longer. */
const WAIT_MS = 1000;
const RESTART = { code: 1012, reason: "the server is going away: come back and resume" };

/**
 * Stands in front of a bundle's entry, inside workerd. What a handler throws is written to the log, where
 * workerd alone keeps it to itself, and a request is answered with 500 as Cloudflare does, where workerd alone
 * cuts the connection. Answers are compressed as Cloudflare's edge does. Objects remember that they hold sockets, so
 * that these can be closed before workerd stops.
 */
export function localEntry(main: string, objects: ObjectBinding[]): string {
  const from = JSON.stringify(`./${main}`);
  const classes = objects.map(
    ({ name, class_name }) =>
      `export const ${class_name} = closing(main.${class_name}, ${JSON.stringify(name)});`,
  );
  return `
import worker from ${from};
import * as main from ${from};
export * from ${from};

let stopping = false;
const away = () => new Response("Stopping", { status: 503, headers: { "retry-after": "1" } });

/** Objects that were ever handed a request, which may have become a socket: where to find them again. */
const holders = new Map();

function closing(Base, binding) {
  if (!Base.prototype.fetch) return Base;
  return class extends Base {
    async fetch(request) {
      if (stopping) return away();
      const id = this.ctx.id.toString();
      holders.set(id, { binding, id });
      return super.fetch(request);
    }
    closeBeforeStop() {
      const sockets = this.ctx.getWebSockets();
      for (const socket of sockets)
        if (socket.readyState === WebSocket.OPEN) socket.close(${RESTART.code}, ${JSON.stringify(RESTART.reason)});
      return sockets.length;
    }
  };
}
${classes.join("\n")}

/** Closes every socket, and waits until their clients have answered. */
async function closeSockets(env) {
  stopping = true;
  const until = Date.now() + ${WAIT_MS};
  let open = [...holders.values()];
  while (open.length > 0 && Date.now() < until) {
    const left = await Promise.all(
      open.map(({ binding, id }) => env[binding].get(env[binding].idFromString(id)).closeBeforeStop()),
    );
    open = open.filter((_, index) => left[index] > 0);
    if (open.length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const report = (handler, error) =>
  console.error(JSON.stringify({ level: "error", message: "uncaught in " + handler, error: String(error?.stack ?? error) }));

/** Media types that the edge compresses, of those that are served here; never an event stream, whose events would wait. */
const COMPRESSED = /^(?:text\\/(?!event-stream)|application\\/(?:json|problem\\+json|javascript|xml|wasm|manifest\\+json|jwk-set\\+json)\\b|image\\/svg\\+xml|font\\/(?:ttf|otf))/i;
/** Less grows when it is packed. */
const LEAST_BYTES = 48;

/** The coding that the client likes best of those that there are (RFC 9110, 12.5.3); null for none. */
function chooseCoding(accepted) {
  const weights = new Map();
  for (const part of (accepted ?? "").toLowerCase().split(",")) {
    const [coding, ...parameters] = part.split(";").map((text) => text.trim());
    const q = parameters.find((text) => text.startsWith("q="));
    weights.set(coding, q === undefined ? 1 : Number(q.slice(2)));
  }
  const weightOf = (coding) => weights.get(coding) ?? weights.get("*") ?? 0;
  const [best] = ["br", "gzip"].filter((coding) => weightOf(coding) > 0).sort((a, b) => weightOf(b) - weightOf(a));
  return best ?? null;
}

function compress(request, answer) {
  const { status, body, headers } = answer;
  if (status === 304) return unchanged(request, answer);
  if (body === null && request.method !== "HEAD") return answer;
  if (status === 101 || status === 206 || headers.has("content-encoding")) return answer;
  if (!COMPRESSED.test(headers.get("content-type") ?? "")) return answer;
  const length = headers.get("content-length");
  if (length !== null && Number(length) < LEAST_BYTES) return answer;
  if (/no-transform/i.test(headers.get("cache-control") ?? "")) return answer;
  const packed = new Response(body, answer);
  packed.headers.append("vary", "accept-encoding");
  const coding = chooseCoding(request.headers.get("accept-encoding"));
  if (coding === null) return packed;
  packed.headers.delete("content-length");
  // The runtime packs what goes out by the name that stands here.
  packed.headers.set("content-encoding", coding);
  weaken(packed.headers);
  return packed;
}

/** What is compressed on the way is no longer the same byte by byte (RFC 9110, 8.8.1). */
function weaken(headers) {
  const etag = headers.get("etag");
  if (etag !== null && !etag.startsWith("W/")) headers.set("etag", "W/" + etag);
}

/** Names the tag as the client knows it. */
function unchanged(request, answer) {
  if (!request.headers.get("if-none-match")?.includes("W/" + answer.headers.get("etag"))) return answer;
  const same = new Response(null, answer);
  weaken(same.headers);
  return same;
}

const entry = {};
for (const handler of ["fetch", "scheduled", "queue"])
  entry[handler] = async (...args) => {
    if (handler === "scheduled" && args[0].cron === ${JSON.stringify(CLOSE_SOCKETS)}) return closeSockets(args[1]);
    if (handler === "fetch" && stopping) return away();
    try {
      const answer = await worker[handler]?.(...args);
      return handler === "fetch" ? compress(args[0], answer) : answer;
    } catch (error) {
      report(handler, error);
      if (handler !== "fetch") throw error;
      return new Response("Internal Server Error", { status: 500 });
    }
  };
export default entry;
export { entry as ${LISTENING_ENTRY} };
`;
}
