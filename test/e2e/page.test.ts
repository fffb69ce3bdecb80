import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Platform } from "../../scripts/local/platform.ts";
import { countStored, postEvents, rawSales, until } from "../support/api.ts";
import { openPlatform } from "../support/platform.ts";
import { CHROMIUM, launchBrowser, openPage } from "../web/support/browser.ts";

let platform: Platform;
let browser: Browser;

/** Posts sales and waits until the database has them, so that pages can read the collection. */
async function seed(slug: string, count: number): Promise<void> {
  await postEvents(platform, rawSales(slug, "seed", count));
  await until(
    () => countStored(platform, slug),
    ({ n }) => n >= count,
  );
}

const connection = (page: Page) => page.locator(".connection");
const isLive = (page: Page) => page.locator('.connection[data-phase="live"]').waitFor();

/** The numbers of the trades shown, from top to bottom. */
const shownNumbers = (page: Page) =>
  page
    .locator(".trades tbody tr")
    .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute("data-key")?.split(":")[1])));

const downFrom = (last: number) => Array.from({ length: last }, (_, index) => last - index);

const showsAllUpTo = (page: Page, last: number) =>
  until(
    () => shownNumbers(page),
    (numbers) => numbers.length >= last,
  ).then((numbers) => expect(numbers).toEqual(downFrom(last)));

