import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { generateSync } from "otplib";
import { expect, it } from "vitest";
import { z } from "zod";
import { storeActivity } from "../../../shared/activity/store-activity.ts";
import { hashPassword } from "../../../shared/auth/password/hash-password.ts";
import { ActivityInput } from "../../../shared/contracts/activity.ts";
import type { JobEnvelope } from "../../../shared/contracts/jobs.ts";
import { BuiltInActivityType } from "../../../shared/contracts/webhooks.ts";
import { notifications } from "../../../shared/db/schema/index.ts";
import { storeEvents } from "../../../shared/market/store-events.ts";
import { catalogueEntry, messageSchema } from "../../../shared/webhooks/catalogue.ts";
import { claimDeliveries } from "../../../shared/webhooks/claim-deliveries.ts";
import { exampleOfActivity } from "../../../shared/webhooks/examples.ts";
import { messageBody } from "../../../shared/webhooks/message-body.ts";
import { usersApp } from "../../../workers/users/app.ts";
import { accountApp } from "../../support/account-app.ts";
import { testCtx } from "../../support/ctx.ts";
import { type Backend, describeOnEachBackend } from "../../support/each-backend.ts";
import { aBatch, aFloor, aFlushEvent } from "../../support/flush.ts";
import { loginApp, OTHER_PASSWORD, PASSWORD } from "../../support/login-app.ts";
import { insertUser, insertWebhook } from "../../support/webhooks.ts";

const url = "https://hooks.example.com/";
const Message = z.looseObject({ type: z.string(), data: z.record(z.string(), z.unknown()) });

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);

/** Every message that waits for an endpoint, as it would be sent; each must be what the catalogue says of its type. */
async function sentTo(backend: Backend, webhook_id: string) {
  // Whatever clock the messages were written by; what was taken once is not taken again.
  const [now, leased_until] = [Date.parse("2090-01-01"), Date.parse("2091-01-01")];
  const request = { limit: 1000, now, leased_until, inherit: null };
  const { deliveries } = await claimDeliveries(backend.db, webhook_id, request);
  return deliveries.map((delivery) => {
    const message = Message.parse(JSON.parse(messageBody(delivery)));
    const entry = catalogueEntry(message.type);
    if (entry === undefined) throw new Error(`${message.type} is not in the catalogue`);
    const validate = ajv.compile(messageSchema(entry));
    validate(message);
    expect(validate.errors ?? [], message.type).toEqual([]);
    // Whatever is sent is described: nothing goes out that the schema leaves unsaid.
    expect(Object.keys(message.data).toSorted(), message.type).toEqual(Object.keys(entry.example).toSorted());
    return message;
  });
}

/** Somebody with a password, an endpoint that wants all about accounts, and what was put on the queue. */
async function world(backend: Backend) {
  const app = loginApp(backend);
  const { ctx } = app;
  const woken: string[] = [];
  ctx.deliveries = {
    send: async ({ job }: JobEnvelope) => {
      if (job.type === "deliver_webhooks") woken.push(...job.webhooks);
    },
  };
  const ann = await app.enter("trader", { password_hash: await hashPassword(ctx.config, PASSWORD) });
  const topics = [{ event_type: "user.*", collection: "*" }];
  const hook = await insertWebhook(backend.db, ctx.seal, { user_id: ann.id, url, topics });
  // An endpoint of somebody else hears nothing of it.
  const other = await insertWebhook(backend.db, ctx.seal, {
    user_id: await insertUser(backend.db),
    url,
    topics,
  });
  const ok = async (answer: Promise<{ status: number; body: Record<string, unknown> }>) => {
    const { status, body } = await answer;
    expect([status, body]).toEqual([expect.toSatisfy((code: number) => code < 300), body]);
    return body;
  };
  const told = async () => {
    await app.settled();
    expect(await sentTo(backend, other.id)).toEqual([]);
    expect(woken.splice(0)).toContain(hook.id);
    return sentTo(backend, hook.id);
  };
  const post = (path: string, body?: unknown) => ok(app.ask(ann, "POST", path, body));
  const enrol = async () => {
    const { secret } = await post("/auth/mfa/setup", { current_password: PASSWORD });
    const code = () => generateSync({ secret: String(secret), epoch: app.clock.now / 1000 });
    await post("/auth/mfa/activate", { code: code() });
    app.clock.now += 30_000;
    return code;
  };
  /** Of what happened to the account one was notified, in order. */
  const notified = async () =>
    (await backend.db.select().from(notifications).orderBy(notifications.created_at, notifications.id)).map(
      ({ user_id, kind, title }) => [user_id === ann.id, kind, title],
    );
  return { ...app, ann, hook, ok, post, told, enrol, notified };
}

