import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { z } from "zod";

const Body = z.object({ events: z.array(z.looseObject({ event_key: z.string(), kind: z.string() })) });
type SentEvent = z.infer<typeof Body>["events"][number];

/** What a request is answered with instead of taking its events in. */
type Trouble = { status: number; headers?: Record<string, string>; detail?: string } | "hang up";

/** An ingest endpoint that keeps to the contract: durable by key, duplicates counted, bad events by index. */
export interface StandIn {
  url: string;
  events: Map<string, SentEvent>;
  /** Sizes of the batches that were asked for, and the authorization they came with. */
  requests: { size: number; authorization: string | undefined; at: number }[];
  /** Answers the next requests, first one first. */
  troubles: Trouble[];
  /** Why an event is refused, or `null`. */
  refuse: (event: SentEvent) => string | null;
  /** More events than this are too large a body. */
  most: number;
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}

function answer(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
) {
  const type = status === 200 ? "application/json" : "application/problem+json";
  response.writeHead(status, { "content-type": type, ...headers }).end(JSON.stringify(body));
}

export async function startStandIn(port = 0): Promise<StandIn> {
  const server: Server = createServer((request, response) => {
    void handle(request, response);
  });
  const standIn: StandIn = {
    url: "",
    events: new Map(),
    requests: [],
    troubles: [],
    refuse: () => null,
    most: 1_000,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const { events } = Body.parse(JSON.parse(await readBody(request)));
    const { authorization } = request.headers;
    standIn.requests.push({ size: events.length, authorization, at: performance.now() });
    const trouble = standIn.troubles.shift();
    if (trouble === "hang up") return void request.socket.destroy();
    if (trouble !== undefined)
      return answer(response, trouble.status, { detail: trouble.detail ?? "trouble" }, trouble.headers);
    if (request.method !== "POST" || request.url !== "/api/v1/market/events")
      return answer(response, 404, { detail: `no ${request.method} ${request.url}` });
    if (events.length > standIn.most) return answer(response, 413, { detail: "too large" });
    const result = { accepted: 0, duplicate: 0, rejected: [] as object[] };
    for (const [index, event] of events.entries()) {
      const message = standIn.refuse(event);
      if (message !== null) result.rejected.push({ index, errors: [{ pointer: "/token_id", message }] });
      else if (standIn.events.has(event.event_key)) result.duplicate += 1;
      else {
        result.accepted += 1;
        standIn.events.set(event.event_key, event);
      }
    }
    answer(response, 200, result);
  };

  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  standIn.url = `http://127.0.0.1:${address.port}`;
  return standIn;
}
