import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { PlanLimits } from "../../../shared/contracts/access.ts";
import { audit_log, webhook_topics, webhooks } from "../../../shared/db/schema/index.ts";
import { headersPurpose, keyOfSecret, secretPurpose } from "../../../shared/webhooks/secrets.ts";
import { WebhookPage } from "../../../workers/webhooks/endpoints/schema.ts";
import { type Backend, describeOnEachBackend } from "../../support/each-backend.ts";
import { webhookApp } from "../../support/webhook-app.ts";

describeOnEachBackend("webhooks", (backend: Backend) => {
  async function world() {
    const app = webhookApp(backend);
    const [ann, bob] = [await app.enter("trader"), await app.enter("trader")];
    const rowOf = async (id: string) => {
      const [row] = await backend.db.select().from(webhooks).where(eq(webhooks.id, id));
      if (row === undefined) throw new Error(`no webhook ${id}`);
      return row;
    };
    const topicsOf = async (id: string) =>
      (await backend.db.select().from(webhook_topics).where(eq(webhook_topics.webhook_id, id)))
        .map(({ event_type, collection }) => `${event_type} ${collection}`)
        .toSorted();
    const audited = async () =>
      (await backend.db.select().from(audit_log)).filter(({ action }) => action.startsWith("webhook."));
    return { ...app, ann, bob, rowOf, topicsOf, audited };
  }

  it("are made active, with a secret that is shown once and stored sealed", async () => {
    const { ask, ann, wanted, rowOf, ctx, audited } = await world();
    const asked = { ...wanted, headers: { Authorization: "Bearer s3cret" }, description: " Desk " };
    const made = await ask(ann, "POST", "/webhooks", asked);
    expect(made).toMatchObject({
      status: 201,
      body: {
        url: wanted.url,
        description: "Desk",
        event_types: ["market.sale"],
        collections: null,
        filter: null,
        headers: { authorization: "********" },
        ordered: false,
        status: "active",
        failed_in_a_row: 0,
        revision: 1,
      },
    });
    const { secret, ...shown } = made.body;
    const id = String(shown.id);
    expect(id).toMatch(/^whk_[0-9a-f]{32}$/);
    expect(keyOfSecret(String(secret))).toHaveLength(32);
    expect(made.headers.get("cache-control")).toBe("no-store, no-transform");
    expect(made.headers.get("location")).toBe(`/api/v1/webhooks/${id}`);
    expect((await ask(ann, "GET", `/webhooks/${id}`)).body).toEqual(shown);
    const row = await rowOf(id);
    expect(JSON.stringify(row)).not.toContain("s3cret");
    expect(await ctx.seal.open(secretPurpose(id), row.secret)).toBe(secret);
    expect(JSON.parse(await ctx.seal.open(headersPurpose(id), row.headers ?? ""))).toEqual({
      authorization: "Bearer s3cret",
    });
    const [entry] = await audited();
    expect(entry).toMatchObject({ action: "webhook.created", after: { headers: ["authorization"] } });
    expect(JSON.stringify(entry)).not.toMatch(/s3cret|whsec_/);
  });

  it("are made once for one Idempotency-Key", async () => {
    const { ask, ann, wanted } = await world();
    const key = { "idempotency-key": "make-1" };
    const first = await ask(ann, "POST", "/webhooks", wanted, key);
    const again = await ask(ann, "POST", "/webhooks", wanted, key);
    expect(again.body).toEqual(first.body);
    expect((await ask(ann, "GET", "/webhooks")).body.data).toHaveLength(1);
  });

  it.each([
    ["url", { url: "http://hooks.example.com" }, "must be an https address"],
    ["url", { url: "https://10.0.0.1/" }, "must be a public address, not one of a private or reserved range"],
    ["url", { url: "https://127.0.0.1/" }, "must not lead back to this deployment"],
    ["url", { url: "https://u:p@hooks.example.com" }, "must not carry a user name or password"],
    ["url", { url: "https://hooks.example.com:22" }, "must use one of the ports 443, 8443"],
    ["event_types", { event_types: [] }, "must name at least one event type"],
    ["event_types/0", { event_types: ["market.sold"] }, "is no event type that can be asked for"],
    ["event_types/0", { event_types: ["webhook.test"] }, "is no event type that can be asked for"],
    ["event_types/0", { event_types: ["*"] }, "must be an event type"],
    ["collections/0", { collections: ["Crypto Punks"] }, "must be lower-case"],
    ["filter/min_price", { filter: { min_price: "-1" } }, "must be a decimal string"],
    [
      "filter/conditions/0/value",
      { filter: { conditions: [{ path: "price", operator: "gt", value: "high" }] } },
      "must be a number",
    ],
    ["headers/webhook-id", { headers: { "webhook-id": "x" } }, "sets itself"],
    ["headers/Host", { headers: { Host: "x" } }, "sets itself"],
    ["headers/x team", { headers: { "x team": "x" } }, "is not the name of a header"],
    [
      "headers/x-a",
      { headers: { "x-a": "one\r\nx-b: two" } },
      "must be 1 to 1000 printable ASCII characters",
    ],
    ["headers/x-a", { headers: { "x-a": "********" } }, "there is no x-a"],
    ["surprise", { surprise: 1 }, ""],
  ])("are refused for what is wrong in %s: %j", async (pointer, wrong, message) => {
    const { ask, ann, wanted } = await world();
    const refused = await ask(ann, "POST", "/webhooks", { ...wanted, ...wrong });
    expect(refused.status).toBe(422);
    expect(refused.body.errors).toEqual([
      {
        pointer: pointer === "surprise" ? expect.any(String) : `/${pointer}`,
        message: expect.stringContaining(message),
      },
    ]);
  });

  it("are as many as the plan has room for", async () => {
    const { ask, make, enter, ann, wanted } = await world();
    for (let made = 0; made < PlanLimits.free.webhooks; made += 1) await make(ann);
    const refused = await ask(ann, "POST", "/webhooks", wanted);
    expect(refused).toMatchObject({ status: 409, body: { code: "conflict" } });
    expect(refused.body.detail).toContain(
      `Your plan (free) has room for ${PlanLimits.free.webhooks} webhooks`,
    );
    const rich = await enter("trader", { plan: "premium" });
    for (let made = 0; made <= PlanLimits.free.webhooks; made += 1) await make(rich);
  });

  it("are listed to their owner only, newest first, in pages", async () => {
    const { ask, make, ann, bob } = await world();
    const ids = [];
    for (let made = 0; made < 3; made += 1) ids.unshift((await make(ann)).id);
    await make(bob);
    const first = WebhookPage.parse((await ask(ann, "GET", "/webhooks?limit=2")).body);
    const rest = WebhookPage.parse(
      (await ask(ann, "GET", `/webhooks?limit=2&cursor=${first.next_cursor}`)).body,
    );
    expect([...first.data, ...rest.data].map(({ id }) => id)).toEqual(ids);
    expect(rest.next_cursor).toBeNull();
    expect(JSON.stringify(first)).not.toContain("whsec_");
  });

  it("do not exist for anybody else, nor for who may only read", async () => {
    const { ask, make, ann, bob, enter, audited } = await world();
    const { id } = await make(ann);
    const calls: [string, string, unknown?][] = [
      ["GET", ""],
      ["PUT", "", { url: "https://evil.example.com/", event_types: ["market.sale"] }],
      ["PATCH", "", { ordered: true }],
      ["DELETE", ""],
      ["POST", "/enable"],
      ["POST", "/disable"],
      ["POST", "/secret/rotate"],
    ];
    for (const [method, path, body] of calls)
      expect(await ask(bob, method, `/webhooks/${id}${path}`, body)).toMatchObject({ status: 404 });
    const analyst = await enter("analyst");
    expect((await ask(analyst, "GET", "/webhooks")).status).toBe(200);
    expect((await ask(analyst, "PATCH", `/webhooks/${id}`, { ordered: true })).status).toBe(403);
    expect((await ask(await enter("viewer"), "GET", "/webhooks")).status).toBe(403);
    expect(await audited()).toHaveLength(1);
  });

  it("are changed in part by PATCH and as a whole by PUT, where nobody has changed them meanwhile", async () => {
    const { ask, make, ann, wanted, rowOf, ctx, audited } = await world();
    const { id, secret } = await make(ann, {
      headers: { "x-key": "one", "x-team": "a" },
      collections: ["punks"],
      description: "Desk",
    });
    const patched = await ask(
      ann,
      "PATCH",
      `/webhooks/${id}`,
      { headers: { "X-Key": "********", "x-new": "two" } },
      { "if-match": '"1"' },
    );
    expect(patched).toMatchObject({
      status: 200,
      body: { revision: 2, description: "Desk", headers: { "x-key": "********", "x-new": "********" } },
    });
    expect(patched.headers.get("etag")).toBe('"2"');
    const headers = JSON.parse(await ctx.seal.open(headersPurpose(id), (await rowOf(id)).headers ?? ""));
    expect(headers).toEqual({ "x-key": "one", "x-new": "two" });
    const stale = await ask(ann, "PUT", `/webhooks/${id}`, wanted, { "if-match": '"1"' });
    expect(stale).toMatchObject({ status: 412, body: { code: "stale_edit" } });
    const put = await ask(ann, "PUT", `/webhooks/${id}`, wanted, { "if-match": '"2"' });
    expect(put).toMatchObject({
      status: 200,
      body: { revision: 3, description: null, collections: null, headers: null },
    });
    expect(put.body).not.toHaveProperty("secret");
    expect(await ctx.seal.open(secretPurpose(id), (await rowOf(id)).secret)).toBe(secret);
    expect((await ask(ann, "PATCH", `/webhooks/${id}`, { url: "https://[::1]/" })).status).toBe(422);
    expect((await ask(ann, "PATCH", `/webhooks/${id}`, {})).status).toBe(422);
    expect((await audited()).map(({ action }) => action)).toEqual([
      "webhook.created",
      "webhook.changed",
      "webhook.changed",
    ]);
  });

  it("stand in the topics as what they ask for, and keep the time since when they had it", async () => {
    const { ask, make, ann, topicsOf, clock } = await world();
    const { id } = await make(ann, { event_types: ["market.*", "alert.*"], collections: ["apes", "punks"] });
    const kinds = ["bid", "corrected", "floor_changed", "listing", "sale", "transfer"];
    expect(await topicsOf(id)).toEqual([
      "alert.* ",
      "alert.* apes",
      "alert.* punks",
      ...kinds.flatMap((kind) => [`market.${kind} apes`, `market.${kind} punks`]),
    ]);
    const since = clock.now;
    clock.now += 60_000;
    await ask(ann, "PATCH", `/webhooks/${id}`, { event_types: ["market.sale"], filter: { min_price: "2" } });
    await ask(ann, "PATCH", `/webhooks/${id}`, { collections: ["punks", "new"] });
    expect(await topicsOf(id)).toEqual(["market.sale new", "market.sale punks"]);
    const rows = await backend.db.select().from(webhook_topics);
    const sinceOf = (slug: string) =>
      Date.parse(rows.find(({ collection }) => collection === slug)?.since ?? "");
    expect(sinceOf("punks")).toBe(since);
    expect(sinceOf("new")).toBeGreaterThan(since);
    expect(rows.map(({ min_price }) => min_price)).toEqual(["2", "2"]);
    await ask(ann, "DELETE", `/webhooks/${id}`);
    expect(await topicsOf(id)).toEqual([]);
  });

  it("want nothing while they are disabled, and begin anew when they are enabled", async () => {
    const { ask, make, ann, topicsOf, rowOf, audited } = await world();
    const { id } = await make(ann);
    const disabled = await ask(ann, "POST", `/webhooks/${id}/disable`);
    expect(disabled).toMatchObject({ status: 200, body: { status: "disabled", disabled_reason: "owner" } });
    expect(await topicsOf(id)).toEqual([]);
    await ask(ann, "PATCH", `/webhooks/${id}`, { event_types: ["market.bid"] });
    expect(await topicsOf(id)).toEqual([]);
    await backend.db.update(webhooks).set({ failed_in_a_row: 5, disabled_reason: "failures" });
    const enabled = await ask(ann, "POST", `/webhooks/${id}/enable`);
    expect(enabled).toMatchObject({
      status: 200,
      body: { status: "active", disabled_reason: null, disabled_at: null, failed_in_a_row: 0 },
    });
    expect(await topicsOf(id)).toEqual(["market.bid *"]);
    expect((await ask(ann, "POST", `/webhooks/${id}/enable`)).status).toBe(200);
    expect((await rowOf(id)).status).toBe("active");
    expect((await audited()).map(({ action }) => action)).toEqual([
      "webhook.created",
      "webhook.disabled",
      "webhook.changed",
      "webhook.enabled",
    ]);
  });

  it("get a new secret, while the one before goes on signing for the time asked for", async () => {
    const { ask, make, ann, rowOf, ctx, clock } = await world();
    const { id, secret } = await make(ann);
    const rotated = await ask(ann, "POST", `/webhooks/${id}/secret/rotate`, { overlap_s: 60 });
    expect(rotated.status).toBe(200);
    expect(rotated.body.secret).not.toBe(secret);
    expect(rotated.body.previous_secret_until).toBe(new Date(clock.now + 60_000).toISOString());
    const row = await rowOf(id);
    expect(await ctx.seal.open(secretPurpose(id), row.secret)).toBe(rotated.body.secret);
    expect(await ctx.seal.open(secretPurpose(id), row.previous_secret ?? "")).toBe(secret);
    clock.now += 61_000;
    expect((await ask(ann, "GET", `/webhooks/${id}`)).body.previous_secret_until).toBeNull();
    await ask(ann, "POST", `/webhooks/${id}/secret/rotate`, { overlap_s: 0 });
    expect(await rowOf(id)).toMatchObject({ previous_secret: null, previous_secret_until: null });
    expect((await ask(ann, "POST", `/webhooks/${id}/secret/rotate`, { overlap_s: 604_801 })).status).toBe(
      422,
    );
  });

  it("are looked for by the object that sends, once they are deleted", async () => {
    const { ask, make, ann, woken } = await world();
    const { id } = await make(ann);
    expect((await ask(ann, "DELETE", `/webhooks/${id}`)).status).toBe(204);
    expect(woken).toEqual([id]);
    expect((await ask(ann, "DELETE", `/webhooks/${id}`)).status).toBe(404);
  });
});
