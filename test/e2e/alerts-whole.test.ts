import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { Alert, AlertRule, AlertTransition } from "../../shared/contracts/alerts.ts";
import { startReplay } from "../scripts/replay/run-command.ts";
import { getJson, until } from "../support/api.ts";
import { DeviceClient } from "../support/devices.ts";
import { openPlatform } from "../support/platform.ts";
import { startReceiver, verifyByJudges } from "../support/receiver.ts";

const EMAIL = "nora@xsema.example";
const PASSWORD = "violet harbour sings quietly";

/** Half an hour passes in 24 seconds: time enough to be told by mail, and to acknowledge. */
const SPEED = 80;
/** An afternoon of 2021: the floor is 10, falls to 8.7 and 8.6 within minutes, and comes back. */
const HISTORY = [
  { at: "10:00", token: 1, price: "10" },
  { at: "10:30", token: 2, price: "10.4" },
  { at: "11:00", token: 3, price: "9.9" },
  { at: "11:20", token: 4, price: "8.7" },
  { at: "11:25", token: 5, price: "8.6" },
  { at: "11:50", token: 4, price: null },
  { at: "11:52", token: 5, price: null },
  { at: "12:00", token: 6, price: "11" },
].map(({ at, token, price }) => ({
  kind: price === null ? "cancel" : "listing",
  occurred_at: `2021-03-11T${at}:00Z`,
  token_id: String(token),
  order_id: `order-${token}`,
  ...(price !== null && { price, currency: "ETH" }),
}));

const Token = z.object({ access_token: z.string() });
const Mails = z.object({ data: z.array(z.object({ subject: z.string(), text: z.string() })) });
const Message = z.object({
  type: z.string(),
  timestamp: z.string(),
  data: z.record(z.string(), z.unknown()),
});

let platform: Platform;
let folder: string;
let authorization = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "alerts-whole-"));
  platform = await openPlatform({ vars: { REGISTRATION: "open" } });
});
afterAll(async () => {
  await platform?.stop();
  rmSync(folder, { recursive: true });
});

