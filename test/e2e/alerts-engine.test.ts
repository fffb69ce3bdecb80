import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { Alert, AlertTransition } from "../../shared/contracts/alerts.ts";
import { postEvents, until } from "../support/api.ts";
import { createPerson, MASTER_KEY, type Person, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";

const MINUTE = 60_000;

let platform: Platform;
let ann: Person;

beforeAll(async () => {
  platform = await openPlatform({ vars: { MASTER_KEY } });
  ann = await createPerson(platformCtx(platform));
});
afterAll(() => platform.stop());

async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: { ...ann.headers, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} was answered with ${answer.status}: ${text}`);
  return JSON.parse(text);
}

/** A listing, or with `price: null` its end. */
async function list(key: string, price: string | null, occurred_at = Date.now()): Promise<void> {
  const about = {
    collection: "punks",
    token_id: key,
    order_id: key,
    occurred_at: new Date(occurred_at).toISOString(),
  };
  const event =
    price === null
      ? { ...about, event_key: `${key}-end`, kind: "cancel" }
      : { ...about, event_key: key, kind: "listing", price, currency: "ETH" };
  await postEvents(platform, [event]);
}

const readAlerts = async () => z.object({ data: z.array(Alert) }).parse(await ask("GET", "/alerts")).data;

test("a floor that falls by 12 % within the hour raises one alert, which resolves by itself", async () => {
  await list("old", "50", Date.now() - 90 * MINUTE);
  const rule = {
    name: "Punks fall",
    metric: "market.floor",
    labels: { collection: "punks" },
    condition: "change_percent",
    operator: "<=",
    threshold: "-10",
    window: "1h",
  };
  await until(
    async () => fetch(`${platform.url}/api/v1/collections/punks`, { headers: ann.headers }),
    ({ status }) => status === 200,
  );
  await ask("POST", "/alert-rules", rule);
  await list("cheap", "44");
  const [fired] = await until(readAlerts, (alerts) => alerts.length > 0);
  expect(fired).toMatchObject({
    state: "active",
    value: "-12",
    message: "The floor of punks fell by 12 % within 1h; the limit is -10 %.",
  });
  // Further down is the same alert.
  await list("cheaper", "43");
  await list("cheaper", null);
  await list("cheap", null);
  const alerts = await until(readAlerts, ([alert]) => alert?.state === "resolved");
  expect(alerts).toMatchObject([{ id: fired?.id, value: "0", resolved_reason: "condition_cleared" }]);
  const { transitions } = z
    .object({ transitions: z.array(AlertTransition) })
    .parse(await ask("GET", `/alerts/${fired?.id}`));
  expect(transitions).toMatchObject([
    { number: 1, from: null, to: "active", value: "-12" },
    { number: 2, from: "active", to: "resolved", value: "0" },
  ]);
});
