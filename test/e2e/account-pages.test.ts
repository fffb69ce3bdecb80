import { sql } from "drizzle-orm";
import { generateSync } from "otplib";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { readRows } from "../../shared/db/rows.ts";
import { ACCOUNT_PATHS } from "../../web/src/sign-in/account-paths.ts";
import { countStored, databaseOf, getJson, postEvents, rawSales, until } from "../support/api.ts";
import { createPerson, MASTER_KEY, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";
import { CHROMIUM, launchBrowser, openPage } from "../web/support/browser.ts";
import { openProfile } from "../web/support/own-browser.ts";

const PASSWORD = "seventeen brass lanterns adrift";
const Mails = z.object({ data: z.array(z.object({ text: z.string() })) });

let platform: Platform;
let browser: Browser;

const heading = (page: Page, name: string) => page.getByRole("heading", { level: 1, name }).waitFor();
const section = (page: Page, name: string) => page.getByRole("region", { name });
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const header = (page: Page) => page.locator("header .account-link");

/** The link in the newest mail to an address. */
async function mailedLink(email: string, path: string): Promise<string> {
  const links = await until(
    async () => {
      const { data } = Mails.parse(
        await getJson(`${platform.url}/dev/mailbox?to=${encodeURIComponent(email)}`),
      );
      return data
        .flatMap(({ text }) => text.match(/https?:\/\/\S+/g) ?? [])
        .filter((link) => link.includes(path));
    },
    (found) => found.length > 0,
  );
  return links[0] ?? "";
}

async function signIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await press(page, "Sign in");
}

/** Makes an account by the forms, as a new user does. */
async function register(page: Page, email: string, name: string): Promise<void> {
  await page.goto(`${platform.url}/register`);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await press(page, "Create account");
  await heading(page, "Check your mailbox");
  await page.goto(await mailedLink(email, "/verify-email"));
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await press(page, "Confirm the address");
  await heading(page, "The address is confirmed");
}

const STEP_S = 30;

/**
 * Codes of an authenticator: each call gives one of a later time step, as each counts once. The second is taken before
 * its time, as from a phone whose clock is fast, so that nobody waits for it; only the third is.
 */
function authenticator(secret: string): () => Promise<string> {
  const stepNow = () => Math.floor(Date.now() / 1000 / STEP_S);
  let next = 0;
  return async () => {
    const step = Math.max(next, stepNow());
    next = step + 1;
    await until(stepNow, (now) => now >= step - 1, { within: 35_000, every: 500 });
    return generateSync({ secret, epoch: step * STEP_S });
  };
}

async function setUpFactor(page: Page): Promise<() => Promise<string>> {
  const mfa = section(page, "Second factor");
  await mfa.getByLabel("Current password", { exact: true }).fill(PASSWORD);
  await press(page, "Set it up");
  await mfa.getByAltText("QR code").waitFor();
  const isDrawn = await mfa
    .getByAltText("QR code")
    .evaluate(
      (image) => image instanceof HTMLImageElement && image.decode().then(() => image.naturalWidth > 0),
    );
  expect(isDrawn).toBe(true);
  const secret = (await mfa.locator(".secret").innerText()).replaceAll(" ", "");
  const nextCode = authenticator(secret);
  await mfa.getByLabel("Code of the authenticator app").fill(await nextCode());
  await press(page, "Turn it on");
  await mfa.getByText("Save these recovery codes").waitFor();
  expect(await mfa.locator(".code-list li").count()).toBe(10);
  return nextCode;
}

const widest = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

