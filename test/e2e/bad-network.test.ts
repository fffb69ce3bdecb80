import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { hashPassword } from "../../shared/auth/password/hash-password.ts";
import { getJson, postEvents, rawSales, until } from "../support/api.ts";
import { FAULTS, type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { createPerson, MASTER_KEY, type Person, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";
import { createMigratedDatabase, whyNoPostgres } from "../support/postgres.ts";

/** Whoever asks hears something within this, and is served within this after the network is back. */
const WITHIN_MS = 10_000;
const PASSWORD = "correct horse battery staple 42";
const vars = {
  MASTER_KEY,
  // A fourth of what it is otherwise, so that the test is quick.
  DATABASE_DEADLINE_MS: "2000",
  PASSWORD_MEMORY_KIB: "7168",
  PASSWORD_PASSES: "1",
};

const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

interface Route {
  method: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

let platform: Platform;
let proxy: FaultProxy;
let person: Person;
let routes: Route[];
let asked = 0;

/** Writes of every domain that change rows; what is left out needs something that is made first. */
function writes(): Route[] {
  asked += 1;
  const post = (path: string, body: unknown) => ({ method: "POST", path: `/api/v1${path}`, body });
  return [
    post("/auth/login", { email: person.email, password: PASSWORD }),
    post("/auth/refresh", { refresh_token: person.refresh_token }),
    post("/auth/register", { email: `new-${asked}@example.org`, password: PASSWORD }),
    post("/auth/password/forgot", { email: person.email }),
    post("/api-keys", { name: `key ${asked}`, scopes: ["market:read"] }),
    post("/groups", { name: `group ${asked}`, permissions: ["market:read"] }),
    post("/users", { email: `invited-${asked}@example.org`, role: "trader" }),
    post("/webhooks", { url: `http://127.0.0.1:9/${asked}`, event_types: ["market.sale"] }),
    post("/alert-rules", {
      name: `rule ${asked}`,
      metric: "host.cpu_percent",
      operator: ">",
      threshold: "80",
    }),
    post("/silences", {
      matchers: [{ label: "host", value: "db-1" }],
      ends_at: new Date(Date.now() + 3_600_000).toISOString(),
    }),
    post("/tasks", { kind: "check", title: "a task" }),
    post("/activity", { events: [{ type: "wallet.connected", data: {} }] }),
    post("/metrics/push", { samples: [{ name: "host.cpu_percent", value: 1, labels: { host: "a" } }] }),
    post("/notifications/read-all", {}),
    { ...post("/market/events", { events: rawSales("net", `w${asked}`, 1) }), headers: ingest() },
  ];
}

const ingest = () => ({ authorization: `Bearer ${platform.ingestKey}` });

async function ask({ method, path, body, headers }: Route) {
  const start = Date.now();
  const answer = await fetch(platform.url + path.replace("{slug}", "net").replace(/\{\w+\}/g, "none_0"), {
    method,
    headers: {
      ...person.headers,
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(2 * WITHIN_MS),
  }).catch((error: unknown) => new Response(null, { status: 599, statusText: String(error) }));
  await answer.body?.cancel();
  const took = Date.now() - start;
  return { name: `${method} ${path}`, status: answer.status, retry: answer.headers.get("retry-after"), took };
}

async function askAll(all: Route[], at_once = 100) {
  const left = [...all];
  const answers: Awaited<ReturnType<typeof ask>>[] = [];
  const one = async () => {
    for (let route = left.shift(); route !== undefined; route = left.shift()) answers.push(await ask(route));
  };
  await Promise.all(Array.from({ length: at_once }, one));
  return answers;
}

/** A platform with the bad network at one of two places. */
async function openBetween(place: Place): Promise<() => Promise<void>> {
  if (place === "worker and endpoint") {
    platform = await openPlatform({
      vars,
      reachDatabase: async (endpoint) => {
        proxy = await startFaultProxy(endpoint, { delay_ms: 400 });
        return proxy.via(endpoint);
      },
    });
    return platform.stop;
  }
  const database = await createMigratedDatabase();
  proxy = await startFaultProxy(database.url, { delay_ms: 400 });
  platform = await openPlatform({ vars, databaseUrl: proxy.via(database.url) });
  return async () => {
    await platform.stop();
    await database.drop();
  };
}

type Place = "worker and endpoint" | "endpoint and PostgreSQL";
const PLACES: { place: Place; skipped: string | undefined }[] = [
  { place: "worker and endpoint", skipped: undefined },
  { place: "endpoint and PostgreSQL", skipped: await whyNoPostgres() },
];

describe.each(PLACES.filter(({ skipped }) => skipped === undefined))(
  "a network between $place",
  ({ place }) => {
    let stop: () => Promise<void>;
    beforeAll(async () => {
      stop = await openBetween(place);
      const ctx = platformCtx(platform);
      const hashing = { PASSWORD_MEMORY_KIB: 7168, PASSWORD_PASSES: 1 };
      person = await createPerson(ctx, {
        role: "super_admin",
        password_hash: await hashPassword(hashing, PASSWORD),
      });
      await postEvents(platform, rawSales("net", "first", 3));
      const { paths } = Document.parse(await getJson(`${platform.url}/api/openapi.json`));
      routes = Object.entries(paths).flatMap(([path, operations]) =>
        "get" in operations ? [{ method: "GET", path }] : [],
      );
    });
    afterAll(async () => {
      await proxy.set(null);
      await stop();
      await proxy.close();
    });

    test("that is well: every route is served, and every write succeeds", async () => {
      const reads = await askAll(routes, 8);
      expect(reads.filter(({ status }) => status >= 500)).toEqual([]);
      const written = await askAll(writes(), 4);
      expect(written.filter(({ status }) => status >= 400)).toEqual([]);
    });

    test.each(FAULTS)(
      "that fails (%s): every route says in time that the database is away, or serves, and is served soon afterwards",
      async (fault) => {
        await proxy.set(fault);
        const answers = await askAll([...routes, ...writes()]);
        await proxy.set(null);
        const mended = Date.now();
        const bad = answers.filter(
          ({ status, retry, took }) =>
            took > WITHIN_MS || (status >= 500 && !(status === 503 && retry !== null)),
        );
        expect(bad).toEqual([]);
        if (fault !== "delay") expect(answers.map(({ status }) => status)).toContain(503);
        let waiting = [...routes, ...writes()];
        await until(
          async () => {
            const again = await askAll(waiting);
            const away = new Set(again.filter(({ status }) => status >= 500).map(({ name }) => name));
            waiting = waiting.filter(({ method, path }) => away.has(`${method} ${path}`));
            return [...away];
          },
          (away) => away.length === 0,
          { within: WITHIN_MS - (Date.now() - mended) },
        );
      },
    );
  },
);
