import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Platform } from "../../scripts/local/platform.ts";
import { countStored, postEvents, rawSales, until } from "../support/api.ts";
import { openPlatform } from "../support/platform.ts";
import { CHROMIUM, launchBrowser, openPage } from "../web/support/browser.ts";

let platform: Platform;
let browser: Browser;

describe.skipIf(CHROMIUM === undefined)("the live page in a browser, with the machine to itself", () => {
  beforeAll(async () => {
    [platform, browser] = await Promise.all([openPlatform({ buildWeb: true }), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });

  test("shows a posted sale within a second, moves the price, and marks the row", async () => {
    const slug = "page-live";
    await postEvents(platform, rawSales(slug, "seed", 3));
    await until(
      () => countStored(platform, slug),
      ({ n }) => n >= 3,
    );
    const { page, complaints } = await openPage(browser);
    await page.goto(`${platform.url}/c/${slug}`);
    await page.locator('.connection[data-phase="live"]').waitFor();
    await until(
      () => page.locator(".trades tbody tr").count(),
      (count) => count === 3,
    );
    const [sale] = rawSales(slug, "new", 1, 777);
    const posted = performance.now();
    await postEvents(platform, [{ ...Object(sale), price: "1.234567890123456789" }]);
    const row = page.locator(".trades tbody tr", { hasText: "#777" });
    await row.waitFor();
    expect(performance.now() - posted).toBeLessThan(1_000);
    expect(await row.getAttribute("class")).toContain("fresh");
    // Whatever else moves would paint the page again and again.
    const animated = await page.evaluate(() =>
      document
        .getAnimations()
        .flatMap(({ effect }) =>
          effect instanceof KeyframeEffect
            ? effect.getKeyframes().flatMap((frame) => Object.keys(frame))
            : [],
        ),
    );
    const timing = ["offset", "computedOffset", "easing", "composite"];
    expect([...new Set(animated)].filter((name) => !timing.includes(name))).toEqual(["opacity"]);
    expect(await row.textContent()).toContain("1.2346");
    const exact = "1.234567890123456789 ETH";
    expect(await row.locator(".amount").getAttribute("title")).toContain(exact);
    await page.locator(".figure", { hasText: "Last price" }).getByTitle(exact).waitFor();
    // The figures of the day come from the database, a moment later.
    await page.locator(".figure", { hasText: "Sales 24 h" }).getByText("4", { exact: true }).waitFor();
    expect(complaints).toEqual([]);
  });
});