describeOnEachBackend("what is offered to webhooks", (backend) => {
  it("is a log-in, by its session, with a second factor too", async () => {
    const { ann, clock, logIn, ok, told, enrol } = await world(backend);
    await ok(logIn(ann.email));
    expect(await told()).toMatchObject([
      { type: "user.logged_in", data: { user_id: ann.id, ip: "192.0.2.1", user_agent: "test" } },
    ]);
    const code = await enrol();
    await told();
    clock.now += 30_000;
    await ok(logIn(ann.email, PASSWORD, { code: code() }));
    expect(await told()).toMatchObject([{ type: "user.logged_in", data: { user_id: ann.id } }]);
  });

  it("is a password that was changed or reset", async () => {
    const { ann, post, told, settled, mailedToken, notified } = await world(backend);
    const changed = { type: "user.password_changed", data: { user_id: ann.id, ip: "192.0.2.1" } };
    await post("/auth/password/change", { current_password: PASSWORD, new_password: OTHER_PASSWORD });
    expect(await told()).toMatchObject([changed]);
    await post("/auth/password/forgot", { email: ann.email });
    await settled();
    const token = await mailedToken("reset_password", ann.email);
    await post("/auth/password/reset", { token, password: PASSWORD });
    expect(await told()).toMatchObject([changed]);
    const one = [true, "account.password_changed", "Your password was changed"];
    expect(await notified()).toEqual([one, one]);
  });

  it("is a second factor turned on and off; of an administrator who takes it away no address is told", async () => {
    const { ann, ctx, post, told, enrol, ok, notified } = await world(backend);
    const code = await enrol();
    const data = { user_id: ann.id, ip: "192.0.2.1" };
    expect(await told()).toMatchObject([{ type: "user.mfa_enabled", data }]);
    await post("/auth/mfa/disable", { code: code(), current_password: PASSWORD });
    expect(await told()).toMatchObject([{ type: "user.mfa_disabled", data }]);
    await enrol();
    await told();
    const office = accountApp(backend, usersApp);
    Object.assign(office.ctx, { deliveries: ctx.deliveries, later: ctx.later });
    const admin = await office.enter("admin");
    await ok(office.ask(admin, "POST", `/users/${ann.id}/mfa/reset`));
    expect(await told()).toMatchObject([{ type: "user.mfa_disabled", data: { ...data, ip: null } }]);
    const turned = (how: string) => [true, "account.mfa_changed", `Two-factor log-in was turned ${how}`];
    // The administrator's clock is another one.
    expect((await notified()).toSorted()).toEqual(["off", "off", "on", "on"].map(turned));
  });

  it("is a key that was made or rotated, never its text", async () => {
    const { ctx, post, told, notified } = await world(backend);
    const nothing = () => {
      throw new Error("not expected");
    };
    Object.assign(ctx.gates, { apiKey: () => ({ changed: async () => {}, check: nothing, watch: nothing }) });
    const made = await post("/api-keys", { name: "indexer", scopes: ["market:read"] });
    expect(await told()).toMatchObject([
      { type: "user.api_key_created", data: { api_key_id: made.id, name: "indexer", prefix: made.prefix } },
    ]);
    const next = await post(`/api-keys/${made.id}/rotate`, {});
    const sent = await told();
    expect(sent).toMatchObject([{ type: "user.api_key_created", data: { api_key_id: next.id } }]);
    expect(JSON.stringify(sent)).not.toContain(next.key);
    const one = [true, "account.api_key_created", "An API key was made: indexer"];
    expect(await notified()).toEqual([one, one]);
  });

  it("is activity of each built-in type", async () => {
    const ctx = testCtx({ db: backend.db, transact: backend.transact });
    const user_id = await insertUser(backend.db);
    const topics = [{ event_type: "activity.*", collection: "*" }];
    const { id } = await insertWebhook(backend.db, ctx.seal, { user_id, url, topics });
    const inputs = BuiltInActivityType.options.map((type) =>
      ActivityInput.parse({ type, data: exampleOfActivity(type).data, event_key: `key-${type}` }),
    );
    const { webhooks } = await ctx.transact((tx) => storeActivity(tx, ctx, user_id, inputs));
    expect(webhooks).toEqual([id]);
    const sent = await sentTo(backend, id);
    expect(sent.map(({ type }) => type).toSorted()).toEqual(
      BuiltInActivityType.options.map((type) => `activity.${type}`).toSorted(),
    );
  });

  it("is every kind of market event, and the floor that it moved", async () => {
    const { seal } = testCtx();
    const types = ["sale", "listing", "bid", "transfer", "floor_changed", "corrected"].map(
      (kind) => `market.${kind}`,
    );
    const topics = types.map((event_type) => ({ event_type, collection: "*" }));
    const { id } = await insertWebhook(backend.db, seal, {
      user_id: await insertUser(backend.db),
      url,
      topics,
    });
    const floor = { cause: "new_listing" as const, floor: aFloor() };
    const events = [
      await aFlushEvent(1),
      await aFlushEvent(2, { kind: "listing" }, { floor }),
      await aFlushEvent(3, { kind: "bid" }),
      await aFlushEvent(4, { kind: "transfer", price: null, currency: null }),
      await aFlushEvent(5, { price: "2", corrects: "ep_1-1" }),
    ];
    await storeEvents(backend.db, aBatch(events));
    const sent = await sentTo(backend, id);
    expect(new Set(sent.map(({ type }) => type))).toEqual(new Set(types));
  });
});
