import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { Alert, AlertRule, AlertRuleFields, Silence } from "../../shared/contracts/alerts.ts";
import { AlertData } from "../../shared/contracts/webhook-data.ts";
import { postEvents, until } from "../support/api.ts";
import { blocksIn } from "../support/guide.ts";
import { createPerson, MASTER_KEY, type Person, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";
import { type Receiver, startReceiver, verifyByJudges } from "../support/receiver.ts";

const HOUR = 3_600_000;
const run = promisify(execFile);

let platform: Platform;
let person: Person;
let hook: Receiver;

beforeAll(async () => {
  hook = await startReceiver();
  platform = await openPlatform({ vars: { MASTER_KEY } });
  person = await createPerson(platformCtx(platform));
  await list("old", "50", Date.now() - 2 * HOUR);
  await until(
    () => fetch(`${platform.url}/api/v1/collections/cryptopunks`),
    ({ status }) => status === 200,
  );
});
afterAll(async () => {
  await platform?.stop();
  await hook?.stop();
});

async function list(key: string, price: string, at = Date.now()): Promise<void> {
  const occurred_at = new Date(at).toISOString();
  const about = { collection: "cryptopunks", token_id: key, order_id: key, event_key: key, occurred_at };
  await postEvents(platform, [{ ...about, kind: "listing", price, currency: "ETH" }]);
}

/** What a reader's shell makes of a block, answer by answer; a request that is refused fails it. */
async function follow(block: string, given: Record<string, string> = {}): Promise<unknown[]> {
  const shell = `set -e\ncurl() { command curl -sS --fail-with-body -w '\\n' "$@"; }\n${block}`;
  const env = { PATH: process.env.PATH, XSEMA: platform.url, TOKEN: person.access_token, ...given };
  const { stdout } = await run("bash", ["-c", shell], { env });
  return stdout
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
}

test("the requests of docs/alerts.md do what it says, one after the other", async () => {
  const [make, preview, look, silence, webhook, ...others] = blocksIn("docs/alerts.md", "sh");
  expect(others).toEqual([]);
  const [hooked] = await follow(webhook ?? "", { HOOK: hook.url });
  const { secret } = z.object({ secret: z.string() }).parse(hooked);
  const [made] = await follow(make ?? "");
  const { id: rule_id } = AlertRule.parse(made);
  await list("cheap", "44");
  const headers = person.headers;
  const found = await until(
    async () => (await fetch(`${platform.url}/api/v1/alerts?state=active`, { headers })).json(),
    (page) => z.object({ data: z.array(Alert).min(1) }).safeParse(page).success,
  );
  const { data } = z.object({ data: z.array(Alert) }).parse(found);
  expect(data).toMatchObject([{ rule_id, value: "-12" }]);
  const [listed, acknowledged, detail] = await follow(look ?? "", {
    RULE: rule_id,
    ALERT: data[0]?.id ?? "",
  });
  expect(listed).toMatchObject({ data: [{ id: data[0]?.id, state: "active" }] });
  expect(acknowledged).toMatchObject({ state: "acknowledged", comment: "Buying" });
  expect(detail).toMatchObject({ transitions: [{ reason: "condition_met" }, { reason: "acknowledged" }] });
  const [tried] = await follow(preview ?? "");
  expect(tried).toMatchObject({ count: 1, firings: [{ value: "-12", resolved_at: null }] });

  const [fired] = await until(
    () => hook.received,
    ({ length }) => length > 0,
  );
  const told = z.object({ type: z.string(), data: z.strictObject(AlertData.shape) });
  expect(told.parse(fired && verifyByJudges(secret, fired))).toMatchObject({
    type: "alert.fired",
    data: { rule_id, state: "active", value: "-12" },
  });

  const [silenced] = await follow(silence ?? "", { UNTIL: new Date(Date.now() + HOUR).toISOString() });
  const { id } = Silence.parse(silenced);
  const alert = await (await fetch(`${platform.url}/api/v1/alerts/${data[0]?.id}`, { headers })).json();
  expect(Alert.parse(alert).silenced_by).toEqual([id]);
});

test("the rules that docs/alerts.md shows can be posted as they stand", async () => {
  const [, ...rules] = blocksIn("docs/alerts.md", "json");
  for (const rule of rules) {
    const answer = await fetch(`${platform.url}/api/v1/alert-rules`, {
      method: "POST",
      headers: { ...person.headers, "content-type": "application/json" },
      body: rule,
    });
    expect({ rule, status: answer.status }).toEqual({ rule, status: 201 });
    const made = AlertRule.parse(await answer.json());
    expect(made).toMatchObject(AlertRuleFields.parse(JSON.parse(rule)));
  }
});
