import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { findPort } from "../../scripts/local/ports.ts";
import { historyPath, startReplay } from "../scripts/replay/run-command.ts";
import { countStored, getJson, postEvents, rawSales, until } from "../support/api.ts";
import { type Receiver, receiverIn, startReceiver } from "../support/guide.ts";
import { createPerson, MASTER_KEY, type Person, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";

const Json = z.record(z.string(), z.unknown());
const Made = z.object({ id: z.string(), secret: z.string() });
const Delivery = z.object({
  status: z.string(),
  attempt_log: z.array(
    z.object({
      response_status: z.number().nullable(),
      request_headers: z.record(z.string(), z.string()),
      request_body: z.string(),
    }),
  ),
});

let platform: Platform;
let folder: string;
let person: Person;
let port: number;
let webhook: z.output<typeof Made>;
let receiver: Receiver;

async function ask(method: string, path: string, body?: unknown) {
  const answer = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: { ...person.headers, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} was answered with ${answer.status}: ${text}`);
  return Json.parse(JSON.parse(text));
}

/** The receiver that docs/webhooks.md gives, as a process that knows nothing of the one before it. */
const start = () =>
  startReceiver([process.execPath, "receive.mjs"], { port, secret: webhook.secret, cwd: folder });

/** Message ids and token ids that a receiver has taken. */
const taken = () =>
  receiver.lines().map((line) => {
    const [id = "", type = "", ...rest] = line.split(" ");
    const { collection, token_id } = Json.parse(JSON.parse(rest.join(" ")));
    return { id, type, collection, token_id };
  });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "webhook-api-"));
  writeFileSync(join(folder, "receive.mjs"), receiverIn("js"));
  platform = await openPlatform({ vars: { MASTER_KEY } });
  person = await createPerson(platformCtx(platform));
  port = await findPort();
  const wanted = { url: `http://127.0.0.1:${port}/`, event_types: ["market.sale"] };
  webhook = Made.parse(await ask("POST", "/webhooks", wanted));
  receiver = await start();
});
afterAll(async () => {
  await receiver?.stop();
  await platform?.stop();
  rmSync(folder, { recursive: true });
});

test("a test message arrives and verifies, and what was sent can be checked offline", async () => {
  const { delivery_id } = await ask("POST", `/webhooks/${webhook.id}/test`);
  const delivery = await until(
    async () => Delivery.parse(await ask("GET", `/deliveries/${delivery_id}`)),
    ({ status }) => status !== "pending",
  );
  expect(delivery).toMatchObject({ status: "delivered", attempt_log: [{ response_status: 204 }] });
  const [attempt] = delivery.attempt_log;
  const [headers, body] = [join(folder, "headers.json"), join(folder, "body.json")];
  writeFileSync(headers, JSON.stringify(attempt?.request_headers));
  writeFileSync(body, attempt?.request_body ?? "");
  const files = ["--headers", headers, "--body", body, "--secret", webhook.secret];
  const checked = spawnSync(process.execPath, ["scripts/webhook-verify.mjs", ...files], { encoding: "utf8" });
  expect(checked.stdout).toBe("It verifies.\n");
});

test("a consumer gets the live sales of a replayed collection, restarts, and replays what it missed", async () => {
  const before = new Date().toISOString();
  const file = historyPath("cryptopunks-2017.csv");
  const replay = startReplay([file, "--collection", "punks", "--url", platform.url], platform.ingestKey);
  expect(await replay.ended).toMatchObject({ code: 0 });
  const sales = () =>
    taken().filter(({ collection, type }) => collection === "punks" && type === "market.sale");
  const live = await until(sales, (lines) => lines.length === 250, { within: 60_000 });
  expect(new Set(live.map(({ id }) => id)).size).toBe(250);

  await receiver.stop();
  const since = new Date().toISOString();
  await postEvents(platform, rawSales("punks", "missed", 40, 100_001));
  await until(
    () => countStored(platform, "punks"),
    ({ n }) => n === 290,
  );
  // As if the downtime had outlasted every attempt.
  await ask("POST", `/webhooks/${webhook.id}/disable`);
  receiver = await start();
  await ask("POST", `/webhooks/${webhook.id}/enable`);
  expect(await ask("POST", `/webhooks/${webhook.id}/replay`, { since })).toMatchObject({ count: 40 });
  const missed = await until(sales, (lines) => lines.length >= 40, { within: 90_000 });
  expect(new Set(missed.map(({ token_id }) => token_id))).toEqual(
    new Set(Array.from({ length: 40 }, (_, index) => String(100_001 + index))),
  );

  // One that lost what it had gets all of it again, under the ids of the first time.
  await receiver.stop();
  receiver = await start();
  const again = { since: before, until: since };
  expect(await ask("POST", `/webhooks/${webhook.id}/replay`, again)).toMatchObject({ count: 250 });
  const repeated = await until(sales, (lines) => lines.length === 250, { within: 90_000 });
  expect(new Set(repeated.map(({ id }) => id))).toEqual(new Set(live.map(({ id }) => id)));
});

test("the catalogue and the OpenAPI document describe what arrives", async () => {
  const { data } = z.object({ data: z.array(Json) }).parse(await ask("GET", "/webhook-events"));
  const document = Json.parse(await getJson(`${platform.url}/api/openapi.json`));
  expect(Object.keys(Json.parse(document.webhooks)).toSorted()).toEqual(
    data.map(({ type }) => type).toSorted(),
  );
  expect(data.find(({ type }) => type === "market.sale")).toMatchObject({
    schema: { type: "object", properties: { type: { const: "market.sale" } } },
    example: { type: "market.sale", data: { kind: "sale" } },
  });
});
