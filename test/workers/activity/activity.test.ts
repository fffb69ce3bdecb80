import { expect, test } from "vitest";
import type { UserEventInput } from "../../../shared/contracts/user-room.ts";
import { activity_days, audit_log, deliveries, messages } from "../../../shared/db/schema/index.ts";
import { activityApp } from "../../../workers/activity/app.ts";
import { accountApp } from "../../support/account-app.ts";
import { type Backend, describeOnEachBackend } from "../../support/each-backend.ts";
import { insertWebhook } from "../../support/webhooks.ts";

/** The routes over a real database, with rooms and queues that are lists. */
function anActivityApp(backend: Backend) {
  const app = accountApp(backend, activityApp);
  const told: { user_id: string; event: UserEventInput }[] = [];
  const woken: unknown[] = [];
  const work: Promise<unknown>[] = [];
  Object.assign(app.ctx, {
    rooms: {
      user: (user_id: string) => ({
        publish: async (events: UserEventInput[]) =>
          void told.push(...events.map((event) => ({ user_id, event }))),
      }),
    },
    deliveries: { send: async (message: unknown) => void woken.push(message) },
    later: (promise: Promise<unknown>) => void work.push(promise),
  });
  /** Sends a body as it is written. */
  const request = async (token: string, body: string) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await app.mounted.request("/activity", { method: "POST", headers, body });
    const parsed: unknown = await answer.json();
    return { status: answer.status, body: parsed };
  };
  return { ...app, request, told, woken, settled: () => Promise.all(work) };
}

const prospect = (given: Record<string, unknown> = {}) => ({
  type: "prospect_added",
  data: { prospect: "0xabc" },
  ...given,
});

