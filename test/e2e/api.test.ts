import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { getJson, postEvents, rawSales, until } from "../support/api.ts";
import { openPlatform } from "../support/platform.ts";

const Problem = z.strictObject({
  type: z.string().startsWith("urn:xsema:error:"),
  title: z.string().min(1),
  status: z.number(),
  code: z.string(),
  detail: z.string().min(1),
  errors: z.array(z.strictObject({ pointer: z.string(), message: z.string().min(1) })),
  trace_id: z.string().regex(/^[0-9a-f]{32}$/),
});

let platform: Platform;
beforeAll(async () => {
  platform = await openPlatform();
});
afterAll(() => platform.stop());

/** Sends a request that must fail, and checks the form of the answer. */
async function problemOf(path: string, init?: RequestInit) {
  const answer = await fetch(platform.url + path, init);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  const problem = Problem.parse(await answer.json());
  expect(problem.status).toBe(answer.status);
  expect(answer.headers.get("x-trace-id")).toBe(problem.trace_id);
  return { ...problem, headers: answer.headers };
}

function ingest(body: BodyInit, headers: Record<string, string> = {}): RequestInit {
  return {
    method: "POST",
    body,
    headers: {
      authorization: `Bearer ${platform.ingestKey}`,
      "content-type": "application/json",
      ...headers,
    },
  };
}

const EVENTS = "/api/v1/market/events";

describe("a request that cannot be served is answered with a problem that says what is wrong", () => {
  test("an unknown path", async () => {
    expect(await problemOf("/api/v1/nothing/here")).toMatchObject({ status: 404, code: "not_found" });
    expect(await problemOf("/nothing")).toMatchObject({ status: 404 });
  });

  test("a version that there is not, with the one that there is", async () => {
    for (const path of ["/api/v2/collections", "/api/v2", "/api/v10/x", "/api/v0/x"]) {
      const { status, detail } = await problemOf(path);
      expect([status, detail]).toEqual([404, expect.stringContaining("its version is v1, at /api/v1")]);
    }
    expect((await problemOf("/api/v1/nothing")).detail).toContain("There is nothing at /api/v1/nothing");
  });

  test("a query that the stream does not understand, before the collection is looked for", async () => {
    const { status, errors } = await problemOf("/api/v1/collections/no-such/stream?kind=auction");
    expect([status, errors.map(({ pointer }) => pointer)]).toEqual([422, ["?kind/0"]]);
    // Clients of event streams add parameters of their own.
    expect(await problemOf("/api/v1/collections/no-such/stream?t=1")).toMatchObject({ status: 404 });
    expect(await problemOf("/api/v1/collections/no-such/stream?kind=sale")).toMatchObject({ status: 404 });
  });

  test("a method that the path does not know, with those that it does", async () => {
    const problem = await problemOf(EVENTS, { method: "DELETE" });
    expect(problem.status).toBe(405);
    expect(problem.headers.get("allow")).toBe("POST");
  });

  test("no token, and a wrong one", async () => {
    const anonymous = await problemOf(EVENTS, { method: "POST", body: "{}" });
    expect(anonymous.status).toBe(401);
    expect(anonymous.headers.get("www-authenticate")).toContain("Bearer");
    const wrong = await problemOf(EVENTS, ingest("{}", { authorization: `Bearer ${"x".repeat(43)}` }));
    expect(wrong.status).toBe(401);
  });

  test("broken JSON, JSON that is not UTF-8, and no JSON at all", async () => {
    expect(await problemOf(EVENTS, ingest('{"events":['))).toMatchObject({ status: 400 });
    expect(await problemOf(EVENTS, ingest(new Uint8Array([123, 34, 255, 34])))).toMatchObject({
      status: 400,
    });
    expect(await problemOf(EVENTS, ingest("a=1", { "content-type": "text/plain" }))).toMatchObject({
      status: 415,
    });
  });

  test("a body over the limit", async () => {
    expect(await problemOf(EVENTS, ingest(`"${"x".repeat(9 * 1024 * 1024)}"`))).toMatchObject({
      status: 413,
    });
  });

  test("a shape that is not the one asked for, with the place of each mistake", async () => {
    const problem = await problemOf(EVENTS, ingest('{"events":{}}'));
    expect(problem).toMatchObject({ status: 422, errors: [{ pointer: "/events" }] });
    expect(await problemOf(EVENTS, ingest(JSON.stringify({ events: Array(1001).fill({}) })))).toMatchObject({
      status: 422,
    });
  });

  test("a WebSocket address without an upgrade", async () => {
    expect(await problemOf("/api/v1/live")).toMatchObject({ status: 426 });
  });
});

