import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { deliveries, delivery_attempts } from "../../../shared/db/schema/index.ts";
import { storeEvents } from "../../../shared/market/store-events.ts";
import { recordMessage } from "../../../shared/webhooks/record-message.ts";
import { MOST_REPLAYED } from "../../../workers/webhooks/deliveries/replay-sql.ts";
import { DeliveryPage } from "../../../workers/webhooks/deliveries/schema.ts";
import { type Backend, describeOnEachBackend } from "../../support/each-backend.ts";
import { aBatch, flushEvents } from "../../support/flush.ts";
import { webhookApp } from "../../support/webhook-app.ts";
import { readDeliveries } from "../../support/webhooks.ts";

describeOnEachBackend("deliveries", (backend: Backend) => {
  async function world() {
    const app = webhookApp(backend);
    const [ann, bob] = [await app.enter("trader"), await app.enter("trader")];
    const webhook = await app.make(ann, { event_types: ["market.*", "alert.*"] });
    const path = `/webhooks/${webhook.id}`;
    const list = async (query = "") =>
      DeliveryPage.parse((await app.ask(ann, "GET", `${path}/deliveries${query}`)).body);
    /** An alert of Ann's, as its cause records it. */
    const alert = (id: string, given: Record<string, unknown> = {}) => {
      app.clock.now += 1;
      return app.ctx.transact((tx) =>
        recordMessage(tx, app.ctx, {
          type: "alert.fired",
          user_id: ann.id,
          collection: "punks",
          data: { id },
          occurred_at: new Date(app.clock.now).toISOString(),
          ...given,
        }),
      );
    };
    return { ...app, ann, bob, webhook, path, list, alert };
  }

  it("of a test are made of the catalogue's example, once, and also for a disabled webhook", async () => {
    const { ask, ann, bob, path, webhook, woken, list } = await world();
    await ask(ann, "POST", `${path}/disable`);
    const sent = await ask(ann, "POST", `${path}/test`);
    expect(sent).toMatchObject({ status: 202, body: { event_type: "webhook.test" } });
    await ask(ann, "POST", `${path}/test`, { event_type: "market.sale" });
    expect(woken).toEqual([webhook.id, webhook.id]);
    expect((await list()).data.map(({ event_type, cause, status }) => [event_type, cause, status])).toEqual([
      ["market.sale", "test", "pending"],
      ["webhook.test", "test", "pending"],
    ]);
    const one = await ask(ann, "GET", `/deliveries/${sent.body.delivery_id}`);
    expect(one.body).toMatchObject({ data: { webhook_id: webhook.id }, attempt_log: [] });
    const unknown = await ask(ann, "POST", `${path}/test`, { event_type: "market.sold" });
    expect(unknown.body.errors).toMatchObject([{ pointer: "/event_type" }]);
    expect((await ask(bob, "POST", `${path}/test`)).status).toBe(404);
  });

  it("are listed by status, type and time, in pages, each with what came of the last attempt", async () => {
    const { ask, ann, bob, path, list, alert, clock } = await world();
    const since = new Date(clock.now).toISOString();
    for (const id of ["1", "2", "3"]) await alert(id);
    const until = new Date(clock.now + 1).toISOString();
    await ask(ann, "POST", `${path}/test`);
    const [newest] = (await list("?status=pending&event_type=alert.fired")).data;
    if (newest === undefined) throw new Error("there are three");
    const attempt = {
      delivery_id: newest.id,
      at: since,
      duration_ms: 12,
      url: "https://hooks.example.com/xsema",
      request_headers: { "webhook-id": newest.message_id },
      request_body: "{}",
      response_headers: null,
      trace_id: "a".repeat(32),
    };
    await backend.db.insert(delivery_attempts).values([
      { ...attempt, attempt: 1, error: "timeout", error_detail: "No whole answer within 15 s." },
      { ...attempt, attempt: 2, response_status: 204, response_body: "" },
    ]);
    await backend.db
      .update(deliveries)
      .set({ status: "delivered", attempts: 2 })
      .where(sql`id = ${newest.id}`);
    expect((await list("?status=delivered")).data).toMatchObject([
      { id: newest.id, attempts: 2, last_attempt: { response_status: 204, error: null, at: since } },
    ]);
    expect((await list(`?from=${since}&to=${until}`)).data).toHaveLength(3);
    expect((await list(`?to=${since}`)).data).toEqual([]);
    const first = await list("?limit=3");
    const rest = await list(`?limit=3&cursor=${first.next_cursor}`);
    expect(new Set([...first.data, ...rest.data].map(({ id }) => id)).size).toBe(4);
    expect(rest.next_cursor).toBeNull();
    const detail = await ask(ann, "GET", `/deliveries/${newest.id}`);
    expect(detail.body.attempt_log).toMatchObject([
      { attempt: 1, error: "timeout", request_headers: { "webhook-id": newest.message_id } },
      { attempt: 2, response_status: 204 },
    ]);
    expect((await ask(ann, "GET", `${path}/deliveries?status=lost`)).status).toBe(422);
    expect((await ask(bob, "GET", `${path}/deliveries`)).status).toBe(404);
    expect((await ask(bob, "GET", `/deliveries/${newest.id}`)).status).toBe(404);
  });

  it("are sent again under the same message id, with attempts of their own", async () => {
    const { ask, ann, bob, path, list, alert, woken, webhook, clock } = await world();
    await alert("1");
    const [first] = (await list()).data;
    if (first === undefined) throw new Error("there is one");
    expect((await ask(bob, "POST", `/deliveries/${first.id}/resend`)).status).toBe(404);
    const again = await ask(ann, "POST", `/deliveries/${first.id}/resend`);
    expect(again).toMatchObject({ status: 202, body: { message_id: first.message_id } });
    expect(woken).toEqual([webhook.id]);
    expect((await list()).data.map(({ id, cause, attempts }) => [id, cause, attempts])).toEqual([
      [again.body.delivery_id, "resend", 0],
      [first.id, "event", 0],
    ]);
    await alert("2", { expires_at: new Date(clock.now + 5).toISOString() });
    const [brief] = (await list()).data;
    clock.now += 10;
    expect(await ask(ann, "POST", `/deliveries/${brief?.id}/resend`)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("was of use until") },
    });
    await ask(ann, "POST", `${path}/disable`);
    expect(await ask(ann, "POST", `/deliveries/${first.id}/resend`)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("turn it on") },
    });
    expect((await ask(ann, "POST", "/deliveries/dlv_none/resend")).status).toBe(404);
  });

  it("that wait are cancelled when the webhook is disabled", async () => {
    const { ask, ann, path, list, alert } = await world();
    await alert("1");
    await ask(ann, "POST", `${path}/disable`);
    expect((await list()).data).toMatchObject([{ status: "cancelled", next_attempt_at: null }]);
    await alert("2");
    expect((await list()).data).toHaveLength(1);
  });

  it("of a replay hold each message of the span that is wanted, once, in the order of its receipt", async () => {
    const { ask, ann, bob, path, list, alert, woken, webhook, clock } = await world();
    await alert("before");
    clock.now += 1000;
    const since = new Date(clock.now).toISOString();
    await alert("within");
    await alert("not hers", { user_id: bob.id });
    await ask(ann, "POST", `${path}/test`, { event_type: "alert.fired" });
    clock.now += 1000;
    const until = new Date(clock.now).toISOString();
    await alert("after");
    await backend.db.delete(deliveries);
    woken.length = 0;
    const replayed = await ask(ann, "POST", `${path}/replay`, { since, until });
    expect(replayed).toMatchObject({ status: 202, body: { count: 1, first: replayed.body.last } });
    expect((await readDeliveries(backend.db)).map(({ data }) => data)).toEqual([{ id: "within" }]);
    expect((await list()).data).toMatchObject([{ cause: "replay", status: "pending", collection: "punks" }]);
    expect(woken).toEqual([webhook.id]);
  });

  it("of a replay hold market events that nobody had asked for at the time, byte for byte as they would have come", async () => {
    const { ask, ann, make, path, woken } = await world();
    const events = await flushEvents([
      { price: "1.50", token_id: "7" },
      { kind: "listing", price: "3" },
      { kind: "cancel", price: null },
      { kind: "sale", price: "0.5" },
    ]);
    const batch = aBatch(events);
    // Received before the webhook was made, so it was recorded for nobody.
    expect((await storeEvents(backend.db, batch)).webhooks).toEqual([]);
    const since = "2026-01-01T00:00:00Z";
    const replayed = await ask(ann, "POST", `${path}/replay`, { since });
    expect(replayed.body.count).toBe(3);
    const found = await readDeliveries(backend.db);
    expect(found.map(({ type, data }) => [type, data.seq])).toEqual([
      ["market.sale", 1],
      ["market.listing", 2],
      ["market.sale", 4],
    ]);
    const { key_hash: _, corrects_hash: __, unit: ___, raw: ____, ...live } = events[0] ?? {};
    expect(found[0]?.data).toEqual(live);
    const [narrow] = [
      await make(ann, { event_types: ["market.*"], collections: ["punks"], filter: { min_price: "1" } }),
    ];
    woken.length = 0;
    const only = { since, event_types: ["market.sale"] };
    expect((await ask(ann, "POST", `/webhooks/${narrow.id}/replay`, only)).body.count).toBe(1);
    const [again] = await readDeliveries(backend.db, narrow.id);
    expect(again?.message_id).toBe(found[0]?.message_id);
    const elsewhere = await make(ann, { event_types: ["market.*"], collections: ["apes"] });
    expect((await ask(ann, "POST", `/webhooks/${elsewhere.id}/replay`, { since })).body).toEqual({
      count: 0,
      first: null,
      last: null,
    });
    expect(woken).toEqual([narrow.id]);
  });

  it("of a replay hold the corrections of what the webhook asks for, as they come live", async () => {
    const { ask, ann, make } = await world();
    const { id } = await make(ann, { event_types: ["market.sale"], filter: { min_price: "5" } });
    const cancel = (corrects: string) => ({ kind: "cancel", price: null, corrects });
    await storeEvents(
      backend.db,
      aBatch(await flushEvents([{ price: "9" }, { price: "1" }, cancel("ep_1-1"), cancel("ep_1-2")])),
    );
    const told = async () => (await readDeliveries(backend.db, id)).map(({ type, data }) => [type, data.seq]);
    expect(
      (await ask(ann, "POST", `/webhooks/${id}/replay`, { since: "2026-01-01T00:00:00Z" })).body.count,
    ).toBe(2);
    expect((await told()).slice(-2)).toEqual([
      ["market.sale", 1],
      ["market.corrected", 3],
    ]);
  });

  it("of a replay are made once where the same is asked for thirty times at once, and again later where it is done", async () => {
    const { ask, ann, path, alert, clock } = await world();
    const since = new Date(clock.now).toISOString();
    await alert("one");
    await backend.db.delete(deliveries);
    const replay = () => ask(ann, "POST", `${path}/replay`, { since });
    const answers = await Promise.all(Array.from({ length: 30 }, replay));
    expect(answers.map(({ status, body }) => [status, body.count])).toEqual(Array(30).fill([202, 1]));
    expect(await readDeliveries(backend.db)).toHaveLength(1);
    clock.now += 120_000;
    await replay();
    expect(await readDeliveries(backend.db)).toHaveLength(1);
    await backend.db.update(deliveries).set({ status: "delivered" });
    await replay();
    expect(await readDeliveries(backend.db)).toHaveLength(2);
  });

  it("of a replay are under the ids of the first time", async () => {
    const { ask, ann, path, clock } = await world();
    const received_at = new Date(clock.now).toISOString();
    const events = (await flushEvents([{ price: "1" }])).map((event) => ({ ...event, received_at }));
    await storeEvents(backend.db, aBatch(events));
    const [first] = await readDeliveries(backend.db);
    expect(first).toBeDefined();
    clock.now += 1;
    expect((await ask(ann, "POST", `${path}/replay`, { since: received_at })).body.count).toBe(1);
    const ids = (await readDeliveries(backend.db)).map(({ message_id }) => message_id);
    expect(ids).toEqual([first?.message_id, first?.message_id]);
  });

  it("of a replay are refused where the span is empty or holds too many, with a time up to which it works", async () => {
    const { ask, ann, bob, path, list, clock, webhook } = await world();
    const since = new Date(clock.now).toISOString();
    expect((await ask(ann, "POST", `${path}/replay`, { since, until: since })).status).toBe(422);
    expect((await ask(ann, "POST", `${path}/replay`, {})).status).toBe(422);
    expect((await ask(bob, "POST", `${path}/replay`, { since })).status).toBe(404);
    await backend.db.execute(sql`
      insert into messages (id, type, user_id, data, occurred_at, created_at)
      select 'msg_' || n, 'alert.fired', ${ann.id}, '{}', ${since}::timestamptz,
        ${since}::timestamptz + n * interval '1 ms' from generate_series(0, ${MOST_REPLAYED}) n`);
    clock.now += 60_000;
    const refused = await ask(ann, "POST", `${path}/replay`, { since });
    const last = new Date(Date.parse(since) + MOST_REPLAYED).toISOString();
    expect(refused).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: "/until", message: expect.stringContaining(last) }] },
    });
    expect((await list()).data).toEqual([]);
    const fits = await ask(ann, "POST", `${path}/replay`, { since, until: last });
    expect(fits.body).toMatchObject({ count: MOST_REPLAYED, first: since });
    await ask(ann, "POST", `${path}/disable`);
    expect((await ask(ann, "POST", `${path}/replay`, { since, until: last })).status).toBe(409);
    expect(webhook.id).toBeDefined();
  });
});
