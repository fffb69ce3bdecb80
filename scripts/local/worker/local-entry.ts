/** A binding of the configuration and the class of its objects. */
export interface ObjectBinding {
  name: string;
  class_name: string;
}

export interface LocalEntry {
  /** Module of the bundle that is deployed. */
  main: string;
  objects: ObjectBinding[];
  /** Known to this process alone: a scheduled event whose cron does not begin with it comes from a stranger. */
  word: string;
  /** Names under which the platform is asked, beside those of this machine. */
  hosts: string[];
}

/** The cron by which the runtime has every socket closed. */
export const CLOSE_SOCKETS = "close every socket";

/** The entry that listens, past what the runtime puts before a worker with assets, which refuses some requests with 500. */
export const LISTENING_ENTRY = "local";

/** A cron as the local entry takes it. */
export function localCron(word: string, cron: string): string {
  return `${word} ${cron}`;
}

/** Clients that do not answer the close are not waited for any longer. */
const WAIT_MS = 1000;
const RESTART = { code: 1012, reason: "the server is going away: come back and resume" };

/**
 * Stands in front of a bundle's entry, inside workerd. What a handler throws is written to the log, where
 * workerd alone keeps it to itself, and a request is answered with 500 as Cloudflare does, where workerd alone
 * cuts the connection. Answers are compressed as Cloudflare's edge does. Objects remember that they hold sockets, so
 * that these can be closed before workerd stops.
 *
 * It answers for this machine alone. A web page whose name was pointed at 127.0.0.1 sends that name as `Host`. The
 * runtime has a port of its own, which believes headers about where a request went: nothing is served there. And
 * whoever reaches its inner protocol could send scheduled events.
 */
export function localEntry({ main, objects, word, hosts }: LocalEntry): string {
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

const HOSTS = new Set(${JSON.stringify(["127.0.0.1", "localhost", "[::1]", ...hosts])});
const isOurs = (hostname) => HOSTS.has(hostname) || hostname.endsWith(".localhost");

/** Whether the request is for another host. One whose host cannot be read is for the worker to refuse. */
function isForOthers(request) {
  const host = request.headers.get("host");
  const named = URL.parse(host === null ? request.url : "http://" + host);
  return named !== null && !isOurs(named.hostname);
}

function refuse(detail) {
  const problem = { type: "urn:xsema:error:misdirected", title: "Misdirected request", status: 421, code: "misdirected", detail };
  return new Response(JSON.stringify(problem), {
    status: 421,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store" },
  });
}

/** The event with the cron of the configuration, where the runtime sent it. */
function ownEvent(controller) {
  if (!controller.cron.startsWith(WORD)) throw new Error("a scheduled event that this platform has not sent");
  const cron = controller.cron.slice(WORD.length);
  return { cron, scheduledTime: controller.scheduledTime, type: controller.type, noRetry: () => controller.noRetry() };
}
const WORD = ${JSON.stringify(localCron(word, ""))};

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
    if (handler === "fetch") {
      if (stopping) return away();
      if (isForOthers(args[0])) return refuse("This platform answers to the names of its own machine and of PUBLIC_URL.");
    }
    try {
      if (handler === "scheduled") args[0] = ownEvent(args[0]);
      if (handler === "scheduled" && args[0].cron === ${JSON.stringify(CLOSE_SOCKETS)}) return await closeSockets(args[1]);
      const answer = await worker[handler]?.(...args);
      return handler === "fetch" ? compress(args[0], answer) : answer;
    } catch (error) {
      report(handler, error);
      if (handler !== "fetch") throw error;
      return new Response("Internal Server Error", { status: 500 });
    }
  };
export { entry as ${LISTENING_ENTRY} };
/** Behind the runtime's own port, where headers say which address was asked for. */
export default { ...entry, fetch: async () => refuse("This port is the runtime's own.") };
`;
}
