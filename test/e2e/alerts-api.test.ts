import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { Alert, AlertRule, Silence } from "../../shared/contracts/alerts.ts";
import { postEvents, until } from "../support/api.ts";
import { createPerson, MASTER_KEY, type Person, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";

const Problem = z.object({
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string(), message: z.string() })),
});
const Alerts = z.object({ data: z.array(Alert), next_cursor: z.string().nullable() });

let platform: Platform;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  platform = await openPlatform({ vars: { MASTER_KEY } });
  const ctx = platformCtx(platform);
  [ann, bob] = [await createPerson(ctx), await createPerson(ctx)];
  await list("punks", "first", "10");
  await until(
    async () => (await ask(ann.headers, "GET", "/collections/punks")).status,
    (status) => status === 200,
  );
});
afterAll(() => platform.stop());

async function list(collection: string, key: string, price: string): Promise<void> {
  const occurred_at = new Date().toISOString();
  const event = { event_key: key, kind: "listing", collection, token_id: key, price, currency: "ETH" };
  await postEvents(platform, [{ ...event, order_id: key, occurred_at }]);
}

async function ask(
  headers: Record<string, string>,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown; headers: Headers }> {
  const answer = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? null : JSON.parse(text), headers: answer.headers };
}

/** A key of ann's with these scopes, as a header. */
async function keyOf(...scopes: string[]): Promise<{ authorization: string }> {
  const made = await ask(ann.headers, "POST", "/api-keys", { name: scopes.join(" "), scopes });
  const { key } = z.object({ key: z.string() }).parse(made.body);
  return { authorization: `Bearer ${key}` };
}

const A_RULE = {
  name: "Cheap punks",
  metric: "market.floor",
  labels: { collection: "punks" },
  operator: "<",
  threshold: "9",
};

test("a key does with alerts what its scopes name, and rules on the market need that scope too", async () => {
  const [reads, writes, both] = [
    await keyOf("alerts:read"),
    await keyOf("alerts:read", "alerts:write"),
    await keyOf("alerts:write", "market:read"),
  ];
  expect((await ask(reads, "GET", "/alert-rules")).status).toBe(200);
  expect((await ask(reads, "POST", "/alert-rules", A_RULE)).status).toBe(403);
  const refused = await ask(writes, "POST", "/alert-rules", A_RULE);
  expect(refused.status).toBe(403);
  expect(Problem.parse(refused.body).detail).toContain('This key has no scope "market:read"');
  const made = await ask(both, "POST", "/alert-rules", { ...A_RULE, enabled: false });
  expect(made.status).toBe(201);
  const { id } = AlertRule.parse(made.body);
  expect((await ask(bob.headers, "GET", `/alert-rules/${id}`)).status).toBe(404);
  expect((await ask(writes, "DELETE", `/alert-rules/${id}`)).status).toBe(204);
});

test("what is wrong with a rule is said at its fields", async () => {
  const wrong = { ...A_RULE, labels: { collection: "punkz" } };
  const refused = await ask(ann.headers, "POST", "/alert-rules", wrong);
  expect(refused.status).toBe(422);
  expect(Problem.parse(refused.body).errors).toEqual([
    { pointer: "/labels/collection", message: expect.stringContaining('there is no collection "punkz"') },
  ]);
});

test("a rule is made once for its key, and changed by one of two who read the same", async () => {
  const headers = { ...ann.headers, "idempotency-key": "once" };
  const rule = { ...A_RULE, enabled: false };
  const [first, again] = [
    await ask(headers, "POST", "/alert-rules", rule),
    await ask(headers, "POST", "/alert-rules", rule),
  ];
  expect(again.body).toEqual(first.body);
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  const { id } = AlertRule.parse(first.body);
  const change = (threshold: string) =>
    ask({ ...ann.headers, "if-match": '"1"' }, "PATCH", `/alert-rules/${id}`, { threshold });
  const statuses = (await Promise.all([change("8"), change("7")])).map(({ status }) => status);
  expect(statuses.toSorted()).toEqual([200, 412]);
  expect((await ask(ann.headers, "DELETE", `/alert-rules/${id}`)).status).toBe(204);
});

test("an alert fires, is held back by a silence, acknowledged and ended by hand, and shows how it came", async () => {
  const made = await ask(ann.headers, "POST", "/alert-rules", A_RULE);
  const { id: rule_id } = AlertRule.parse(made.body);
  await list("punks", "cheap", "8");
  const { data } = await until(
    async () => Alerts.parse((await ask(ann.headers, "GET", `/alerts?rule_id=${rule_id}`)).body),
    ({ data: [alert] }) => alert?.state === "active",
  );
  expect(data).toMatchObject([{ metric: "market.floor", value: "8", labels: { collection: "punks" } }]);
  const id = data[0]?.id;
  expect((await ask(bob.headers, "GET", `/alerts/${id}`)).status).toBe(404);
  expect((await ask(bob.headers, "POST", `/alerts/${id}/acknowledge`)).status).toBe(404);

  const silence = await ask(ann.headers, "POST", "/silences", {
    matchers: [{ label: "collection", operator: "~", value: "pu*" }],
    ends_at: new Date(Date.now() + 3_600_000).toISOString(),
  });
  const silenced = await ask(ann.headers, "GET", `/alerts/${id}`);
  expect(Alert.parse(silenced.body).silenced_by).toEqual([Silence.parse(silence.body).id]);

  const acknowledged = await ask(ann.headers, "POST", `/alerts/${id}/acknowledge`, { comment: "Buying" });
  expect(acknowledged.body).toMatchObject({ state: "acknowledged", comment: "Buying" });
  expect((await ask(ann.headers, "POST", `/alerts/${id}/acknowledge`)).status).toBe(200);
  expect((await ask(ann.headers, "POST", `/alerts/${id}/resolve`)).body).toMatchObject({
    state: "resolved",
    resolved_reason: "resolved_by_hand",
  });
  const late = await ask(ann.headers, "POST", `/alerts/${id}/acknowledge`);
  expect([late.status, Problem.parse(late.body).code]).toEqual([409, "conflict"]);
  expect((await ask(ann.headers, "GET", `/alerts/${id}`)).body).toMatchObject({
    transitions: [
      { from: null, to: "active", value: "8", reason: "condition_met" },
      { from: "active", to: "acknowledged", actor: ann.user_id, comment: "Buying" },
      { from: "acknowledged", to: "resolved", reason: "resolved_by_hand" },
    ],
  });
});

test("a preview says when a rule would have fired over what was ingested", async () => {
  await until(
    async () => (await ask(ann.headers, "POST", "/alert-rules/preview", A_RULE)).body,
    (body) => z.object({ count: z.number() }).safeParse(body).data?.count === 1,
  );
});