describe.skipIf(CHROMIUM === undefined)("the pages of accounts in a browser", () => {
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

  test("a new user registers, verifies, enrols a second factor, uses it, makes a key and ends another session", async () => {
    const email = "ann@example.org";
    const { page, complaints } = await openPage(browser);
    await register(page, email, "Ann");
    await page.getByRole("main").getByRole("link", { name: "sign in" }).click();
    await signIn(page, email);
    await heading(page, "Collections");
    await header(page).getByText("Ann").click();
    await heading(page, "Account");
    const nextCode = await setUpFactor(page);
    const mfa = section(page, "Second factor");
    const recoveryCode = (await mfa.locator(".code-list li").first().textContent()) ?? "";
    await press(page, "I have saved them");
    await mfa.getByText("10 of 10 recovery codes").waitFor();
    await press(page, "Sign out");
    await header(page).getByText("Sign in").click();

    await signIn(page, email);
    await page.getByLabel("Code of the authenticator app").fill(await nextCode());
    await press(page, "Sign in");
    await heading(page, "Collections");
    expect(complaints).toEqual([]);

    // The phone is lost: another browser signs in with a recovery code.
    const other = await openPage(browser);
    await other.page.goto(`${platform.url}/sign-in?next=/account`);
    await signIn(other.page, email);
    await press(other.page, "Use a recovery code");
    await other.page.getByLabel("Recovery code").fill(recoveryCode);
    await press(other.page, "Sign in");
    await heading(other.page, "Account");
    await section(other.page, "Second factor").getByText("9 of 10 recovery codes").waitFor();

    await header(page).click();
    await heading(page, "Account");
    const keys = section(page, "API keys");
    await keys.getByText("Make a key").click();
    await keys.getByLabel("Name of the key").fill("indexer");
    await keys.getByLabel("Read and watch collections").check();
    await press(page, "Make the key");
    await keys.getByText("The key “indexer”.").waitFor();
    const key = await keys.locator(".secret").innerText();
    const used = await fetch(`${platform.url}/api/v1/collections`, { headers: { "x-api-key": key } });
    expect(used.status).toBe(200);

    const sessions = section(page, "Sessions");
    expect(await sessions.locator("li").count()).toBe(2);
    await sessions.getByRole("button", { name: /^End the session/ }).click();
    await until(
      () => sessions.locator("li").count(),
      (count) => count === 1,
    );
    // The one that was ended is told at its next step, and is asked to sign in.
    await other.page.getByRole("button", { name: "Save the name" }).click();
    await other.page.getByText("You are signed out.").waitFor();
    await heading(other.page, "Sign in");
    expect(new URL(other.page.url()).search).toBe("?next=%2Faccount");
  });

  test("a key is made, rotated and revoked only with a second factor proved just now", async () => {
    const email = "keys@example.org";
    const { page } = await openPage(browser);
    await register(page, email, "Kay");
    await page.goto(`${platform.url}/sign-in?next=/account`);
    await signIn(page, email);
    await heading(page, "Account");
    const nextCode = await setUpFactor(page);
    await press(page, "I have saved them");
    const [{ user_id } = { user_id: "" }] = await readRows(
      databaseOf(platform),
      sql`update sessions set mfa_at = now() - interval '1 day'
          where user_id = (select id from users where email_key = ${email}) returning user_id`,
      z.object({ user_id: z.string() }),
    );
    const keys = section(page, "API keys");
    await keys.getByText("Make a key").click();
    await keys.getByLabel("Name of the key").fill("bot");
    await keys.getByLabel("Read and watch collections").check();
    const dialog = page.getByRole("dialog", { name: "Prove your second factor" });
    // What the gate of the account knows may be ten seconds old, and it asks anew where it was evicted.
    await platform.evict("AccountGate", user_id);
    await press(page, "Make the key");
    await dialog.waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await keys.getByRole("alert").getByText("Nothing was done").waitFor();
    await press(page, "Make the key");
    await dialog.getByLabel("Code of the authenticator app").fill(await nextCode());
    await dialog.getByRole("button", { name: "Go on" }).click();
    await keys.getByText("The key “bot”.").waitFor();
    const first = await keys.locator(".secret").innerText();

    await keys.getByRole("button", { name: "Rotate the key bot" }).click();
    await press(page, "Rotate it");
    await until(
      () => keys.locator(".secret").innerText(),
      (shown) => shown !== first,
    );
    await keys.getByText("another has taken its place").waitFor();
    await press(page, "I have saved it");
    await keys.getByRole("button", { name: "Revoke the key bot" }).first().click();
    await press(page, "Revoke it");
    await until(
      () => keys.locator("li").count(),
      (count) => count === 1,
    );

    // Proved a moment ago: no second code is asked for.
    const mfa = section(page, "Second factor");
    await mfa.locator("summary").click();
    await mfa.getByLabel("Current password", { exact: true }).fill(PASSWORD);
    await press(page, "Turn it off");
    await mfa.getByText("a password alone does not open the account").waitFor();
  });

  test("what is wrong stands beside its field, which has the focus, and is read with it", async () => {
    const { page } = await openPage(browser);
    await page.goto(`${platform.url}/register`);
    await page.getByLabel("E-mail address").fill("no address");
    await page.getByLabel("Password", { exact: true }).fill("short");
    await press(page, "Create account");
    await page.getByRole("alert").waitFor();
    const focused = page.locator("input:focus");
    expect(await focused.getAttribute("name")).toBe("email");
    expect(await focused.getAttribute("aria-invalid")).toBe("true");
    const described = (await focused.getAttribute("aria-describedby")) ?? "";
    expect(await page.locator(`[id="${described}"]`).innerText()).toContain("e-mail address");
    await page.getByLabel("E-mail address").fill("weak@example.org");
    await press(page, "Create account");
    await page.getByText("at least 15").first().waitFor();
    expect(await focused.getAttribute("name")).toBe("password");
    await page.getByRole("button", { name: "Show: Password" }).click();
    expect(await page.getByLabel("Password", { exact: true }).getAttribute("type")).toBe("text");
    await page.goto(`${platform.url}/sign-in`);
    await signIn(page, "nobody@example.org");
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").evaluate((element) => element === document.activeElement)).toBe(
      true,
    );
  });

  test("who forgot the password sets another by mail", async () => {
    const { page } = await openPage(browser);
    const email = "forgot@example.org";
    await register(page, email, "Finn");
    await page.goto(`${platform.url}/forgot-password`);
    await page.getByLabel("E-mail address").fill(email);
    await press(page, "Send the mail");
    await heading(page, "Check your mailbox");
    await page.goto(await mailedLink(email, "/reset-password"));
    await heading(page, "Choose a new password");
    // What stays in the history opens nothing.
    await until(
      () => new URL(page.url()).search,
      (search) => search === "",
    );
    await page.getByLabel("New password", { exact: true }).fill("eleven quiet harbours at dawn");
    await press(page, "Save password");
    await heading(page, "The password is changed");
    await page.getByRole("main").getByRole("link", { name: "sign in" }).click();
    await signIn(page, email, "eleven quiet harbours at dawn");
    await header(page).getByText("Finn").waitFor();
  });

  test("the old address hears of a change of address and stops it by the link of its mail", async () => {
    const { page } = await openPage(browser);
    const email = "keeps@example.org";
    await register(page, email, "Kay");
    await page.goto(`${platform.url}/sign-in`);
    await signIn(page, email);
    await header(page).getByText("Kay").waitFor();
    await page.goto(`${platform.url}/account`);
    await page.getByText("Use another address").click();
    const profile = section(page, "Profile");
    await profile.getByLabel("New address").fill("moves@example.org");
    await profile.getByLabel("Current password", { exact: true }).fill(PASSWORD);
    await press(page, "Send the mail");
    await profile.getByText("moves@example.org, once").waitFor();
    await page.goto(await mailedLink(email, "/cancel-email-change"));
    await press(page, "Stop the change");
    await heading(page, "The account keeps its address");
    await page.goto(await mailedLink("moves@example.org", "/confirm-email-change"));
    await press(page, "Confirm the address");
    await page.getByRole("alert").waitFor();
  });

  test("a changed password ends the other sessions, and this one goes on", async () => {
    const { page } = await openPage(browser);
    const email = "change@example.org";
    await register(page, email, "Cleo");
    await page.goto(`${platform.url}/sign-in?next=/account`);
    await signIn(page, email);
    const other = await openPage(browser);
    await other.page.goto(`${platform.url}/sign-in?next=/account`);
    await signIn(other.page, email);
    await heading(other.page, "Account");
    const password = section(page, "Password");
    await password.getByLabel("Current password", { exact: true }).fill("a wrong one, surely");
    await password.getByLabel("New password", { exact: true }).fill("nine velvet comets in a drawer");
    await press(page, "Change the password");
    await password.getByRole("alert").waitFor();
    await password.getByLabel("Current password", { exact: true }).fill(PASSWORD);
    await press(page, "Change the password");
    await password.getByText("All other sessions have ended.").waitFor();
    expect(await password.getByLabel("New password", { exact: true }).inputValue()).toBe("");
    await until(
      () => section(page, "Sessions").locator("li").count(),
      (count) => count === 1,
    );
    await page.reload();
    await heading(page, "Account");
    await header(page).getByText("Cleo").waitFor();
    await other.page.getByRole("button", { name: "Save the name" }).click();
    await other.page.getByText("You are signed out.").waitFor();
  });

  test("who is invited chooses a password and signs in with it", async () => {
    const admin = await createPerson(platformCtx(platform), { email: "admin@example.org", role: "admin" });
    const email = "invited@example.org";
    const invited = await fetch(`${platform.url}/api/v1/users`, {
      method: "POST",
      headers: { ...admin.headers, "content-type": "application/json" },
      body: JSON.stringify({ email }),
    });
    expect(invited.status).toBe(201);
    const { page } = await openPage(browser);
    await page.goto(await mailedLink(email, "/accept-invite"));
    await page.getByLabel("Name").fill("Ivo");
    await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
    await press(page, "Save password");
    await heading(page, "Your account is ready");
    await page.getByRole("main").getByRole("link", { name: "sign in" }).click();
    await signIn(page, email);
    await header(page).getByText("Ivo").waitFor();
  });

  test("a password that must be changed is asked for before anything else", async () => {
    const person = await createPerson(platformCtx(platform), { email: "expired@example.org" });
    await databaseOf(platform).execute(
      sql`update users set must_change_password = true where id = ${person.user_id}`,
    );
    const { page } = await openPage(browser);
    await page.goto(`${platform.url}/favicon.svg`);
    const kept = JSON.stringify({ refresh_token: person.refresh_token, login: "by-hand" });
    await page.evaluate((text) => localStorage.setItem("xsema.session", text), kept);
    await page.goto(platform.url);
    await page.getByText("Choose another password.").waitFor();
    expect(new URL(page.url()).pathname).toBe("/account");
    expect(await page.getByRole("region").allTextContents()).toEqual([
      expect.stringContaining("New password"),
    ]);
  });

  test("tabs share one log-in, refresh at once without losing it, and sign out together", async () => {
    const person = await createPerson(platformCtx(platform), { email: "tabs@example.org" });
    const { page, complaints } = await openPage(browser);
    const context: BrowserContext = page.context();
    await page.goto(platform.url);
    const kept = JSON.stringify({ refresh_token: person.refresh_token, login: "by-hand" });
    await page.evaluate((text) => localStorage.setItem("xsema.session", text), kept);
    const tabs = [page, await context.newPage(), await context.newPage(), await context.newPage()];
    await Promise.all(tabs.map((tab) => tab.goto(`${platform.url}/account`)));
    await Promise.all(tabs.map((tab) => heading(tab, "Account")));
    await Promise.all(tabs.map((tab) => header(tab).getByText("tabs@example.org").waitFor()));
    await press(page, "Sign out");
    for (const tab of tabs.slice(1)) await tab.getByText("You were signed out in another tab.").waitFor();
    expect(complaints).toEqual([]);
  });

  test("a browser that was killed before it had the answer of a refresh comes back signed in", async () => {
    const profile = await openProfile();
    try {
      const email = "killed@example.org";
      const first = await profile.open();
      const page = await first.context.newPage();
      await register(page, email, "Kim");
      await page.goto(`${platform.url}/sign-in?next=/account`);
      await signIn(page, email);
      await header(page).getByText("Kim").waitFor();
      await first.close();

      const second = await profile.open();
      const { promise: answered, resolve: onAnswered } = Promise.withResolvers<number>();
      await second.context.route("**/api/v1/auth/refresh", async (route) => {
        // The server has exchanged the token; the browser never hears of it.
        onAnswered((await route.fetch()).status());
      });
      const lost = await second.context.newPage();
      await lost.goto(`${platform.url}/account`);
      expect(await answered).toBe(200);
      await second.kill();
      // Not opened again at once: past the time in which tabs that refresh together are answered alike.
      await databaseOf(platform).execute(
        sql`update refresh_tokens set used_at = used_at - interval '1 hour' where used_at is not null
            and session_id in (select s.id from sessions s join users u on u.id = s.user_id
                               where u.email_key = ${email})`,
      );

      const third = await profile.open();
      const back = await third.context.newPage();
      await back.goto(`${platform.url}/account`);
      await header(back).getByText("Kim").waitFor();
      expect(new URL(back.url()).pathname).toBe("/account");
      await third.close();
    } finally {
      await profile.remove();
    }
  });

  test.each(ACCOUNT_PATHS)("%s shows the page, and never in a frame of another site", async (path) => {
    const answer = await fetch(`${platform.url}${path}?token=x`, { redirect: "manual" });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("text/html");
    expect(answer.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  });

  test.each([360, 1280])("at %i pixels nothing sticks out to the side", async (width) => {
    const person = await createPerson(platformCtx(platform), { email: `narrow-${width}@example.org` });
    const { page } = await openPage(browser, { viewport: { width, height: 780 } });
    for (const path of [
      "/sign-in",
      "/register",
      "/forgot-password",
      "/reset-password?token=x",
      "/accept-invite",
    ]) {
      await page.goto(platform.url + path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      expect(await widest(page)).toBeLessThanOrEqual(0);
    }
    const kept = JSON.stringify({ refresh_token: person.refresh_token, login: "by-hand" });
    await page.evaluate((text) => localStorage.setItem("xsema.session", text), kept);
    await page.goto(`${platform.url}/account`);
    await section(page, "API keys").getByText("Make a key").click();
    await section(page, "Sessions").getByText("this one").waitFor();
    expect(await widest(page)).toBeLessThanOrEqual(0);
  });
});

describe.skipIf(CHROMIUM === undefined)("a market that is not public", () => {
  let closed: Platform;
  beforeAll(async () => {
    const vars = { MASTER_KEY, PUBLIC_MARKET: "off" };
    [closed, browser] = await Promise.all([openPlatform({ buildWeb: true, vars }), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await closed?.stop();
  });

  test("asks who comes to sign in, leads back, and is live for as long as the session lives", async () => {
    const slug = "closed-market";
    await postEvents(closed, rawSales(slug, "seed", 3));
    await until(
      () => countStored(closed, slug),
      ({ n }) => n >= 3,
    );
    const person = await createPerson(platformCtx(closed), { email: "closed@example.org" });
    const { page } = await openPage(browser);
    await page.goto(`${closed.url}/c/${slug}`);
    await heading(page, "Sign in");
    expect(new URL(page.url()).search).toBe(`?next=${encodeURIComponent(`/c/${slug}`)}`);
    // The log-in itself is another test's: here another tab has made it.
    const kept = JSON.stringify({ refresh_token: person.refresh_token, login: "by-hand" });
    const other = await page.context().newPage();
    await other.goto(`${closed.url}/favicon.svg`);
    await other.evaluate((text) => localStorage.setItem("xsema.session", text), kept);
    await page.locator('.connection[data-phase="live"]').waitFor();
    expect(new URL(page.url()).pathname).toBe(`/c/${slug}`);
    await postEvents(closed, rawSales(slug, "new", 1, 777));
    await page.locator(".trades tbody tr", { hasText: "#777" }).waitFor();
    // A reconnect needs another ticket.
    await closed.evict("CollectionRoom", slug, "close");
    await postEvents(closed, rawSales(slug, "again", 1, 778));
    await page.locator(".trades tbody tr", { hasText: "#778" }).waitFor();

    const ended = await fetch(`${closed.url}/api/v1/auth/sessions/${person.session_id}`, {
      method: "DELETE",
      headers: person.headers,
    });
    expect(ended.status).toBe(204);
    await page.getByText("You are signed out.").waitFor();
    await heading(page, "Sign in");
  });
});
