import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { newPushKey } from "../../scripts/local/dev-vars.ts";
import type { Platform } from "../../scripts/local/platform.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { getJson, until } from "../support/api.ts";
import { createPerson, MASTER_KEY, type Person, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";
import { type PushService, startPushService, verifyVapid } from "../support/push-service.ts";
import { startReceiver, verifyByJudges } from "../support/receiver.ts";
import { CHROMIUM, launchBrowser, openPage } from "../web/support/browser.ts";

const Mails = z.object({ data: z.array(z.object({ subject: z.string(), text: z.string() })) });
const Listed = z.object({ data: z.array(z.object({ id: z.string(), title: z.string() })) });
const Key = z.object({ application_server_key: z.string() });

let platform: Platform;
let ctx: Ctx;
let service: PushService;
let admin: Person;

beforeAll(async () => {
  service = await startPushService();
  platform = await openPlatform({
    buildWeb: CHROMIUM !== undefined,
    vars: { MASTER_KEY, VAPID_PRIVATE_KEY: newPushKey(), VAPID_CONTACT: "mailto:ops@example.com" },
  });
  ctx = platformCtx(platform);
  admin = await createPerson(ctx, { role: "admin" });
});
afterAll(async () => {
  await platform?.stop();
  await service?.stop();
});

async function ask(who: Person, method: string, path: string, body?: unknown) {
  const answer = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: { ...who.headers, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? null : JSON.parse(text) };
}

const broadcast = (cause: string, given: Record<string, unknown> = {}) =>
  ask(admin, "POST", "/notifications/broadcast", {
    ...{ cause, title: `Maintenance: ${cause}`, body: "At noon, for an hour.", ...given },
  });

/** What the mailbox has for an address. */
async function mailsTo({ email }: Person) {
  const { data } = Mails.parse(await getJson(`${platform.url}/dev/mailbox?to=${encodeURIComponent(email)}`));
  return data.map(({ subject }) => subject);
}

async function subscribe(who: Person) {
  const browser = service.subscribe();
  const { status } = await ask(who, "POST", "/push-subscriptions", browser.subscription);
  expect(status).toBe(201);
  return browser;
}

test("a broadcast reaches list, mailbox, browser and webhook of a viewer, once each, and all of it verifies", async () => {
  const vic = await createPerson(ctx, { role: "viewer" });
  const trader = await createPerson(ctx, { role: "trader" });
  const hook = await startReceiver();
  try {
    const made = await ask(trader, "POST", "/webhooks", {
      url: hook.url,
      event_types: ["notification.created"],
    });
    expect(made.status).toBe(201);
    const browser = await subscribe(vic);
    expect((await broadcast("one")).status).toBe(202);
    expect((await broadcast("one")).status).toBe(202);
    const [pushed] = await until(
      async () => browser.pushed,
      (all) => all.length > 0,
      { within: 20_000 },
    );
    expect(pushed?.message).toMatchObject({ kind: "broadcast", title: "Maintenance: one", level: "info" });
    const claims = await verifyVapid(pushed?.headers.authorization, new Date());
    const { body } = await ask(vic, "GET", "/push-key");
    expect(claims).toMatchObject({
      aud: service.url,
      sub: "mailto:ops@example.com",
      key: Key.parse(body).application_server_key,
    });
    await until(
      () => mailsTo(vic),
      (subjects) => subjects.includes("Maintenance: one"),
      { within: 20_000 },
    );
    const [got] = await until(
      async () => hook.received,
      (all) => all.length > 0,
      { within: 20_000 },
    );
    const message = got === undefined ? null : verifyByJudges(made.body.secret, got);
    expect(message).toMatchObject({
      type: "notification.created",
      data: { kind: "broadcast", title: "Maintenance: one" },
    });
    const [listed] = Listed.parse((await ask(vic, "GET", "/notifications")).body).data;
    expect(listed).toMatchObject({ id: pushed?.message.id, title: "Maintenance: one" });
    // A viewer may mark what is the viewer's own.
    expect((await ask(vic, "POST", `/notifications/${listed?.id}/read`)).status).toBe(200);
    await platform.tick();
    expect([browser.pushed.length, hook.received.length]).toEqual([1, 1]);
    expect((await mailsTo(vic)).filter((subject) => subject === "Maintenance: one")).toHaveLength(1);
  } finally {
    await hook.stop();
  }
});

test("a browser that is gone is removed, and one whose push service was away is told after all", async () => {
  const ann = await createPerson(ctx, { role: "trader" });
  const [gone, away] = [await subscribe(ann), await subscribe(ann)];
  gone.answer = { status: 410 };
  away.answer = { status: 503 };
  await broadcast("two");
  await until(
    async () => [gone.requests, away.requests],
    (requests) => requests.every((count) => count > 0),
    { within: 20_000 },
  );
  const devices = async () =>
    z.object({ data: z.array(z.unknown()) }).parse((await ask(ann, "GET", "/push-subscriptions")).body).data;
  await until(devices, (left) => left.length === 1);
  away.answer = { status: 201 };
  const waits = () =>
    ctx.db.execute(
      sql`update notification_sends set due_at = now() where user_id = ${ann.user_id} and status = 'pending'
        and leased_until is null returning channel`,
    );
  await until(waits, ({ rows }) => rows.length > 0, { within: 20_000 });
  await platform.tick();
  await until(
    async () => away.pushed,
    (pushed) => pushed.length > 0,
    { within: 20_000 },
  );
  expect([gone.requests, away.pushed.length]).toEqual([1, 1]);
});

describe.skipIf(CHROMIUM === undefined)("the notifications card in a browser", () => {
  /** Chromium has no push service here: what it would answer is given, the rest is its own. */
  function pretendPushService(given: unknown): void {
    let current: object | null = null;
    const subscription = {
      toJSON: () => given,
      unsubscribe: async () => {
        current = null;
        return true;
      },
    };
    Object.assign(PushManager.prototype, {
      getSubscription: async () => current,
      subscribe: async () => {
        current = subscription;
        return current;
      },
    });
  }

  test("saves what is wanted, notifies this browser, and shows what is pushed to it", async () => {
    const browser = await launchBrowser();
    try {
      const vic = await createPerson(ctx, { role: "viewer" });
      const { page, complaints } = await openPage(browser, { viewport: { width: 360, height: 740 } });
      await page.context().grantPermissions(["notifications"], { origin: platform.url });
      await page.addInitScript(pretendPushService, service.subscribe().subscription);
      await page.goto(platform.url);
      await page.evaluate(
        (refresh_token) =>
          localStorage.setItem("xsema.session", JSON.stringify({ refresh_token, login: "test" })),
        vic.refresh_token,
      );
      await page.goto(`${platform.url}/account`);
      const card = page.getByRole("region", { name: "Notifications" });
      const alerts = card.getByRole("group", { name: "Alerts" });
      // Some alerts are mailed by default, and some are not.
      expect(await alerts.getByLabel("E-mail").evaluate((box) => box.matches(":indeterminate"))).toBe(true);
      await alerts.getByLabel("E-mail").check();
      await alerts.getByLabel("Slack").uncheck();
      await card.getByLabel("Hold back").check();
      await card.getByLabel("From").fill("21:30");
      await card.getByLabel("Time zone").selectOption("Europe/Vienna");
      await card.getByRole("button", { name: "Save the preferences" }).click();
      await card.getByText("Saved.").waitFor();
      expect((await ask(vic, "GET", "/notification-preferences")).body).toMatchObject({
        rules: [{ kind: "alert.*", channels: { email: true, slack: false } }],
        quiet_hours: { start: "21:30", end: "07:00", time_zone: "Europe/Vienna" },
      });
      await card.getByRole("button", { name: "Notify this browser" }).click();
      await card.getByText("this one").waitFor();
      for (const theme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme: theme });
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(overflow, theme).toBe(0);
        if (process.env.SCREENSHOTS)
          await card.screenshot({ path: `${process.env.SCREENSHOTS}/${theme}.png` });
      }

      const devtools = await page.context().newCDPSession(page);
      const registered = new Promise<string>((resolve) =>
        devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
          const [registration] = registrations;
          if (registration) resolve(registration.registrationId);
        }),
      );
      await devtools.send("ServiceWorker.enable");
      const pushed = {
        id: "ntf_1",
        kind: "broadcast",
        level: "info",
        title: "Hello",
        body: "There",
        at: "2026-01-01T00:00:00.000Z",
      };
      const registrationId = await registered;
      const shown = () =>
        page.evaluate(async () => {
          const registration = await navigator.serviceWorker.ready;
          return (await registration.getNotifications()).map(({ title, body, tag }) => [title, body, tag]);
        });
      /** One after the other: what comes at the same time may be shown in any order. */
      const push = async (data: string, body: string) => {
        await devtools.send("ServiceWorker.deliverPushMessage", {
          origin: platform.url,
          registrationId,
          data,
        });
        return until(shown, (list) => list.some((notification) => notification[1] === body));
      };
      await push(JSON.stringify(pushed), "There");
      await push(JSON.stringify({ ...pushed, body: "Again" }), "Again");
      const all = await push("no JSON", "There is a new notification.");
      expect(all.toSorted()).toEqual([
        ["Hello", "Again", "ntf_1"],
        ["XSEMA", "There is a new notification.", ""],
      ]);
      await card.getByRole("button", { name: /no more$/ }).click();
      await card.getByRole("button", { name: "Notify this browser" }).waitFor();
      expect((await ask(vic, "GET", "/push-subscriptions")).body.data).toEqual([]);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
