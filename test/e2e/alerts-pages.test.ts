import { type SQL, sql } from "drizzle-orm";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Platform } from "../../scripts/local/platform.ts";
import { countStored, postEvents, until } from "../support/api.ts";
import { createPerson, MASTER_KEY, type Person, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";
import { CHROMIUM, launchBrowser, openPage } from "../web/support/browser.ts";
import { answerApart, MOST_SHIFT, watchShifts } from "../web/support/layout-shift.ts";

const MINUTE_MS = 60_000;

let platform: Platform;
let browser: Browser;

const heading = (page: Page, name: string | RegExp) =>
  page.getByRole("heading", { level: 1, name }).waitFor();
const standing = (page: Page) => page.getByRole("region", { name: "Current alerts" });
const history = (page: Page) => page.getByRole("region", { name: "History of alerts" });
const widest = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** A page on which this person is signed in. */
async function openAs(person: Person, path: string, options: Parameters<typeof openPage>[1] = {}) {
  const opened = await openPage(browser, options);
  await opened.page.goto(`${platform.url}/sign-in`);
  const kept = JSON.stringify({ refresh_token: person.refresh_token, login: "by-hand" });
  await opened.page.evaluate((text) => localStorage.setItem("xsema.session", text), kept);
  await opened.page.goto(platform.url + path);
  return opened;
}

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS).toISOString();
const listing = (collection: string, order: string, price: string, occurred_at = minutesAgo(0)) => ({
  event_key: `${collection}-${order}`,
  kind: "listing",
  collection,
  token_id: order,
  order_id: `${collection}-${order}`,
  price,
  currency: "ETH",
  occurred_at,
});
const cancel = (collection: string, order: string, occurred_at = minutesAgo(0)) => ({
  event_key: `${collection}-${order}-gone`,
  kind: "cancel",
  collection,
  token_id: order,
  order_id: `${collection}-${order}`,
  occurred_at,
});

/** A collection whose floor was 10 for the last two days, but for an hour of them in which it was 8. */
async function seed(collection: string): Promise<void> {
  await postEvents(platform, [
    listing(collection, "base", "10", minutesAgo(2880)),
    listing(collection, "dip", "8", minutesAgo(1500)),
    cancel(collection, "dip", minutesAgo(1440)),
  ]);
  await until(
    () => countStored(platform, collection),
    ({ n }) => n === 3,
  );
}

/** One alert that stands becomes 140 of its rule, which is faster than firing so many. */
async function multiplyAlert(user_id: string): Promise<void> {
  const { db } = platformCtx(platform);
  const copies = (table: SQL, changed: SQL) =>
    sql`select (jsonb_populate_record(t, ${changed})).* from ${table} t, generate_series(1, 139) n`;
  const owned = sql`where exists (select from alert_rules r where r.id = t.rule_id and r.user_id = ${user_id})`;
  const told = sql`jsonb_build_object('id', t.id || n, 'fingerprint', t.fingerprint || n)`;
  const state = sql`jsonb_build_object('alert_id', t.alert_id || n, 'fingerprint', t.fingerprint || n)`;
  await db.batch([
    db.execute(sql`insert into alerts ${copies(sql`alerts`, told)} ${owned}`),
    db.execute(sql`insert into alert_states ${copies(sql`alert_states`, state)} ${owned}`),
  ]);
}