/** What comes back for bytes that no HTTP client would send. */
async function sendRaw(bytes: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(platform.url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.end(bytes);
  await once(socket, "close");
  const text = Buffer.concat(chunks).toString();
  return { status: Number(text.split(" ")[1]), body: text.slice(text.indexOf("\r\n\r\n") + 4) };
}

describe("a request that is broken is the caller's fault, and told so", () => {
  const login =
    "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n";
  test.each([
    ["a chunk without a length", `${login}Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n`],
    ["a chunk that breaks off", `${login}Transfer-Encoding: chunked\r\n\r\n5\r\n{"a`],
    ["a body shorter than its length", `${login}Content-Length: 100\r\n\r\n{}`],
    ["two content types", `${login}Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}`],
    ["no path", "GET * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"],
    ["two hosts", "GET /health HTTP/1.1\r\nHost: localhost\r\nHost: y\r\nConnection: close\r\n\r\n"],
    ["a host with a blank", "GET /health HTTP/1.1\r\nHost: localhost y\r\nConnection: close\r\n\r\n"],
    ["a host with a path", "GET /health HTTP/1.1\r\nHost: localhost/y\r\nConnection: close\r\n\r\n"],
    [
      "a port that there is not",
      "GET /health HTTP/1.1\r\nHost: localhost:99999999\r\nConnection: close\r\n\r\n",
    ],
  ])("%s", async (_what, bytes) => {
    const { status, body } = await sendRaw(bytes);
    expect([status, body]).toEqual([400, expect.stringContaining('"code":"malformed_request"')]);
  });
});

describe("answers are compressed as Cloudflare's are", () => {
  const read = async (path: string, accepted: string) => {
    const { headers } = await fetch(platform.url + path, { headers: { "accept-encoding": accepted } });
    return [headers.get("content-encoding"), headers.get("vary")?.includes("accept-encoding")];
  };
  test("by what the client takes", async () => {
    const path = "/api/openapi.json";
    expect(await read(path, "gzip, deflate, br")).toEqual(["br", true]);
    expect(await read(path, "br;q=0, gzip;q=0.1")).toEqual(["gzip", true]);
    expect(await read(path, "identity")).toEqual([null, true]);
  });
  test("pages and problem documents too, and no event stream", async () => {
    expect(await read("/", "gzip")).toEqual(["gzip", true]);
    expect(await read("/api/v1/nothing", "gzip")).toEqual(["gzip", true]);
    await postEvents(platform, rawSales("packed", "p", 1));
    const stop = new AbortController();
    const stream = await until(
      () => fetch(`${platform.url}/api/v1/collections/packed/stream`, { signal: stop.signal }),
      (answer) => answer.ok,
    );
    expect(stream.headers.get("content-encoding")).toBeNull();
    stop.abort();
  });
});

test("a batch half of which is bad: the good half goes in, the bad half is reported by index", async () => {
  const [first, second] = rawSales("halves", "good", 2);
  const answer = await postEvents(platform, [
    first,
    { ...Object(second), price: 1.5 },
    "not an event",
    { ...Object(second), price: "2", currency: undefined },
    { ...Object(second), kind: "gift", occurred_at: "yesterday" },
    second,
    first,
  ]);
  expect(answer).toMatchObject({ accepted: 2, duplicate: 1 });
  expect(answer.rejected.map(({ index, errors }) => [index, errors.map(({ pointer }) => pointer)])).toEqual([
    [1, ["/price"]],
    [2, [""]],
    [3, ["/currency"]],
    [4, ["/kind", "/occurred_at"]],
  ]);
});

test("nobody tells events in the name of what XSEMA reads or invents itself", async () => {
  const [sale] = rawSales("reserved", "r", 1);
  const sources = ["opensea", "room", "simulated", "reservoir"];
  const answer = await postEvents(
    platform,
    sources.map((source) => ({ ...Object(sale), event_key: source, source })),
  );
  expect(answer.accepted).toBe(1);
  expect(answer.rejected.map(({ index, errors }) => [index, errors[0]?.pointer])).toEqual(
    [0, 1, 2].map((index) => [index, "/source"]),
  );
});

test("a parameter that would vanish is refused", async () => {
  expect(await problemOf("/api/v1/collections?__proto__=1")).toMatchObject({ status: 400 });
  expect(await problemOf("/api/v1/collections?constructor=1")).toMatchObject({ status: 422 });
});

test("the same request twice changes nothing the second time", async () => {
  const events = rawSales("twice", "same", 50);
  expect(await postEvents(platform, events)).toMatchObject({ accepted: 50, duplicate: 0 });
  expect(await postEvents(platform, events)).toMatchObject({ accepted: 0, duplicate: 50 });
});

test("/api/... is the current version", async () => {
  await postEvents(platform, rawSales("versions", "v", 3));
  await until(
    () => fetch(`${platform.url}/api/v1/collections/versions`),
    (answer) => answer.ok,
  );
  const read = async (base: string) => {
    const page = z.object({ data: z.array(z.object({ event_key: z.string() })) });
    return page.parse(await getJson(`${platform.url}${base}/collections/versions/events`)).data;
  };
  expect(await read("/api")).toEqual(await read("/api/v1"));
});

test("a trace goes on from the caller's, and begins anew where there is none", async () => {
  const trace = "0af7651916cd43dd8448eb211c80319c";
  const traced = await fetch(`${platform.url}/health`, {
    headers: { traceparent: `00-${trace}-b7ad6b7169203331-01` },
  });
  expect(traced.headers.get("traceparent")).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
  expect(traced.headers.get("traceparent")).not.toContain("b7ad6b7169203331");
  const untraced = await fetch(`${platform.url}/health`, { headers: { traceparent: "junk" } });
  expect(untraced.headers.get("traceparent")).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
});

test("/health and /readyz say that all is well", async () => {
  expect(await getJson(`${platform.url}/health`)).toMatchObject({ status: "ok" });
  expect(await getJson(`${platform.url}/readyz`)).toMatchObject({
    status: "ready",
    checks: [
      { name: "database", status: "ok" },
      { name: "rooms", status: "ok" },
      { name: "passwords", status: "ok" },
      { name: "queue", status: "ok" },
      { name: "providers", status: "ok" },
      { name: "alerts", status: "ok" },
    ],
    queue: { backlog: 0, oldest_at: null },
    providers: [],
  });
});

describe("the API's description", () => {
  const Document = z.object({
    openapi: z.literal("3.1.0"),
    paths: z.record(
      z.string(),
      z.record(z.string(), z.looseObject({ operationId: z.string(), summary: z.string() })),
    ),
  });

  test("names every operation once", async () => {
    const { paths } = Document.parse(await getJson(`${platform.url}/api/openapi.json`));
    const ids = Object.values(paths).flatMap((path) =>
      Object.values(path).map((operation) => operation.operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        "/health",
        "/readyz",
        "/api/v1/market/events",
        "/api/v1/collections",
        "/api/v1/collections/{slug}",
        "/api/v1/collections/{slug}/events",
        "/api/v1/collections/{slug}/stats",
        "/api/v1/collections/{slug}/candles",
        "/api/v1/collections/{slug}/nfts/{token_id}",
        "/api/v1/collections/{slug}/live",
        "/api/v1/collections/{slug}/stream",
        "/api/v1/live",
        "/api/v1/ws/status",
      ]),
    );
  });

  test.each(["/api/docs", "/api/redoc"])("%s asks nobody but this server for its parts", async (path) => {
    const page = await (await fetch(platform.url + path)).text();
    const parts = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = ""]) => address);
    expect(parts.length).toBeGreaterThan(1);
    for (const address of parts) expect(address).toMatch(/^\/(?!\/)/);
    expect(page).not.toMatch(/https?:\/\//);
  });
});
