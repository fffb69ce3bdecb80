/** A binding of the configuration and the class of its objects. */
export interface ObjectBinding {
  name: string;
  class_name: string;
}

/** The cron by which the runtime, and nobody from outside, has every socket closed. */
export const CLOSE_SOCKETS = "close every socket";

/** Clients that do not answer the close are not waited for any longer. */
const WAIT_MS = 1000;
const RESTART = { code: 1012, reason: "the server is going away: come back and resume" };

/**
 * Stands in front of a bundle's entry, inside workerd. What a handler throws is written to the log, where
 * workerd alone keeps it to itself, and a request is answered with 500 as Cloudflare does, where workerd alone
 * cuts the connection. Objects remember that they hold sockets, so that these can be closed before workerd stops.
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

const entry = {};
for (const handler of ["fetch", "scheduled", "queue"])
  entry[handler] = async (...args) => {
    if (handler === "scheduled" && args[0].cron === ${JSON.stringify(CLOSE_SOCKETS)}) return closeSockets(args[1]);
    if (handler === "fetch" && stopping) return away();
    try {
      return await worker[handler]?.(...args);
    } catch (error) {
      report(handler, error);
      if (handler !== "fetch") throw error;
      return new Response("Internal Server Error", { status: 500 });
    }
  };
export default entry;
`;
}
