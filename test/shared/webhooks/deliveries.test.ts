import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import type { JobEnvelope } from "../../../shared/contracts/jobs.ts";
import { api_keys, deliveries, notifications, users, webhooks } from "../../../shared/db/schema/index.ts";
import { type ClaimedDelivery, claimDeliveries } from "../../../shared/webhooks/claim-deliveries.ts";
import { type Outcome, released } from "../../../shared/webhooks/outcome.ts";
import { type NewMessage, recordMessage } from "../../../shared/webhooks/record-message.ts";
import { settleOutcomes } from "../../../shared/webhooks/settle-outcomes.ts";
import { sweepDeliveries } from "../../../shared/webhooks/sweep-deliveries.ts";
import { testCtx } from "../../support/ctx.ts";
import { type Backend, describeOnEachBackend } from "../../support/each-backend.ts";
import { insertUser, insertWebhook, readAttempts, readDeliveries } from "../../support/webhooks.ts";

const NOW = Date.parse("2026-01-01T12:00:00Z");
const LEASE = NOW + 60_000;
const url = "https://hooks.example.com/";

function sceneOf(backend: Backend) {
  const queued: string[] = [];
  const ctx = (now = NOW) =>
    testCtx({
      db: backend.db,
      transact: backend.transact,
      now: () => now,
      actor: { type: "system", job: "webhooks" },
      queue: { send: async () => undefined },
      deliveries: {
        send: async ({ job }: JobEnvelope) => {
          if (job.type === "deliver_webhooks") queued.push(...job.webhooks);
        },
      },
      later: () => undefined,
    });
  const endpoint = async (given: Partial<Parameters<typeof insertWebhook>[2]> = {}) => {
    const user_id = given.user_id ?? (await insertUser(backend.db));
    const topics = [{ event_type: "alert.fired", collection: "*" }];
    return { user_id, ...(await insertWebhook(backend.db, ctx().seal, { url, topics, ...given, user_id })) };
  };
  const record = (user_id: string | null, partial: Partial<NewMessage> = {}, now = NOW) =>
    backend.transact((tx) =>
      recordMessage(tx, ctx(now), {
        type: "alert.fired",
        user_id,
        data: { rule: "1" },
        occurred_at: "2026-01-01T12:00:00.000Z",
        ...partial,
      }),
    );
  const claim = (id: string, partial: Partial<Parameters<typeof claimDeliveries>[2]> = {}) =>
    claimDeliveries(backend.db, id, { limit: 16, now: NOW, leased_until: LEASE, inherit: null, ...partial });
  return { ctx, endpoint, record, claim, queued };
}

function outcome(delivery: ClaimedDelivery, partial: Partial<Outcome> = {}): Outcome {
  return {
    delivery,
    status: "delivered",
    attempts: delivery.attempts + 1,
    next_attempt_at: null,
    next_attempt_reason: null,
    at: NOW,
    gone: false,
    attempt: {
      at: NOW,
      duration_ms: 7,
      url,
      request_headers: { "webhook-id": delivery.message_id },
      request_body: "{}",
      response_status: 200,
      response_headers: {},
      response_body: "o\0k",
      error: null,
      error_detail: null,
      retry_after_ms: null,
      trace_id: "t".repeat(32),
    },
    ...partial,
  };
}