describeOnEachBackend("activity", (backend) => {
  test("an event is kept, counted on its day and told to its user's devices", async () => {
    const { ask, enter, told, settled } = anActivityApp(backend);
    const ann = await enter("trader");
    const { status, body } = await ask(
      ann,
      "POST",
      "/activity",
      prospect({ occurred_at: "2025-12-31T23:30:00+01:00" }),
    );
    expect([status, body]).toEqual([
      201,
      expect.objectContaining({ type: "prospect_added", occurred_at: "2025-12-31T22:30:00.000Z" }),
    ]);
    await settled();
    expect(told).toEqual([
      {
        user_id: ann.id,
        event: { kind: "activity", id: body.id, at: "2025-12-31T22:30:00.000Z", data: body },
      },
    ]);
  });

  test("of a batch the good ones go in and the others are named", async () => {
    const { ask, enter, told, settled } = anActivityApp(backend);
    const ann = await enter("trader");
    const { status, body } = await ask(ann, "POST", "/activity", {
      events: [
        prospect(),
        prospect({ data: {} }),
        { type: "lead_won", data: {} },
        { type: "outreach_sent", data: { recipient: "x", channel: "mail", nul: "\0" } },
        prospect({ occurred_at: "2027-01-01T00:00:00Z" }),
        "nonsense",
        { type: "task_completed", data: { task: "t" } },
      ],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      accepted: 2,
      duplicate: 0,
      rejected: [
        { index: 1, errors: [{ pointer: "/data/prospect" }] },
        { index: 2, errors: [{ pointer: "/type" }] },
        { index: 3, errors: [{ pointer: "" }] },
        { index: 4, errors: [{ pointer: "/occurred_at" }] },
        { index: 5 },
      ],
      events: [{ index: 0 }, { index: 6 }],
    });
    await settled();
    expect(told.map(({ event }) => event.kind)).toEqual(["activity", "activity"]);
    expect((await ask(ann, "POST", "/activity", prospect({ data: {} }))).status).toBe(422);
    expect((await ask(ann, "POST", "/activity", [])).status).toBe(422);
    expect((await ask(ann, "POST", "/activity", { events: [] })).status).toBe(422);
  });

  test("the same event_key again changes nothing, in one batch and in the next", async () => {
    const { ask, enter, ctx, told, settled } = anActivityApp(backend);
    const [ann, bob] = [await enter("trader"), await enter("trader")];
    const events = [
      prospect({ event_key: "k1" }),
      prospect({ event_key: "k2" }),
      prospect({ event_key: "k1" }),
    ];
    const first = await ask(ann, "POST", "/activity", { events });
    expect(first.body).toMatchObject({ accepted: 2, duplicate: 1 });
    expect((await ask(ann, "POST", "/activity", { events })).body).toMatchObject({
      accepted: 0,
      duplicate: 3,
    });
    const again = await ask(
      ann,
      "POST",
      "/activity",
      prospect({ event_key: "k1", data: { prospect: "other" } }),
    );
    expect([again.status, again.body.data]).toEqual([200, { prospect: "0xabc" }]);
    expect((await ask(bob, "POST", "/activity", prospect({ event_key: "k1" }))).status).toBe(201);
    const days = await ctx.db.select().from(activity_days);
    expect(days.map(({ user_id, events: counted }) => [user_id, counted]).sort()).toEqual(
      [
        [ann.id, 2],
        [bob.id, 1],
      ].sort(),
    );
    await settled();
    expect(told).toHaveLength(3);
  });

  test("batches with the same keys at once are counted once", async () => {
    const { ask, enter, ctx } = anActivityApp(backend);
    const ann = await enter("trader");
    const events = Array.from({ length: 20 }, (_, i) => prospect({ event_key: `k${i}` }));
    const answers = await Promise.all(
      [events, [...events].reverse(), events].map((batch) =>
        ask(ann, "POST", "/activity", { events: batch }),
      ),
    );
    expect(answers.reduce((sum, { body }) => sum + Number(body.accepted), 0)).toBe(20);
    expect((await ctx.db.select().from(activity_days)).map((row) => row.events)).toEqual([20]);
  });

  test("webhooks are offered what is new, in its own transaction", async () => {
    const { ask, enter, ctx, woken, settled } = anActivityApp(backend);
    const [ann, bob] = [await enter("trader"), await enter("trader")];
    const topics = [{ event_type: "activity.prospect_added", collection: "*" }];
    const hook = await insertWebhook(ctx.db, ctx.seal, { user_id: ann.id, url: "https://a.example", topics });
    for (const person of [ann, bob, ann])
      await ask(person, "POST", "/activity", prospect({ event_key: "once" }));
    await settled();
    expect(await ctx.db.select({ type: messages.type, user_id: messages.user_id }).from(messages)).toEqual([
      { type: "activity.prospect_added", user_id: ann.id },
    ]);
    expect((await ctx.db.select().from(deliveries)).map((row) => row.webhook_id)).toEqual([hook.id]);
    expect(woken).toMatchObject([{ job: { type: "deliver_webhooks", webhooks: [hook.id] } }]);
  });

  test("a registered type takes what its schema lets pass, of its owner only", async () => {
    const { ask, enter, ctx } = anActivityApp(backend);
    const [ann, bob] = [await enter("trader"), await enter("trader")];
    const type = {
      name: "lead_won",
      schema: { type: "object", required: ["deal"], properties: { deal: { type: "string" } } },
    };
    expect((await ask(ann, "POST", "/activity-types", type)).body).toMatchObject({
      name: "lead_won",
      event_type: "activity.lead_won",
    });
    expect((await ask(ann, "POST", "/activity-types", type)).status).toBe(409);
    expect((await ask(ann, "POST", "/activity-types", { ...type, name: "task_completed" })).status).toBe(409);
    const bad = await ask(ann, "POST", "/activity-types", {
      name: "x",
      schema: { properties: { a: { pattern: "(a+)+" } } },
    });
    expect([bad.status, bad.body.errors]).toEqual([
      422,
      [expect.objectContaining({ pointer: "/schema/properties/a" })],
    ]);
    const won = { type: "lead_won", data: { deal: "d-1" } };
    expect((await ask(ann, "POST", "/activity", won)).status).toBe(201);
    expect((await ask(ann, "POST", "/activity", { ...won, data: { deal: 1 } })).body.errors).toMatchObject([
      { pointer: "/data/deal" },
    ]);
    expect((await ask(bob, "POST", "/activity", won)).status).toBe(422);
    const names = async (who: typeof ann) => JSON.stringify((await ask(who, "GET", "/activity-types")).body);
    expect(await names(ann)).toContain("lead_won");
    expect(await names(bob)).not.toContain("lead_won");
    expect((await ctx.db.select().from(audit_log)).map((row) => row.action)).toEqual([
      "activity_type.created",
    ]);
  });

  test("the list is filtered and paged without a hole or a double, and is one's own", async () => {
    const { ask, enter } = anActivityApp(backend);
    const [ann, bob] = [await enter("trader"), await enter("trader")];
    const events = Array.from({ length: 7 }, (_, i) =>
      prospect({ occurred_at: `2025-12-0${1 + (i % 3)}T00:00:00Z`, event_key: `k${i}` }),
    );
    await ask(ann, "POST", "/activity", {
      events: [...events, { type: "task_completed", data: { task: "t" } }],
    });
    const seen: unknown[] = [];
    let cursor = "";
    do {
      const { body } = await ask(ann, "GET", `/activity?type=prospect_added&limit=2${cursor}`);
      const data: unknown[] = Array.isArray(body.data) ? body.data : [];
      seen.push(...data.map((event) => JSON.stringify(event)));
      cursor = body.next_cursor === null ? "" : `&cursor=${body.next_cursor}`;
    } while (cursor !== "");
    expect([seen.length, new Set(seen).size]).toEqual([7, 7]);
    const span = await ask(ann, "GET", "/activity?from=2025-12-02T00:00:00Z&to=2025-12-03T00:00:00Z");
    expect(span.body.data).toHaveLength(2);
    expect((await ask(bob, "GET", "/activity")).body.data).toEqual([]);
    expect((await ask(ann, "GET", "/activity?typ=x")).status).toBe(422);
    expect((await ask(await enter("viewer"), "POST", "/activity", prospect())).status).toBe(403);
  });

  test("a type may be called like something that every object has", async () => {
    const { ask, enter } = anActivityApp(backend);
    const ann = await enter("trader");
    const type = { name: "constructor", schema: { type: "object" } };
    expect(await ask(ann, "POST", "/activity-types", type)).toMatchObject({ status: 201 });
    expect(await ask(ann, "POST", "/activity", { type: "constructor", data: {} })).toMatchObject({
      status: 201,
      body: { type: "constructor" },
    });
  });

  test("data that its type's schema would look at half a million times is refused, not a fault of ours", async () => {
    const { ask, enter } = anActivityApp(backend);
    const ann = await enter("trader");
    const items = { allOf: Array.from({ length: 490 }, () => ({ type: "string" })) };
    const schema = { type: "object", properties: { list: { items } } };
    await ask(ann, "POST", "/activity-types", { name: "bomb", schema });
    const list = Array.from({ length: 1000 }, () => 0);
    const answer = await ask(ann, "POST", "/activity", { type: "bomb", data: { list } });
    expect(answer).toMatchObject({
      status: 422,
      body: {
        errors: [{ pointer: "/data", message: expect.stringContaining("more than 5000 comparisons") }],
      },
    });
  });

  test("whole numbers that a float does not hold are refused, and so is a name that no object holds", async () => {
    const { enter, tokenOf, request } = anActivityApp(backend);
    const ann = await enter("trader");
    const token = await tokenOf(ann);
    const send = (data: string) => request(token, `{"type":"task_completed","data":{"task":"t",${data}}}`);
    expect(await send('"n":9007199254740993')).toMatchObject({
      status: 422,
      body: { errors: [{ message: expect.stringContaining("send them as text") }] },
    });
    expect(await send('"n":[{"m":-12345678901234567890}]')).toMatchObject({ status: 422 });
    expect(await send('"__proto__":{"a":1}')).toMatchObject({ status: 400 });
    expect(await send('"\\u005f_proto__":1')).toMatchObject({ status: 400 });
    expect(await send('"n":9007199254740991,"text":"9007199254740993","f":1e300')).toMatchObject({
      status: 201,
      body: { data: { n: 9007199254740991, text: "9007199254740993", f: 1e300 } },
    });
  });
});