async function tell(person: Person, method: string, path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: { ...person.headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}: ${await answer.text()}`);
}

describe.skipIf(CHROMIUM === undefined)("the pages of alerts and monitoring in a browser", () => {
  beforeAll(async () => {
    const vars = { MASTER_KEY };
    [platform, browser] = await Promise.all([openPlatform({ buildWeb: true, vars }), launchBrowser()]);
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });

  test("a rule is tried and made on the page; its alert comes, is acknowledged and resolves without a reload", async () => {
    const slug = "harbour";
    await seed(slug);
    const person = await createPerson(platformCtx(platform), { email: "nora@example.org" });
    const { page, complaints } = await openAs(person, `/c/${slug}`);
    await page.getByRole("link", { name: "Alert me" }).click();
    await heading(page, "New alert rule");
    expect(await page.getByLabel("Collection").inputValue()).toBe(slug);
    await page.getByLabel("Condition").selectOption({ label: "falls by % within" });
    await page.getByLabel("By how many percent").fill("10");
    await page.getByLabel("Within", { exact: true }).fill("1h");
    await page.getByRole("button", { name: "Preview" }).click();
    const preview = page.getByRole("region", { name: "Preview" });
    await preview.getByText("Would have fired once in the last 7 days").waitFor();
    expect(await preview.getByRole("listitem").innerText()).toContain("-20 %");
    await preview.getByRole("img", { name: /^harbour: from -20 % to 25 %, threshold -10 %$/ }).waitFor();
    await page.getByRole("button", { name: "Create rule" }).click();
    await heading(page, "Alert rules");
    const rules = page.getByRole("region", { name: "Rules" });
    await rules.getByText("Floor of harbour falls by 10 % within 1h", { exact: true }).first().waitFor();
    await rules.getByText("watching").waitFor();

    await page.getByRole("navigation", { name: "Alerts" }).getByRole("link", { name: "Alerts" }).click();
    await page.locator('.connection[data-phase="live"]').waitFor();
    await page.getByText("Nothing is active").waitFor();
    await page.evaluate(() => Object.assign(window, { sameDocument: true }));
    await postEvents(platform, [listing(slug, "cheap", "8.5")]);
    const alert = standing(page).getByRole("listitem");
    await alert.getByText("fell by 15 % within 1h").waitFor();
    await page.getByText("1 is active").waitFor();
    await page.getByText(/^New alert: /).waitFor({ state: "attached" });

    await alert.getByRole("button", { name: /^Acknowledge/ }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Comment").fill("Looking at it");
    await dialog.getByRole("button", { name: "Acknowledge it" }).click();
    await alert.getByText("“Looking at it”").waitFor();
    await until(
      () => page.evaluate(() => document.activeElement?.textContent),
      (focused) => focused === "Nothing is active",
    );

    await postEvents(platform, [cancel(slug, "cheap")]);
    const ended = history(page).getByRole("listitem");
    await ended.getByText("resolved", { exact: true }).waitFor();
    expect(await standing(page).getByRole("listitem").count()).toBe(0);
    await ended.getByText("Timeline").click();
    await ended.getByText("the condition no longer holds", { exact: false }).waitFor();
    expect(await page.evaluate(() => "sameDocument" in window)).toBe(true);
    expect(complaints).toEqual([]);
  });

  test("what is missed while the connection is away is there once it is back", async () => {
    const slug = "away";
    await seed(slug);
    const person = await createPerson(platformCtx(platform));
    await tell(person, "POST", "/alert-rules", {
      name: "Away floor",
      metric: "market.floor",
      labels: { collection: slug },
      operator: "<",
      threshold: "9",
    });
    const { page } = await openAs(person, "/alerts");
    await page.locator('.connection[data-phase="live"]').waitFor();
    await page.context().setOffline(true);
    await platform.evict("UserRoom", person.user_id, "close");
    await page.locator('.connection[data-phase="offline"]').waitFor();
    await postEvents(platform, [listing(slug, "cheap", "8")]);
    await page.waitForTimeout(1500);
    expect(await standing(page).getByRole("listitem").count()).toBe(0);
    await page.context().setOffline(false);
    await standing(page).getByText("Away floor", { exact: true }).first().waitFor();
    await page.locator('.connection[data-phase="live"]').waitFor();
  });

  test("what the server refuses stands at its field, which has the focus, also where it was folded away", async () => {
    const person = await createPerson(platformCtx(platform));
    const { page } = await openAs(person, "/alerts/new");
    await page.getByLabel("Collection").fill("harbour");
    await page.getByRole("button", { name: "Create rule" }).click();
    await page.getByText("Enter by how many percent, such as 10.").waitFor();
    const focused = page.locator("input:focus");
    expect(await focused.getAttribute("name")).toBe("threshold");
    await page.getByLabel("By how many percent").fill("10");
    await page.getByText("More options").click();
    await page.getByLabel("Cool-down").fill("soon");
    await page.getByText("More options").click();
    await page.getByRole("button", { name: "Create rule" }).click();
    await page.getByText("Enter a time such as 30s, 5m or 1h30m.").waitFor();
    expect(await focused.getAttribute("name")).toBe("cooldown");
  });

  test("the form of a rule takes a collection by its name, and forgets it where the metric has none", async () => {
    await seed("quiet-harbour");
    const person = await createPerson(platformCtx(platform));
    const { page } = await openAs(person, "/alerts/new");
    await page.getByLabel("Collection", { exact: true }).fill("quiet-har");
    await page.locator('datalist option[value="quiet-harbour"]').waitFor({ state: "attached" });
    await page.getByLabel("Collection", { exact: true }).fill("Quiet-Harbour");
    await page.getByLabel("Condition").selectOption({ label: "is below" });
    await page.getByLabel("Price, in the collection's currency").fill("1,000");
    await page.getByRole("button", { name: "Preview" }).click();
    const preview = page.getByRole("region", { name: "Preview" });
    await preview.waitFor();
    await page.getByLabel("Price, in the collection's currency").fill("2");
    await preview.waitFor({ state: "detached" });
    await page.getByLabel("Metric").selectOption("host.cpu_percent");
    expect(await page.getByLabel("Host").inputValue()).toBe("");
    await page.getByLabel("Metric").selectOption("market.floor");
    expect(await page.getByLabel("Collection", { exact: true }).inputValue()).toBe("");
    await page.getByLabel("Collection", { exact: true }).fill("quiet-harbour");
    await page.getByLabel("Price, in the collection's currency").fill("1,000");
    await page.getByRole("button", { name: "Create rule" }).click();
    await page.getByRole("region", { name: "Rules" }).getByText("is below 1000").first().waitFor();
  });

  test("a number that can be read in two ways is refused by where the reader is from", async () => {
    const person = await createPerson(platformCtx(platform));
    const { page } = await openAs(person, "/alerts/new", { locale: "de-DE" });
    await page.getByLabel("Condition").selectOption({ label: "is below" });
    await page.getByLabel("Price, in the collection's currency").fill("1.000");
    await page.getByRole("button", { name: "Create rule" }).click();
    await page.getByText("This may be 1000 or 1.", { exact: false }).waitFor();
    expect(await page.locator("input:focus").getAttribute("name")).toBe("threshold");
  });

  test.each([360, 1280])("at %i pixels nothing moves while the pages are read", async (width) => {
    const slug = `steady-${width}`;
    await seed(slug);
    // The stream begins with the last sales alone; the database has what was between them.
    const sales = Array.from({ length: 20 }, (_, n) => [
      listing(slug, `between-${n}`, "30"),
      { ...listing(slug, `sold-${n}`, "30"), kind: "sale" },
    ]);
    await postEvents(platform, sales.flat());
    await until(
      () => countStored(platform, slug),
      ({ n }) => n === 43,
    );
    const person = await createPerson(platformCtx(platform), { role: "manager" });
    await tell(person, "POST", "/alert-rules", {
      name: "Steady floor",
      metric: "market.floor",
      labels: { collection: slug },
      operator: "<",
      threshold: "20",
    });
    await tell(person, "POST", "/metrics/push", {
      samples: [{ name: "host.cpu_percent", labels: { host: "web-1" }, value: "37" }],
    });
    const { page } = await openAs(person, "/favicon.svg", { viewport: { width, height: 800 } });
    const shift = await watchShifts(page);
    await answerApart(page);
    const found: Record<string, number> = {};
    for (const [path, sign] of [
      ["/", slug],
      [`/c/${slug}`, "listing"],
      ["/account", "Sessions"],
      ["/alerts", "History"],
      ["/alerts/rules", "Rules, newest first"],
      ["/alerts/silences", "There are no silences"],
      [`/alerts/new?collection=${slug}`, "Alert me when"],
      ["/monitoring", "Key figures of the last hour"],
      ["/no/such/page", "There is no such page"],
    ] as const) {
      await page.goto(platform.url + path);
      await page.getByText(sign, { exact: true }).first().waitFor();
      await page.locator(".loading, .staged-wait").first().waitFor({ state: "detached" });
      found[path] = await shift();
    }
    expect(Object.entries(found).filter(([, sum]) => sum > MOST_SHIFT)).toEqual([]);
  });

  test("a rule is turned off and on, changed and deleted", async () => {
    const person = await createPerson(platformCtx(platform));
    await tell(person, "POST", "/alert-rules", {
      name: "Sweep",
      metric: "market.sales",
      labels: { collection: "harbour" },
      operator: ">",
      threshold: "20",
      window: "5m",
      one_shot: true,
    });
    const { page } = await openAs(person, "/alerts/rules");
    const rule = page.getByRole("region", { name: "Rules" }).getByRole("listitem");
    await rule.getByText("Number of sales of harbour over 5m is above 20").waitFor();
    await rule.getByRole("button", { name: "Turn off Sweep" }).click();
    await rule.getByText("off", { exact: true }).waitFor();
    await rule.getByRole("button", { name: "Turn on Sweep" }).click();
    await rule.getByText("watching").waitFor();
    await rule.getByRole("link", { name: "Change Sweep" }).click();
    await heading(page, "Change an alert rule");
    expect(await page.getByLabel("Threshold").inputValue()).toBe("20");
    await page.getByLabel("Threshold").fill("35,5");
    await page.getByRole("button", { name: "Save changes" }).click();
    await rule.getByText("is above 35.5").waitFor();
    await rule.getByRole("button", { name: "Delete Sweep" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete it" }).click();
    await page.getByText("There are no rules yet").waitFor();
    await page.getByText("Deleted: Sweep.").waitFor();
  });

  test("140 alerts are counted, shown a hundred at a time and acknowledged together", async () => {
    const slug = "many";
    await seed(slug);
    const person = await createPerson(platformCtx(platform));
    await tell(person, "POST", "/alert-rules", {
      name: "Many floors",
      metric: "market.floor",
      labels: { collection: slug },
      operator: "<",
      threshold: "9",
    });
    await postEvents(platform, [listing(slug, "cheap", "8")]);
    const { page } = await openAs(person, "/alerts");
    await page.getByText("1 is active", { exact: true }).waitFor();
    await multiplyAlert(person.user_id);
    await page.reload();
    await page.getByText("140 are active", { exact: true }).waitFor();
    await page.getByText("100 of 140 are shown.").waitFor();
    const choices = standing(page).getByRole("checkbox", { name: /^Select Many/ });
    expect(await choices.count()).toBe(100);
    await page.getByLabel("Select all 100 shown").check();
    await page.getByRole("button", { name: "Acknowledge 100 selected" }).waitFor();
    await page.getByLabel("Select all 100 shown").uncheck();
    for (const n of [0, 1, 2]) await choices.nth(n).check();
    await page.getByRole("button", { name: "Acknowledge 3 selected" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Acknowledge", exact: true }).click();
    await page.getByText("Acknowledged 3 alerts.").waitFor();
    // What is acknowledged takes no place from what is active.
    await page.getByText("137 are active", { exact: true }).waitFor();
    await page.getByText("100 of 137 are shown.").waitFor();
    await page.getByRole("button", { name: "Show more active alerts" }).click();
    await page.getByLabel("Select all 137").waitFor();
    expect(await choices.count()).toBe(137);
  });

  test("an alert is silenced for a time, and the silence is ended", async () => {
    const slug = "quiet";
    await seed(slug);
    const person = await createPerson(platformCtx(platform));
    await tell(person, "POST", "/alert-rules", {
      name: "Quiet floor",
      metric: "market.floor",
      labels: { collection: slug },
      operator: "<",
      threshold: "9",
    });
    await postEvents(platform, [listing(slug, "cheap", "8")]);
    const { page } = await openAs(person, "/alerts");
    const alert = standing(page).getByRole("listitem");
    await alert.getByRole("button", { name: /^Silence/ }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await page.locator(":focus").innerText()).toMatch(/^Silence/);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByLabel("For").selectOption({ label: "8 hours" });
    await page.getByRole("dialog").getByRole("button", { name: "Silence it" }).click();
    await alert.getByText("silenced", { exact: true }).waitFor();
    await page.getByRole("link", { name: "Silences" }).click();
    const silence = page.getByRole("region", { name: "Silences" }).getByRole("listitem");
    await silence.getByText("rule = Quiet floor, collection = quiet").first().waitFor();
    await silence.getByRole("button", { name: /^End/ }).click();
    await silence.getByText("ended", { exact: true }).waitFor();
    await page.getByRole("link", { name: "Alerts", exact: true }).first().click();
    await alert.waitFor();
    expect(await alert.getByText("silenced", { exact: true }).count()).toBe(0);
    await alert.getByRole("button", { name: /^Resolve/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Resolve it" }).click();
    await history(page).getByText("by hand").first().waitFor();
    await page.getByText("Nothing is active").waitFor();
  });

  test("whoever is signed out is led to signing in and back; a viewer reads and makes nothing", async () => {
    const { page } = await openPage(browser);
    await page.goto(`${platform.url}/alerts/new?collection=harbour`);
    await heading(page, "Sign in");
    expect(new URL(page.url()).searchParams.get("next")).toBe("/alerts/new?collection=harbour");
    const viewer = await createPerson(platformCtx(platform), { role: "viewer" });
    const seen = await openAs(viewer, "/alerts");
    await heading(seen.page, "Alerts");
    await seen.page.getByText("Nothing is active").waitFor();
    expect(await seen.page.getByRole("link", { name: "New rule" }).count()).toBe(0);
    expect(await seen.page.getByRole("link", { name: "Monitoring" }).count()).toBe(0);
    await seen.page.goto(`${platform.url}/monitoring`);
    await seen.page.getByText("your role does not include that").waitFor();
    await seen.page.getByRole("link", { name: "your alerts" }).click();
    await heading(seen.page, "Alerts");
  });

  test("the monitoring page shows components, figures and hosts, and changes with them by itself", async () => {
    const manager = await createPerson(platformCtx(platform), { role: "manager" });
    await tell(manager, "POST", "/metrics/push", {
      samples: [
        { name: "host.cpu_percent", labels: { host: "web-1" }, value: "37" },
        { name: "host.disk_percent", labels: { host: "web-1", mount: "/" }, value: "61" },
        { name: "host.disk_percent", labels: { host: "web-1", mount: "/data" }, value: "72" },
      ],
    });
    await platform.tick();
    const { page, complaints } = await openAs(manager, "/monitoring");
    await page.locator('.connection[data-phase="live"]').waitFor();
    const components = page.getByRole("region", { name: "Components" });
    await components.getByRole("listitem").filter({ hasText: "Database" }).getByText("operational").waitFor();
    const hosts = page.getByRole("region", { name: "My hosts" });
    await hosts.getByText("web-1").waitFor();
    expect(await hosts.getByRole("listitem").innerText()).toMatch(/CPU\s+37 %\s+Memory\s+—\s+Disk\s+72 %/);
    expect(await page.getByRole("img", { name: /^Requests: / }).count()).toBe(1);

    await tell(manager, "POST", "/alert-rules", {
      name: "Busy host",
      metric: "host.cpu_percent",
      operator: ">",
      threshold: "90",
    });
    await tell(manager, "POST", "/metrics/push", {
      samples: [{ name: "host.cpu_percent", labels: { host: "web-1" }, value: "97" }],
    });
    const alert = standing(page).getByRole("listitem").filter({ hasText: "Busy host" });
    await alert.waitFor();
    await hosts.getByText("97 %").waitFor();
    await alert.getByRole("button", { name: /^Acknowledge/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Acknowledge it" }).click();
    await alert.getByText("acknowledged", { exact: true }).waitFor();
    await platform.pauseDatabase();
    try {
      await components
        .getByRole("listitem")
        .filter({ hasText: "Database" })
        .getByText("down", { exact: false })
        .waitFor({ timeout: 40_000 });
    } finally {
      await platform.resumeDatabase();
    }
    await components
      .getByRole("listitem")
      .filter({ hasText: "Database" })
      .getByText("operational")
      .waitFor({ timeout: 60_000 });
    // Lists may be read while it is away; that is said, and nothing else is.
    expect(complaints.filter((complaint) => !complaint.includes("503"))).toEqual([]);
  });

  test.each(["/alerts", "/alerts/", "/alerts/new?collection=x", "/alerts/rules/rul_1", "/monitoring"])(
    "%s shows the page",
    async (path) => {
      const answer = await fetch(platform.url + path, { redirect: "manual" });
      expect([answer.status, answer.headers.get("content-type")]).toEqual([
        200,
        expect.stringContaining("text/html"),
      ]);
    },
  );

  test.each([360, 1280])("at %i pixels nothing sticks out to the side", async (width) => {
    const slug = `narrow-${width}`;
    await seed(slug);
    const person = await createPerson(platformCtx(platform), { role: "manager" });
    await tell(person, "POST", "/alert-rules", {
      name: "A floor with a name so long that it must be broken into several lines on a telephone",
      metric: "market.floor",
      labels: { collection: slug },
      operator: "<",
      threshold: "9",
    });
    await postEvents(platform, [listing(slug, "cheap", "8")]);
    const { page } = await openAs(person, "/alerts", { viewport: { width, height: 780 } });
    await standing(page).getByRole("listitem").waitFor();
    expect(await widest(page)).toBeLessThanOrEqual(0);
    for (const path of [
      "/alerts/rules",
      "/alerts/silences",
      "/monitoring",
      `/alerts/new?collection=${slug}`,
    ]) {
      await page.goto(platform.url + path);
      await page.getByRole("region").first().waitFor();
      expect(await widest(page)).toBeLessThanOrEqual(0);
    }
    await page.getByText("More options").click();
    await page.getByLabel("Alerts begin only within these hours").check();
    expect(await widest(page)).toBeLessThanOrEqual(0);
  });
});
