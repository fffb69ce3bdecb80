import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { recordAudit } from "../../shared/audit/record-audit.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { TAMPERING } from "../support/database.ts";
import { createPerson, MASTER_KEY, type Person, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";

let platform: Platform;
let ctx: Ctx;
let auditor: Person;
let trader: Person;

beforeAll(async () => {
  platform = await openPlatform({ vars: { MASTER_KEY }, databaseGrants: TAMPERING });
  ctx = platformCtx(platform);
  auditor = await createPerson(ctx, { role: "auditor" });
  trader = await createPerson(ctx, { role: "trader" });
  for (const action of ["user.created", "user.role_changed", "group.created"])
    await ctx.transact((tx) => recordAudit(tx, ctx, { action, target: { type: "test", id: "x" } }));
}, 120_000);
afterAll(() => platform?.stop());

const get = (path: string, person: Person | null = auditor) =>
  fetch(`${platform.url}/api/v1${path}`, { headers: person?.headers ?? {} });
const Page = z.object({
  data: z.array(z.object({ seq: z.number(), action: z.string(), trace_id: z.string() })),
  next_cursor: z.string().nullable(),
});
const list = async (query = "") => Page.parse(await (await get(`/audit?target_type=test${query}`)).json());
const Check = z.object({
  ok: z.boolean(),
  rows: z.number(),
  head: z.object({ seq: z.number(), hash: z.string() }),
});

test("an auditor reads the log, page by page and by prefix", async () => {
  expect((await list()).data.map(({ action }) => action)).toEqual([
    "group.created",
    "user.role_changed",
    "user.created",
  ]);
  const first = await list("&action=user.*&limit=1");
  const second = await list(`&action=user.*&limit=1&cursor=${first.next_cursor}`);
  expect([...first.data, ...second.data].map(({ action }) => action)).toEqual([
    "user.role_changed",
    "user.created",
  ]);
});

test.each(["/audit", "/audit/verify", "/audit/export"])(
  "%s is for who holds the permission",
  async (path) => {
    expect([(await get(path, null)).status, (await get(path, trader)).status]).toEqual([401, 403]);
  },
);

test.each([
  "/audit?action=user*",
  "/audit?from=yesterday",
  "/audit?cursor=x",
  "/audit?limit=0",
  "/audit?actr=usr_1",
  "/audit/export?format=xlsx",
  "/audit/export?from=2026-01-02&to=2026-01-01",
  "/audit/verify?expect_head=5",
])("%s is told what is wrong with it", async (path) => {
  const answer = await get(path);
  expect(answer.status).toBe(422);
  expect(await answer.json()).toMatchObject({ errors: [{ pointer: expect.stringMatching(/^\?\w+/) }] });
});

test("an export streams the log as a file and stands in it, with the trace of its request", async () => {
  const answer = await get("/audit/export?format=ndjson");
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("application/x-ndjson; charset=utf-8");
  expect(answer.headers.get("content-disposition")).toMatch(
    /^attachment; filename="audit-\d{4}-\d\d-\d\d\.ndjson"$/,
  );
  const lines = (await answer.text()).trimEnd().split("\n");
  expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({
    seq: lines.length,
    action: "audit.exported",
    actor: { type: "user", id: auditor.user_id },
    trace_id: answer.headers.get("x-trace-id"),
  });
  const csv = await get("/audit/export?format=csv");
  expect(csv.headers.get("content-type")).toMatch(/^text\/csv/);
  expect((await csv.text()).split("\r\n")[0]).toMatch(/^seq,id,at,/);
});

test("a check says that the log holds, and finds what was changed behind its back", async () => {
  const good = Check.parse(await (await get("/audit/verify")).json());
  expect(good.ok).toBe(true);
  const { seq, hash } = good.head;
  expect(await (await get(`/audit/verify?expect_head=${seq}:${hash}`)).json()).toMatchObject({ ok: true });
  await ctx.db.batch([
    ctx.db.execute(sql`set local session_replication_role = replica`),
    ctx.db.execute(sql`update audit_log set target_id = 'y' where seq = 2`),
  ]);
  expect(await (await get("/audit/verify")).json()).toMatchObject({
    ok: false,
    rows: 1,
    broken: { seq: 2, reason: "changed" },
  });
});
