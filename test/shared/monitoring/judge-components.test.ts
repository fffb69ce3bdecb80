import { describe, expect, it, test } from "vitest";
import { METRICS } from "../../../shared/alerts/catalogue.ts";
import { judgeAll, judgeComponents } from "../../../shared/monitoring/judge-components.ts";
import { platformReadings } from "../../../shared/monitoring/platform-readings.ts";
import type { FeedStatus } from "../../../shared/providers/links.ts";
import { aBacklog, aProbe, aRoomStatus, NOW, someFindings } from "./findings.ts";

const MINUTE = 60_000;
const figures = (partial: { requests?: number; error_rate?: number; p95_ms?: number }) => ({
  probe: { requests: { requests: 600, per_second: 10, error_rate: 0, p95_ms: 40, ...partial } },
});

/** A provider whose calls succeed, and whose stream has begun to join its second collection. */
const aFeed = (feed: Partial<FeedStatus>) => ({
  name: "opensea",
  gate: { circuit: "closed" as const, refuses_until: null },
  feed: {
    ...{ provider: "opensea", state: "connecting" as const, joined: ["punks"], not_joined: ["azuki"] },
    ...{ missing_since: "2026-01-01T11:59:58Z", last_event_at: null, last_error: null },
    ...feed,
  },
});

function judge(...given: Parameters<typeof someFindings>) {
  const judged = judgeComponents(someFindings(...given));
  return { judged, all: judgeAll(judged), of: (name: string) => judged.find((each) => each.name === name) };
}

it("finds nothing wrong with a platform that is well", () => {
  const { judged, all } = judge();
  expect(judged.map(({ name, status }) => [name, status])).toEqual(
    ["api", "database", "rooms", "queue", "opensea", "mail", "webhooks", "alerts"].map((name) => [
      name,
      "ok",
    ]),
  );
  expect(all).toBe("ok");
});