describeOnEachBackend("deliveries", (backend) => {
  it("are recorded for the endpoints of whose message it is, by type or prefix and by collection, and for no other", async () => {
    const { endpoint, record } = sceneOf(backend);
    const exact = await endpoint();
    const { user_id } = exact;
    const prefix = await endpoint({ user_id, topics: [{ event_type: "alert.*", collection: "punks" }] });
    await endpoint();
    await endpoint({ user_id, topics: [{ event_type: "alert.resolved", collection: "*" }] });
    expect(await record(user_id)).toEqual([exact.id]);
    expect(new Set(await record(user_id, { collection: "punks" }))).toEqual(new Set([exact.id, prefix.id]));
    expect(await record(user_id, { collection: "apes" })).toEqual([exact.id]);
    expect(await record(user_id, { type: "user.logged_in" })).toEqual([]);
    expect(await record(null)).toHaveLength(2);
  });

  it("are recorded once where the same cause comes again", async () => {
    const { endpoint, record } = sceneOf(backend);
    const { id, user_id } = await endpoint();
    expect(await record(user_id, { id: "msg_once" })).toEqual([id]);
    // The answer to the first may have been lost, so the endpoint is woken again while it waits.
    expect(await record(user_id, { id: "msg_once" })).toEqual([id]);
    expect(await readDeliveries(backend.db)).toHaveLength(1);
    await backend.db.update(deliveries).set({ status: "delivered" });
    expect(await record(user_id, { id: "msg_once" })).toEqual([]);
  });

  it("are each taken by one of many who ask at once, and by nobody else until the lease runs out", async () => {
    const { endpoint, record, claim } = sceneOf(backend);
    const { id, user_id } = await endpoint();
    for (let i = 0; i < 6; i++) await record(user_id);
    const claims = await Promise.all([1, 2, 3].map(() => claim(id, { limit: 2 })));
    const taken = claims.flatMap(({ deliveries }) => deliveries.map((delivery) => delivery.id));
    expect(new Set(taken).size).toBe(taken.length);
    taken.push(...(await claim(id)).deliveries.map((delivery) => delivery.id));
    expect(new Set(taken).size).toBe(6);
    expect(await claim(id)).toMatchObject({ endpoint: { id }, deliveries: [], next_due: null });
    const later = await claim(id, { now: LEASE, leased_until: LEASE + 60_000 });
    expect(later.deliveries).toHaveLength(6);
    const [held] = later.deliveries;
    const inherited = await claim(id, { inherit: [held?.id ?? ""], leased_until: LEASE + 90_000 });
    expect(inherited.deliveries).toHaveLength(5);
    expect(inherited.deliveries.map((delivery) => delivery.id)).not.toContain(held?.id);
  });

  it("with order, are taken in the order of their causes, and none past one that waits for its next attempt", async () => {
    const { endpoint, record, claim, ctx } = sceneOf(backend);
    const { id, user_id } = await endpoint({ ordered: true });
    for (const [age, collection] of [
      [3, "a"],
      [2, "a"],
      [1, "b"],
    ] as const)
      await record(user_id, { collection }, NOW - age);
    expect((await claim(id, { limit: 1 })).deliveries).toMatchObject([{ collection: "a" }]);
    // What somebody else has holds up those behind it, and no other collection.
    expect((await claim(id)).deliveries).toMatchObject([{ collection: "b" }]);
    const first = await claim(id, { inherit: [] });
    expect(first.deliveries.map(({ collection }) => collection)).toEqual(["a", "a", "b"]);
    expect(first.next_due).toBeNull();
    const [failing, behind] = first.deliveries;
    if (failing === undefined || behind === undefined) throw new Error("nothing was taken");
    const retry = { status: "pending" as const, next_attempt_at: NOW + 5000, next_attempt_reason: "later" };
    await settleOutcomes(ctx(), id, [outcome(failing, retry), released(behind, "waits", NOW)]);
    expect(await claim(id)).toMatchObject({ deliveries: [], next_due: NOW + 5000 });
  });

  it("count a failed message once where the answer of the database was lost and it is told again", async () => {
    const { endpoint, record, claim, ctx } = sceneOf(backend);
    const { id, user_id } = await endpoint();
    await record(user_id);
    const [delivery] = (await claim(id)).deliveries;
    if (delivery === undefined) throw new Error("nothing was taken");
    for (let told = 0; told < 6; told++)
      expect(await settleOutcomes(ctx(), id, [outcome(delivery, { status: "failed" })])).toEqual({
        disabled: false,
      });
    const [row] = await backend.db.select().from(webhooks).where(eq(webhooks.id, id));
    expect(row?.failed_in_a_row).toBe(1);
  });

  it("are settled by who holds the lease only, and what came back is kept without what Postgres cannot hold", async () => {
    const { endpoint, record, claim, ctx } = sceneOf(backend);
    const { id, user_id } = await endpoint();
    await record(user_id);
    const [stale] = (await claim(id)).deliveries;
    const [held] = (await claim(id, { now: LEASE, leased_until: LEASE + 60_000 })).deliveries;
    if (stale === undefined || held === undefined) throw new Error("nothing was taken");
    await settleOutcomes(ctx(), id, [outcome(stale)]);
    expect(await readDeliveries(backend.db)).toMatchObject([{ status: "pending", attempts: 0 }]);
    await settleOutcomes(ctx(), id, [outcome(held)]);
    expect(await readDeliveries(backend.db)).toMatchObject([{ status: "delivered", attempts: 1 }]);
    expect(await readAttempts(backend.db, id)).toMatchObject([{ attempt: 1, response_body: "o\uFFFDk" }]);
  });

  it("are withheld, thousands at once and with the reason, while their owner may not be sent them, and not sent later", async () => {
    const { endpoint, record, claim } = sceneOf(backend);
    const { id, user_id } = await endpoint();
    const set = (given: Partial<typeof users.$inferInsert>) =>
      backend.db.update(users).set(given).where(eq(users.id, user_id));
    const reasons = async () => [
      ...new Set((await readDeliveries(backend.db, id)).map(({ status, reason }) => `${status}: ${reason}`)),
    ];
    for (let i = 0; i < 20; i++) await record(user_id);
    await set({ status: "suspended" });
    expect(await claim(id, { limit: 1 })).toMatchObject({ deliveries: [], withheld: 20, next_due: NOW });
    expect(await reasons()).toEqual(["withheld: its owner's account is suspended"]);
    await set({ status: "active" });
    expect(await claim(id)).toMatchObject({ deliveries: [], withheld: 0, next_due: null });
    await record(user_id);
    expect((await claim(id)).deliveries).toHaveLength(1);
    await backend.db.delete(deliveries);
    await record(user_id);
    await set({ role: "analyst" });
    expect((await claim(id)).withheld).toBe(1);
    expect(await reasons()).toEqual(["withheld: its owner does not hold webhooks:write any more"]);
  });

  it("of a key go as far as its scopes, and none after it was revoked or has expired", async () => {
    const { endpoint, record, claim } = sceneOf(backend);
    const { id, user_id } = await endpoint();
    const key = {
      ...{ id: `key_${id}`, user_id, name: "k", prefix: "xs_live_", key_hash: id, requests_per_minute: 60 },
      created_at: new Date(NOW).toISOString(),
    };
    await backend.db.insert(api_keys).values({ ...key, scopes: ["webhooks:write"] });
    await backend.db.update(webhooks).set({ api_key_id: key.id }).where(eq(webhooks.id, id));
    const change = (given: Partial<typeof api_keys.$inferInsert>) =>
      backend.db.update(api_keys).set(given).where(eq(api_keys.id, key.id));
    const withheld = async () => {
      await record(user_id);
      const taken = await claim(id);
      const [last] = (await readDeliveries(backend.db, id)).slice(-1);
      await backend.db.delete(deliveries);
      return taken.withheld === 0 ? null : last?.reason;
    };
    expect(await withheld()).toBe("the API key that made the webhook does not hold alerts:read any more");
    await change({ scopes: ["webhooks:write", "alerts:read"] });
    expect(await withheld()).toBeNull();
    await change({ expires_at: new Date(NOW).toISOString() });
    expect(await withheld()).toBe("the API key that made the webhook has expired");
    await change({ revoked_at: new Date(NOW).toISOString() });
    expect(await withheld()).toBe("the API key that made the webhook was revoked");
  });

  it("that fail five times in a row turn the endpoint off, with a notification half-way and one at the end", async () => {
    const { endpoint, record, claim, ctx } = sceneOf(backend);
    const { id, user_id } = await endpoint();
    const told: number[] = [];
    for (let i = 0; i < 5; i++) {
      await record(user_id);
      const [delivery] = (await claim(id)).deliveries;
      if (delivery === undefined) throw new Error("the endpoint was turned off too early");
      const { disabled } = await settleOutcomes(ctx(), id, [outcome(delivery, { status: "failed" })]);
      expect(disabled).toBe(i === 4);
      told.push((await backend.db.select().from(notifications)).length);
    }
    expect(told).toEqual([0, 0, 1, 1, 2]);
    const kinds = (await backend.db.select().from(notifications)).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(["webhook.failing", "webhook.disabled"]));
    expect(await record(user_id)).toEqual([]);
  });

  it("cost nothing but their own failure where an endpoint fails now and then", async () => {
    const { endpoint, record, claim, ctx } = sceneOf(backend);
    const { id, user_id } = await endpoint();
    for (let i = 0; i < 12; i++) {
      await record(user_id);
      const [delivery] = (await claim(id)).deliveries;
      if (delivery === undefined) throw new Error("the endpoint was turned off");
      const status = i % 3 === 2 ? "delivered" : "failed";
      expect(await settleOutcomes(ctx(), id, [outcome(delivery, { status })])).toEqual({ disabled: false });
    }
  });

  it("are found by the sweep when nobody is sending them, and forgotten when they are old and done", async () => {
    const { endpoint, record, claim, ctx, queued } = sceneOf(backend);
    const busy = await endpoint();
    const idle = await endpoint();
    await record(busy.user_id);
    await record(idle.user_id);
    const [delivery] = (await claim(busy.id)).deliveries;
    if (delivery === undefined) throw new Error("nothing was taken");
    await sweepDeliveries(ctx(NOW + 30_000));
    expect(queued.splice(0)).toEqual([idle.id]);
    await sweepDeliveries(ctx(LEASE));
    expect(new Set(queued.splice(0))).toEqual(new Set([busy.id, idle.id]));
    await settleOutcomes(ctx(), busy.id, [outcome(delivery)]);
    await sweepDeliveries(ctx(NOW + 31 * 86_400_000));
    expect(queued).toEqual([idle.id]);
    expect(await readDeliveries(backend.db)).toMatchObject([{ webhook_id: idle.id, status: "pending" }]);
  });
});
