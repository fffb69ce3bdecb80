import { expect, it } from "vitest";
import { readSilences } from "../../../shared/alerts/silences/read-silences.ts";
import { audit_log } from "../../../shared/db/schema/index.ts";
import { MOST_SILENCES } from "../../../workers/alerts/silences/create-silence.ts";
import { SilencePage } from "../../../workers/alerts/silences/schema.ts";
import { type Backend, describeOnEachBackend } from "../../support/each-backend.ts";
import { alertsWorld } from "./alerts-app.ts";

const HOUR = 3_600_000;

describeOnEachBackend("silences", (backend: Backend) => {
  async function world() {
    const app = alertsWorld(backend);
    const [ann, bob] = [await app.enter("trader"), await app.enter("trader")];
    const iso = (ms: number) => new Date(app.clock.now + ms).toISOString();
    const matchers = [{ label: "collection", operator: "~", value: "crypto*" }];
    const wanted = () => ({ matchers, ends_at: iso(HOUR) });
    const make = async (who = ann, given: Record<string, unknown> = {}) => {
      const { status, body } = await app.ask(who, "POST", "/silences", { ...wanted(), ...given });
      if (status !== 201) throw new Error(`not made: ${JSON.stringify(body)}`);
      return { ...body, id: String(body.id) };
    };
    const audited = async () =>
      (await backend.db.select().from(audit_log))
        .map(({ action }) => action)
        .filter((action) => action.startsWith("silence."));
    const list = async (query: string) =>
      SilencePage.parse((await app.ask(ann, "GET", `/silences?${query}`)).body);
    return { ...app, ann, bob, iso, wanted, make, audited, list };
  }

  it("begin at once, are shown, and wake what tells their user", async () => {
    const { ask, ann, wanted, woken, settled, ctx, audited } = await world();
    const asked = { ...wanted(), comment: "sweeping" };
    const made = await ask(ann, "POST", "/silences", asked);
    expect(made).toMatchObject({
      status: 201,
      body: { ...asked, state: "active", created_by: ann.id, starts_at: new Date(ctx.now()).toISOString() },
    });
    const id = String(made.body.id);
    expect(id).toMatch(/^sil_[0-9a-f]{32}$/);
    expect(made.headers.get("location")).toBe(`/api/v1/silences/${id}`);
    expect((await ask(ann, "GET", `/silences/${id}`)).body).toEqual(made.body);
    await settled();
    expect(woken).toEqual([`user:${ann.id}`]);
    expect(await readSilences(ctx.db, ann.id, ctx.now())).toEqual([
      { id, matchers: asked.matchers, ends_at: asked.ends_at },
    ]);
    expect(await audited()).toEqual(["silence.created"]);
  });

  it("last from their beginning to their end, and not at the end itself", async () => {
    const { make, ann, iso, ctx, clock, list } = await world();
    const { id } = await make(ann, { starts_at: iso(HOUR), ends_at: iso(2 * HOUR) });
    const start = Date.parse((await list("state=waiting")).data[0]?.starts_at ?? "");
    const lasting = async (at: number) => (await readSilences(ctx.db, ann.id, at)).length;
    expect(await lasting(start - 1)).toBe(0);
    expect(await lasting(start)).toBe(1);
    expect(await lasting(start + HOUR - 1)).toBe(1);
    expect(await lasting(start + HOUR)).toBe(0);
    clock.now = start;
    expect((await list("state=active")).data).toMatchObject([{ id, state: "active" }]);
    expect((await list("state=waiting")).data).toEqual([]);
    clock.now = start + HOUR;
    expect((await list("state=ended")).data).toMatchObject([{ id, state: "ended" }]);
    expect((await list("")).data).toHaveLength(1);
  });

  it("are made once for one Idempotency-Key", async () => {
    const { ask, ann, wanted, list } = await world();
    const body = wanted();
    const key = { "idempotency-key": "make-1" };
    const first = await ask(ann, "POST", "/silences", body, key);
    expect((await ask(ann, "POST", "/silences", body, key)).body).toEqual(first.body);
    expect((await list("")).data).toHaveLength(1);
  });

  it("name something: matchers that hold without their label are refused, each by its place", async () => {
    const { ask, ann, wanted } = await world();
    const everything = [
      { label: "colection", operator: "=", value: "" },
      { label: "level", operator: "~", value: "*" },
    ];
    for (const [path, body] of [
      ["/silences", { ...wanted(), matchers: everything }],
      ["/silences/preview", { matchers: everything }],
    ] as const)
      expect(await ask(ann, "POST", path, body)).toMatchObject({
        status: 422,
        body: {
          errors: [
            { pointer: "/matchers/0", message: expect.stringContaining('without a label "colection"') },
            { pointer: "/matchers/1" },
          ],
        },
      });
    const named = [...everything, { label: "collection", value: ["azuki", "cryptopunks"] }];
    expect((await ask(ann, "POST", "/silences", { ...wanted(), matchers: named })).status).toBe(201);
  });

  it("show the standing alerts that they hold for, before they are made and after", async () => {
    const { ask, ann, bob, wanted, makeRule, raise } = await world();
    const punks = { labels: { collection: "cryptopunks" } };
    const alert = await raise(ann, (await makeRule(ann)).id, punks);
    await raise(ann, (await makeRule(ann)).id, { labels: { collection: "azuki" } });
    await raise(bob, (await makeRule(bob)).id, punks);
    const hits = { count: 1, first: [{ id: alert, ...punks }] };
    const { matchers } = wanted();
    expect(await ask(ann, "POST", "/silences/preview", { matchers })).toMatchObject({
      status: 200,
      body: hits,
    });
    expect((await ask(ann, "POST", "/silences", wanted())).body).toMatchObject({ hits });
  });

  const one = { label: "collection", operator: "=", value: "x" };
  it.each([
    ["matchers", { matchers: [] }, ""],
    ["matchers", { matchers: Array.from({ length: 11 }, () => one) }, ""],
    ["matchers/0/label", { matchers: [{ ...one, label: "A b" }] }, "must be the name of a label"],
    ["matchers/0/operator", { matchers: [{ ...one, operator: "=~" }] }, "must be =, !=, ~ or !~"],
    ["matchers/0/value", { matchers: [{ ...one, value: "a\0" }] }, "must not hold NUL"],
    ["matchers/0/value", { matchers: [{ ...one, value: " ".repeat(501) }] }, "must be at most 500"],
    ["ends_at", { ends_at: "soon" }, "must be an ISO 8601 time"],
    ["ends_at", { ends_at: "2025-12-31T00:00:00Z" }, "must lie in the future"],
    ["ends_at", { ends_at: "2028-01-01T00:00:00Z" }, "a year from now"],
    [
      "ends_at",
      { starts_at: "2026-03-01T00:00:00Z", ends_at: "2026-02-01T00:00:00Z" },
      "must lie after starts_at, which is 2026-03-01T00:00:00.000Z",
    ],
    ["surprise", { surprise: 1 }, ""],
  ])("are refused for what is wrong in %s: %j", async (pointer, wrong, message) => {
    const { ask, ann, wanted } = await world();
    const refused = await ask(ann, "POST", "/silences", { ...wanted(), ...wrong });
    expect(refused.status).toBe(422);
    expect(refused.body.errors).toEqual([
      { pointer: `/${pointer}`, message: expect.stringContaining(message) },
    ]);
  });

  it("are as many as can be compared with every alert, however many are asked for at once", async () => {
    const { ask, make, ann, bob, wanted, list, clock } = await world();
    const { id } = await make();
    for (let made = 1; made < MOST_SILENCES - 1; made += 1) await make();
    const both = await Promise.all([
      ask(ann, "POST", "/silences", wanted()),
      ask(ann, "POST", "/silences", wanted()),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([201, 409]);
    expect(both.find(({ status }) => status === 409)?.body.detail).toBe(
      "There is room for 100 silences that are not over, and you have that many. End one first.",
    );
    await make(bob);
    expect((await ask(ann, "DELETE", `/silences/${id}`)).status).toBe(204);
    clock.now += 1;
    await make();
    expect((await list("state=ended")).data).toHaveLength(1);
  }, 60_000);

  it("are listed newest first, in pages, and a cursor belongs to its filter", async () => {
    const { ask, make, ann, bob, list } = await world();
    const ids: string[] = [];
    for (let made = 0; made < 3; made += 1) ids.unshift((await make()).id);
    await make(bob);
    const first = await list("limit=2");
    const rest = await list(`limit=2&cursor=${first.next_cursor}`);
    expect([...first.data, ...rest.data].map(({ id }) => id)).toEqual(ids);
    expect(rest.next_cursor).toBeNull();
    const other = await ask(ann, "GET", `/silences?state=active&cursor=${first.next_cursor}`);
    expect(other).toMatchObject({ status: 422, body: { errors: [{ pointer: "?cursor" }] } });
    expect(await ask(ann, "GET", "/silences?state=over")).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: "?state", message: "must be one of waiting, active, ended" }] },
    });
  });

  it("are changed in their end and comment, as long as they last", async () => {
    const { ask, make, ann, iso, audited, clock } = await world();
    const { id } = await make();
    const ends_at = iso(2 * HOUR);
    expect(await ask(ann, "PATCH", `/silences/${id}`, { ends_at, comment: "longer" })).toMatchObject({
      status: 200,
      body: { ends_at, comment: "longer" },
    });
    expect(await ask(ann, "PATCH", `/silences/${id}`, { comment: null })).toMatchObject({
      status: 200,
      body: { ends_at, comment: null },
    });
    for (const [body, pointer] of [
      [{}, ""],
      [{ ends_at: iso(-HOUR) }, "/ends_at"],
      [{ comment: null, matchers: [] }, "/matchers"],
    ] as const)
      expect(await ask(ann, "PATCH", `/silences/${id}`, body)).toMatchObject({
        status: 422,
        body: { errors: [{ pointer }] },
      });
    clock.now += 3 * HOUR;
    const late = await ask(ann, "PATCH", `/silences/${id}`, { ends_at: iso(HOUR) });
    expect(late).toMatchObject({ status: 409, body: { code: "conflict" } });
    expect(late.body.detail).toContain("Make another one");
    expect((await ask(ann, "PATCH", `/silences/${id}`, { comment: "was long" })).status).toBe(200);
    expect(await audited()).toEqual([
      "silence.created",
      "silence.changed",
      "silence.changed",
      "silence.changed",
    ]);
  });

  it("end when they are deleted, also before they began, and again does no harm", async () => {
    const { ask, make, ann, iso, audited, woken, settled, list, ctx } = await world();
    const { id } = await make();
    const waiting = await make(ann, { starts_at: iso(HOUR), ends_at: iso(2 * HOUR) });
    await settled();
    woken.length = 0;
    for (const each of [id, id, waiting.id])
      expect((await ask(ann, "DELETE", `/silences/${each}`)).status).toBe(204);
    await settled();
    expect(woken).toEqual([`user:${ann.id}`, `user:${ann.id}`]);
    expect((await list("state=ended")).data.map((silence) => silence.id)).toEqual([waiting.id, id]);
    expect(await readSilences(ctx.db, ann.id, ctx.now())).toEqual([]);
    expect((await audited()).filter((action) => action === "silence.ended")).toHaveLength(2);
  });

  it("do not exist for anybody else, nor for who may only read", async () => {
    const { ask, make, enter, bob, iso, audited } = await world();
    const { id } = await make();
    const calls: [string, unknown?][] = [["GET"], ["PATCH", { ends_at: iso(2 * HOUR) }], ["DELETE"]];
    for (const [method, body] of calls)
      expect(await ask(bob, method, `/silences/${id}`, body)).toMatchObject({
        status: 404,
        body: { detail: "You have no such silence." },
      });
    expect((await ask(bob, "GET", "/silences")).body).toEqual({ data: [], next_cursor: null });
    const viewer = await enter("viewer");
    expect((await ask(viewer, "GET", "/silences")).status).toBe(200);
    const refused = await ask(viewer, "DELETE", `/silences/${id}`);
    expect(refused).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(await audited()).toHaveLength(1);
  });
});