async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: {
      ...(authorization !== "" && { authorization }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} was answered with ${answer.status}: ${text}`);
  return text === "" ? null : JSON.parse(text);
}

const mails = async () =>
  Mails.parse(await getJson(`${platform.url}/dev/mailbox?to=${encodeURIComponent(EMAIL)}`)).data;
const mailed = async (subject: RegExp) => (await mails()).filter((mail) => subject.test(mail.subject));

const alertsOf = async (rule_id: string) =>
  z.object({ data: z.array(Alert) }).parse(await ask("GET", `/alerts?fired=true&rule_id=${rule_id}`)).data;

const transitionsOf = async (id: string) =>
  z.object({ transitions: z.array(AlertTransition) }).parse(await ask("GET", `/alerts/${id}`)).transitions;

async function register(): Promise<void> {
  await ask("POST", "/auth/register", { email: EMAIL, password: PASSWORD, name: "Nora" });
  const [mail] = await until(
    () => mailed(/Confirm/),
    ({ length }) => length > 0,
  );
  const [, token] = /[?&]token=([\w-]+)/.exec(mail?.text ?? "") ?? [];
  await ask("POST", "/auth/verify-email", { token, password: PASSWORD });
  const { access_token } = Token.parse(
    await ask("POST", "/auth/login", { email: EMAIL, password: PASSWORD }),
  );
  authorization = `Bearer ${access_token}`;
}

const replay = (file: string, ...flags: string[]) =>
  startReplay([file, "--collection", "harbour", "--url", platform.url, ...flags], platform.ingestKey).ended;

test("a new user's rule fires once over a replayed history, by every way, and resolves by itself", async () => {
  await register();
  const file = join(folder, "harbour.ndjson");
  writeFileSync(file, HISTORY.map((row) => JSON.stringify(row)).join("\n"));
  expect(await replay(file, "--to", "2021-03-11T11:05:00Z")).toMatchObject({ code: 0 });
  await until(
    () => fetch(`${platform.url}/api/v1/collections/harbour`),
    ({ status }) => status === 200,
  );

  const hook = await startReceiver();
  const device = new DeviceClient(platform.url, { authorization });
  try {
    const { secret } = z
      .object({ secret: z.string() })
      .parse(await ask("POST", "/webhooks", { url: hook.url, event_types: ["alert.*"] }));
    await device.connect({ kinds: ["alert"] });
    const fields = {
      name: "Harbour falls",
      metric: "market.floor",
      labels: { collection: "harbour" },
      condition: "change_percent",
      operator: "<=",
      threshold: "-10",
      window: "1h",
      group_wait: "0s",
    };
    const { id: rule_id } = AlertRule.parse(await ask("POST", "/alert-rules", fields));

    const rest = replay(file, "--from", "2021-03-11T11:05:00Z", "--speed", String(SPEED));
    const [fired] = await until(
      () => alertsOf(rule_id),
      ({ length }) => length > 0,
      { within: 30_000 },
    );
    expect(fired).toMatchObject({
      state: "active",
      value: "-13",
      message: "The floor of harbour fell by 13 % within 1h; the limit is -10 %.",
      started_at: "2021-03-11T11:20:00.000Z",
      fired_at: "2021-03-11T11:20:00.000Z",
    });
    // Who acknowledges before the mail needs none.
    const [mail] = await until(
      () => mailed(/Harbour falls/),
      ({ length }) => length > 0,
    );
    expect(mail?.subject).toBe("Harbour falls");
    expect(mail?.text).toContain("The floor of harbour fell by 13 % within 1h");
    expect(mail?.text).toContain(`${platform.url}/alerts`);
    const acknowledged = await ask("POST", `/alerts/${fired?.id}/acknowledge`, { comment: "Buying" });
    expect(acknowledged).toMatchObject({ state: "acknowledged", comment: "Buying" });

    expect(await rest).toMatchObject({ code: 0 });
    const [resolved, ...others] = await until(
      () => alertsOf(rule_id),
      ([alert]) => alert?.state === "resolved",
    );
    expect(others).toEqual([]);
    expect(resolved).toMatchObject({
      id: fired?.id,
      resolved_reason: "condition_cleared",
      resolved_at: "2021-03-11T11:52:00.000Z",
    });
    expect(await transitionsOf(resolved?.id ?? "")).toMatchObject([
      { from: null, to: "active", value: "-13", reason: "condition_met" },
      { from: "active", to: "acknowledged", comment: "Buying" },
      { from: "acknowledged", to: "resolved", reason: "condition_cleared" },
    ]);

    const seen = await device.has(3);
    expect(seen.map(({ kind, data }) => [kind, "state" in data ? data.state : null])).toEqual([
      ["alert", "active"],
      ["alert", "acknowledged"],
      ["alert", "resolved"],
    ]);
    const received = await until(
      () => hook.received,
      ({ length }) => length >= 3,
    );
    const messages = received.map((one) => Message.parse(verifyByJudges(secret, one)));
    expect(messages.map(({ type }) => type).toSorted()).toEqual([
      "alert.acknowledged",
      "alert.fired",
      "alert.resolved",
    ]);
    expect(messages.find(({ type }) => type === "alert.fired")).toMatchObject({
      timestamp: "2021-03-11T11:20:00.000Z",
      data: { id: fired?.id, rule_id, state: "active", value: "-13", labels: { collection: "harbour" } },
    });
    expect(await mailed(/Harbour falls/)).toEqual([mail]);

    // The same history gives the same, live or not.
    const preview = await ask("POST", "/alert-rules/preview", {
      ...fields,
      ...{ from: "2021-03-11T11:01:00Z", to: "2021-03-11T12:30:00Z" },
    });
    expect(preview).toMatchObject({
      count: 1,
      firings: [{ fired_at: fired?.fired_at, value: fired?.value, resolved_at: resolved?.resolved_at }],
    });
  } finally {
    device.cut();
    await hook.stop();
  }
});