describe.skipIf(CHROMIUM === undefined)("the live page in a browser", () => {
  beforeAll(async () => {
    [platform, browser] = await Promise.all([openPlatform({ buildWeb: true }), launchBrowser()]);
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });

  test("lists the collections with their figures and leads to each", async () => {
    await seed("page-list", 4);
    const { page, complaints } = await openPage(browser);
    await page.goto(platform.url);
    const row = page.locator("tbody tr", { hasText: "page-list" });
    await row.waitFor();
    await isLive(page);
    expect(await row.textContent()).toContain("1.25");
    expect(await row.locator("td").nth(3).textContent()).toBe("4");
    // Nothing is listed: the floor is not known, and not zero.
    expect(await row.locator("td").first().textContent()).toContain("unknown");
    await row.getByRole("link").click();
    await page.getByRole("heading", { level: 1, name: "page-list" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/c/page-list");
    await page.goBack();
    await row.waitFor();
    expect(complaints).toEqual([]);
  });

  test("finds a collection by its name, and says so when there is none", async () => {
    await seed("page-found", 1);
    await seed("page-other", 1);
    const { page } = await openPage(browser);
    await page.goto(platform.url);
    const other = page.locator("tbody tr", { hasText: "page-other" });
    await other.waitFor();
    await page.getByRole("searchbox").fill("found");
    await other.waitFor({ state: "detached" });
    expect(await page.locator("tbody tr").allTextContents()).toEqual([expect.stringContaining("page-found")]);
    expect(new URL(page.url()).search).toBe("?q=found");
    await page.getByRole("searchbox").fill("no such thing");
    await page.getByText("No collection matches").waitFor();
  });

  test("says what was sold where no price is known", async () => {
    const slug = "page-unpriced";
    const sales = rawSales(slug, "u", 3).map((sale) => ({
      ...Object(sale),
      price: undefined,
      currency: undefined,
    }));
    await postEvents(platform, sales);
    await until(
      () => countStored(platform, slug),
      ({ n }) => n === 3,
    );
    const { page, complaints } = await openPage(browser);
    await page.goto(`${platform.url}/c/${slug}`);
    const chart = page.getByRole("region", { name: "Price chart" });
    await chart.getByText("3 sales without a known price in this span").waitFor();
    expect(complaints).toEqual([]);
  });

  test("keeps the currency of the last price where a sale is paid in the wrapped coin", async () => {
    const slug = "page-wrapped";
    await seed(slug, 2);
    const { page } = await openPage(browser);
    await page.goto(`${platform.url}/c/${slug}`);
    await isLive(page);
    await showsAllUpTo(page, 2);
    const [sale] = rawSales(slug, "weth", 1, 778);
    await postEvents(platform, [{ ...Object(sale), price: "1.75", currency: "WETH" }]);
    const last = page.locator(".figure", { hasText: "Last price" });
    await last.getByTitle("1.75 ETH", { exact: false }).waitFor();
    expect(await last.textContent()).not.toContain("WETH");
  });

  test("shows its own page where an address leads nowhere, with the way back", async () => {
    await seed("page-back", 1);
    const { page } = await openPage(browser);
    const answer = await page.goto(`${platform.url}/no/such/deep/page?x=1`);
    expect(answer?.status()).toBe(404);
    await page.getByRole("heading", { level: 1, name: "There is no such page" }).waitFor();
    expect(await page.title()).toBe("There is no such page · XSEMA");
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    await page.getByRole("main").getByRole("link", { name: "the collections" }).click();
    await page.getByRole("heading", { level: 1, name: "Collections" }).waitFor();
  });

  test("tells the floor with what moved it", async () => {
    const slug = "page-floor";
    await seed(slug, 1);
    const { page } = await openPage(browser);
    await page.goto(`${platform.url}/c/${slug}`);
    await isLive(page);
    const floor = page.locator(".figure", { hasText: "Floor" });
    expect(await floor.locator(".figure-value").textContent()).toBe("unknown");
    const listing = {
      event_key: "listing-1",
      kind: "listing",
      collection: slug,
      token_id: "9",
      price: "0.9",
      currency: "ETH",
      order_id: "order-1",
      from: "0x00000000000000000000000000000000000000aa",
      occurred_at: new Date().toISOString(),
    };
    await postEvents(platform, [listing]);
    await floor.getByText("0.9").waitFor();
    expect(await floor.textContent()).toContain("new listing");
    // Whoever comes later is told the cause as well.
    await until(
      () => countStored(platform, slug),
      ({ n }) => n === 2,
    );
    await page.reload();
    await floor.getByText("new listing").waitFor();
  });

  test("resumes after the server dropped it: no hole and no repeat, and nothing loaded again", async () => {
    const slug = "page-resume";
    await seed(slug, 5);
    const { page } = await openPage(browser);
    await page.goto(`${platform.url}/c/${slug}`);
    await isLive(page);
    await showsAllUpTo(page, 5);
    await page.evaluate(() => {
      const { dataset } = document.body;
      const element = document.querySelector(".connection");
      if (!element) throw new Error("no connection state is shown");
      dataset.phases = "";
      new MutationObserver(() => {
        dataset.phases += `${element.getAttribute("data-phase")} `;
      }).observe(element, { attributes: true, attributeFilter: ["data-phase"] });
    });
    for (let round = 0; round < 4; round += 1) {
      await platform.evict("CollectionRoom", slug, "close");
      await postEvents(platform, rawSales(slug, `round-${round}`, 6));
      await showsAllUpTo(page, 5 + 6 * (round + 1));
      await isLive(page);
    }
    const phases = await page.evaluate(() => document.body.dataset.phases);
    expect(phases).toMatch(/offline .*live/);
  });

  test("says that it reconnects while the worker is gone, and has everything once it is back", async () => {
    const slug = "page-killed";
    await seed(slug, 5);
    const { page } = await openPage(browser);
    await page.goto(`${platform.url}/c/${slug}`);
    await isLive(page);
    await showsAllUpTo(page, 5);
    await platform.killWorker();
    await connection(page).getByText("Reconnecting").waitFor();
    await connection(page).getByRole("button", { name: "Try now" }).waitFor();
    await platform.restartWorker();
    await postEvents(platform, rawSales(slug, "after", 7));
    // It may have come back by itself before the button was there to be pressed.
    await connection(page)
      .getByRole("button", { name: "Try now" })
      .click({ timeout: 1_000 })
      .catch(() => undefined);
    await showsAllUpTo(page, 12);
    await isLive(page);
  });

  test("goes on live while Postgres is away, and says what cannot be read, with the trace id", async () => {
    const slug = "page-away";
    await seed(slug, 2);
    await platform.pauseDatabase();
    const { page } = await openPage(browser);
    try {
      await page.goto(platform.url);
      const alert = page.getByRole("alert");
      await alert.getByText(/Trace id [0-9a-f]{32}/).waitFor();
      await page.goto(`${platform.url}/c/${slug}`);
      await alert.getByText("The collection cannot be shown.").waitFor();
      await isLive(page);
      await postEvents(platform, rawSales(slug, "away", 1, 555));
      await page.locator(".trades tbody tr", { hasText: "#555" }).waitFor();
    } finally {
      await platform.resumeDatabase();
    }
    await page.getByRole("alert").first().waitFor({ state: "detached", timeout: 30_000 });
    await showsAllUpTo(page, 3);
  });

  test("a collection that nobody has heard of is said to be missing", async () => {
    const { page } = await openPage(browser);
    await page.goto(`${platform.url}/c/never-heard-of`);
    await page.getByRole("heading", { name: /There is no collection/ }).waitFor();
  });

  test.each([
    [360, 740],
    [390, 844],
  ])("at %i pixels nothing sticks out to the side", async (width, height) => {
    const slug = "page-a-rather-long-name-for-a-collection-on-a-phone";
    await seed(slug, 3);
    const { page } = await openPage(browser, { viewport: { width, height }, isMobile: true, hasTouch: true });
    for (const path of ["/", `/c/${slug}`]) {
      await page.goto(platform.url + path);
      await isLive(page);
      const [content, visible] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        window.innerWidth,
      ]);
      expect(content).toBeLessThanOrEqual(visible ?? 0);
    }
  });

  test("follows the system's theme, and remembers another choice", async () => {
    const { page } = await openPage(browser, { colorScheme: "dark" });
    const brightness = () =>
      page.evaluate(() => {
        const [red = 0] = getComputedStyle(document.body).backgroundColor.match(/\d+/g)?.map(Number) ?? [];
        return red < 60 ? "dark" : "light";
      });
    await page.goto(platform.url);
    const toggle = page.getByRole("button", { name: /theme/ });
    await toggle.waitFor();
    expect(await brightness()).toBe("dark");
    await toggle.click();
    expect(await brightness()).toBe("light");
    await page.reload();
    await toggle.waitFor();
    expect(await brightness()).toBe("light");
    await toggle.click();
    expect(await brightness()).toBe("dark");
  });

  test("is usable by keyboard alone", async () => {
    const slug = "page-keys";
    await seed(slug, 2);
    const { page } = await openPage(browser);
    await page.goto(`${platform.url}/?q=${slug}`);
    await page.locator("tbody tr").waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
    await page.keyboard.press("Tab");
    expect(await focused()).toContain("Skip to the content");
    for (let presses = 0; presses < 20 && (await focused()) !== slug; presses += 1)
      await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: slug }).waitFor();
    expect(await focused()).toContain(slug);
    await page.getByRole("radio", { name: "Sales" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.getByText("Nothing of this kind yet.").waitFor();
  });
});
