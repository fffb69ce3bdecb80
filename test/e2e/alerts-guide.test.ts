import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "alerts-guide-"));
  hook = await startReceiver();
  platform = await openPlatform({ vars: { MASTER_KEY } });
  person = await createPerson(platformCtx(platform));
  await list("old", "50", Date.now() - 2 * HOUR);
  await known("cryptopunks");
});
afterAll(async () => {
  await platform?.stop();
  await hook?.stop();
  rmSync(folder, { recursive: true });
});

async function list(key: string, price: string, at = Date.now()): Promise<void> {
  const occurred_at = new Date(at).toISOString();
  const about = { collection: "cryptopunks", token_id: key, order_id: key, event_key: key, occurred_at };
  await postEvents(platform, [{ ...about, kind: "listing", price, currency: "ETH" }]);
}

/** A reader's shell, in a folder of its own, where a refused request is an error, and replays go to this platform, fast. */
const SHELL = `set -e
curl() { command curl -sS --fail-with-body -w '\\n' "$@"; }
npm() { shift 3; "$NODE" "$PROJECT/scripts/replay.ts" "$@" --url "$XSEMA" --speed 3600; }
`;

/** What is printed by a block that a reader copies. */
async function shell(block: string, given: Record<string, string> = {}): Promise<string> {
  const env = {
    ...{ PATH: process.env.PATH, NODE: process.execPath, PROJECT: process.cwd() },
    ...{ XSEMA: platform.url, TOKEN: person.access_token, INGEST_API_KEY: platform.ingestKey },
    ...given,
  };
  return (await run("bash", ["-c", SHELL + block], { cwd: folder, env })).stdout;
}

/** The same, answer by answer. */
async function follow(block: string, given: Record<string, string> = {}): Promise<unknown[]> {
  const lines = (await shell(block, given)).trim().split("\n");
  return lines.map((line): unknown => JSON.parse(line));
}

const alertsWith = async (query: string) => {
  const answer = await fetch(`${platform.url}/api/v1/alerts?${query}`, { headers: person.headers });
  return z.object({ data: z.array(Alert) }).parse(await answer.json()).data;
};
const known = (slug: string) =>
  until(
    () => fetch(`${platform.url}/api/v1/collections/${slug}`),
    ({ status }) => status === 200,
  );

test("the requests of docs/alerts.md do what it says, one after the other", async () => {
  const [make, preview, look, first, rest, silence, webhook, ...others] = blocksIn("docs/alerts.md", "sh");
  expect(others).toEqual([]);
  const [hooked] = await follow(webhook ?? "", { HOOK: hook.url });
  const { secret } = z.object({ secret: z.string() }).parse(hooked);
  const [made] = await follow(make ?? "");
  const { id: rule_id } = AlertRule.parse(made);
  await list("cheap", "44");
  const data = await until(
    () => alertsWith("state=active"),
    ({ length }) => length > 0,
  );
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
  expect(await alertsWith("collection=cryptopunks")).toMatchObject([{ silenced_by: [id] }]);

  await shell(first ?? "");
  await known("falling");
  await follow(make?.replace("cryptopunks", "falling") ?? "");
  await shell(rest ?? "");
  const fell = await until(
    () => alertsWith("collection=falling"),
    ([alert]) => alert?.state === "resolved",
  );
  expect(fell).toMatchObject([
    { value: "-1", fired_at: "2021-03-11T11:20:00.000Z", resolved_reason: "condition_cleared" },
  ]);
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

test("the push that docs/metrics.md shows is taken whole", async () => {
  const push = blocksIn("docs/metrics.md", "sh").find((block) => block.includes("/metrics/push"));
  const made = await fetch(`${platform.url}/api/v1/api-keys`, {
    method: "POST",
    headers: { ...person.headers, "content-type": "application/json" },
    body: JSON.stringify({ name: "shop", scopes: ["metrics:push"] }),
  });
  const { key } = z.object({ key: z.string() }).parse(await made.json());
  const [answer] = await follow(push?.replace("https://xsema.example.com", platform.url) ?? "", {
    XSEMA_KEY: key,
  });
  expect(answer).toEqual({ accepted: 2, duplicate: 0, late: 0, rejected: [] });
});
