import type { MonitoringOverview } from "../../../shared/contracts/monitoring.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError, describeError } from "../../../shared/platform/errors.ts";
import { openSocket } from "../../../shared/platform/http/open-socket.ts";
import { type OverviewCtx, readOverview } from "../overview/read-overview.ts";

/** The platform is looked at again this long after the last look. */
const LOOK_EVERY_MS = 5000;
/** A comment keeps proxies from closing a quiet stream. */
const HEARTBEAT_MS = 15_000;
const RETRY_MS = 2000;
/** A request may ask others a bounded number of times; then the client comes back and is told everything anew. */
const LONGEST_MS = 5 * 60_000;
/** Characters that may wait for the client before it counts as too slow. */
const MAX_WAITING = 4 * 1024 * 1024;

/** What of an overview counts as news: not that time went by. */
export function newsOf(overview: MonitoringOverview): string {
  const { as_of: _, components, hosts, ...rest } = overview;
  return JSON.stringify({
    ...rest,
    components: components.map(({ checked_at: __, ...component }) => component),
    hosts: hosts?.map(({ age_s: __, ...host }) => host) ?? null,
  });
}

/** One Server-Sent Event (WHATWG HTML, 9.2); each is whole, so its id says only how new it is. */
export function overviewText(overview: MonitoringOverview): string {
  return `event: overview\nid: ${overview.as_of}\ndata: ${JSON.stringify(overview)}\n\n`;
}

/**
 * The overview at once and whenever it changed, as Server-Sent Events. Inside is a socket to the status board, which ends
 * with the session or key that opened it, and the stream with the socket.
 */
export async function openOverviewStream(
  ctx: OverviewCtx &
    Pick<Ctx, "trace" | "gates"> & { rooms: { board: Pick<Ctx["rooms"]["board"], "fetch"> } },
): Promise<Response> {
  const upgrade = new Request("https://board/", { headers: { upgrade: "websocket" } });
  const opened = await openSocket(ctx, ctx.rooms.board, { kind: "board", name: "board" }, upgrade);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const encoder = new TextEncoder();
  const { webSocket: socket } = opened;
  if (!socket) throw new AppError("unavailable", "The stream could not be opened. Try again in a moment.");
  let open = true;
  let waiting = 0;
  let news = "";
  let wroteAt = ctx.now();
  let timer: ReturnType<typeof setTimeout> | null = null;

  const end = (reason: string) => {
    if (!open) return;
    open = false;
    if (timer !== null) clearTimeout(timer);
    socket.close(1000, reason);
    // The reader may be gone already; then there is nobody to tell.
    writer.close().catch(() => undefined);
  };
  const write = (text: string) => {
    waiting += text.length;
    wroteAt = ctx.now();
    writer.write(encoder.encode(text)).then(
      () => {
        waiting -= text.length;
      },
      () => end("the reader left"),
    );
    if (waiting > MAX_WAITING) end("too slow");
  };
  const look = async () => {
    const overview = await readOverview(ctx);
    if (!open) return;
    const found = newsOf(overview);
    if (found !== news) write(overviewText(overview));
    else if (ctx.now() - wroteAt >= HEARTBEAT_MS) write(": still here\n\n");
    news = found;
  };
  const begun = ctx.now();
  const goOn = () => {
    if (ctx.now() - begun >= LONGEST_MS) return end("come back");
    timer = setTimeout(() => {
      look()
        .catch((error: unknown) =>
          ctx.log.error("the platform could not be looked at", { error: describeError(error) }),
        )
        .finally(() => open && goOn());
    }, LOOK_EVERY_MS);
  };

  socket.addEventListener("close", () => end("the session ended"));
  socket.addEventListener("error", () => end("the board went away"));
  socket.accept();
  write(`retry: ${RETRY_MS}\n\n`);
  try {
    await look();
  } catch (error) {
    end("it failed");
    throw error;
  }
  goOn();
  return new Response(readable, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    },
  });
}