describe("what is not well", () => {
  const cases: [string, Parameters<typeof someFindings>[0], ...string[]][] = [
    ["api", figures({ error_rate: 5 }), "degraded", "degraded", "5.0 % of the newest requests"],
    ["api", figures({ error_rate: 50 }), "down", "down", "50.0 %"],
    ["api", figures({ p95_ms: 1000 }), "degraded", "degraded", "more than 1000 ms"],
    ["database", { backlog: null }, "down", "down", "does not answer"],
    ["database", { database_ms: 1000 }, "degraded", "degraded", "more than a second"],
    ["rooms", { probe: { rooms: null } }, "down", "down", "does not answer"],
    [
      "rooms",
      { probe: { rooms: [aRoomStatus({ unflushed: 1, flush_lag_ms: 30_000 })] } },
      ...["degraded", "degraded", "1 event waits for the database, the oldest for 30 s"],
    ],
    [
      "rooms",
      { probe: { rooms: [aRoomStatus({ fault: "storage_full" })] } },
      "down",
      "down",
      "storage is full: punks",
    ],
    [
      "rooms",
      { probe: { rooms: [aRoomStatus({ fault: "storage_damaged" })] } },
      "degraded",
      "degraded",
      "punks do not answer",
    ],
    [
      "rooms",
      { probe: { rooms: [aRoomStatus({ notice: "restored" })] } },
      "degraded",
      "degraded",
      "punks: restored",
    ],
    [
      "rooms",
      { probe: { rooms: [aRoomStatus({ set_aside: 2 })] } },
      ...["degraded", "degraded", "2 events were refused"],
    ],
    ["queue", { probe: { queue: null } }, "unknown", "ok", "does not say"],
    [
      "queue",
      { probe: { queue: { backlog: 3, oldest_at: NOW - 31 * MINUTE } } },
      ...["degraded", "degraded", "3 jobs wait, the oldest for 1860 s"],
    ],
    [
      "opensea",
      { probe: { providers: [{ name: "opensea", gate: { circuit: "open" as const, refuses_until: NOW } }] } },
      ...["down", "degraded", "left alone"],
    ],
    [
      "opensea",
      { probe: { providers: [{ name: "opensea", gate: null }] } },
      ...["unknown", "ok", "does not answer"],
    ],
    [
      "opensea",
      { probe: { providers: [aFeed({ last_error: "closed with 1006" })] } },
      ...["degraded", "degraded", "does not deliver 1 of 2 collections (azuki): closed with 1006"],
    ],
    [
      "opensea",
      { probe: { providers: [aFeed({ missing_since: "2026-01-01T11:59:00Z" })] } },
      ...["degraded", "degraded", "its connection is connecting"],
    ],
    ["opensea", { probe: { providers: [aFeed({})] } }, "ok", "ok", "Calls succeed"],
    ["mail", { backlog: aBacklog({ mails_overdue: 1 }) }, "degraded", "degraded", "1 mail is late"],
    ["mail", { backlog: aBacklog({ mails_refused: 2 }) }, "degraded", "degraded", "2 mails were refused"],
    ["mail", { backlog: aBacklog({ mails_overdue: 1 }), sends_mail: false }, "ok", "ok", "MAIL_DRIVER"],
    ["webhooks", { backlog: aBacklog({ webhooks_overdue: 2 }) }, "degraded", "degraded", "2 deliveries"],
    [
      "alerts",
      { backlog: aBacklog({ alerts_due_at: NOW - 3 * MINUTE }) },
      ...["degraded", "degraded", "due 180 s ago"],
    ],
    [
      "alerts",
      { backlog: aBacklog({ alerts_behind_at: NOW - 31_000, alerts_engines_behind: 2 }) },
      ...["degraded", "degraded", "What came 31 s ago has not been evaluated, by 2 engines."],
    ],
    ["alerts", { backlog: aBacklog({ alerts_behind_at: NOW - 2000 }) }, "ok", "ok", "when they are due"],
    [
      "alerts",
      { backlog: aBacklog({ alerts_behind_at: NOW - 15 * MINUTE, alerts_engines_behind: 1 }) },
      ...["down", "degraded", "What came 900 s ago has not been evaluated, by 1 engine."],
    ],
    [
      "alerts",
      { backlog: aBacklog({ alerts_due_at: NOW - 15 * MINUTE }) },
      ...["down", "degraded", "due 900 s ago"],
    ],
  ];
  test.each(cases)("%s with %j", (name, given, status, overall, reason) => {
    const { of, all } = judge(given);
    expect(of(name)).toMatchObject({ status, reason: expect.stringContaining(String(reason)) });
    expect(all).toBe(overall);
  });

  it("does not judge the API by a handful of requests, or by none", () => {
    expect(judge(figures({ requests: 19, error_rate: 100 })).of("api")).toMatchObject({ status: "ok" });
    expect(judge({ probe: { requests: null } }).of("api")).toMatchObject({ status: "ok" });
  });

  it("knows nothing of mail, webhooks and alerts while the database is away", () => {
    const { of } = judge({ backlog: null });
    for (const name of ["mail", "webhooks", "alerts"]) expect(of(name)?.status).toBe("unknown");
  });

  it("lets the state of somebody's hosts count for nothing", () => {
    expect(judgeAll([{ kind: "hosts", name: "hosts", status: "down", reason: "" }])).toBe("ok");
  });
});

describe("readings of the platform", () => {
  it("are those of the catalogue, each in its unit", () => {
    const readings = platformReadings({ at: NOW, probe: aProbe(), backlog: aBacklog() });
    expect(Object.fromEntries(readings.map(({ name, value }) => [name, value]))).toEqual({
      "platform.flush_lag_ms": "1500",
      "platform.alert_lag_ms": "0",
      "platform.unflushed_events": "5",
      "platform.connections": "5",
      "platform.queue_backlog": "4",
      "platform.requests_per_second": "10",
      "platform.error_rate": "0.5",
      "platform.request_p95_ms": "42",
      "platform.provider_circuits_open": "0",
      "platform.webhook_backlog": "7",
    });
    const known = METRICS.filter(({ owner }) => owner === "platform").map(({ name }) => name);
    expect(readings.map(({ name }) => name).sort()).toEqual([...known].sort());
  });

  it("are none of what nobody could tell, rather than zero", () => {
    const probe = aProbe({
      ...{ rooms: null, queue: null },
      requests: { requests: 0, per_second: 0, error_rate: null, p95_ms: null },
      providers: [
        { name: "opensea", gate: null },
        { name: "simulated", gate: { circuit: "open", refuses_until: null } },
      ],
    });
    expect(platformReadings({ at: NOW, probe, backlog: null })).toEqual([
      { name: "platform.requests_per_second", value: "0" },
    ]);
  });
});
