import type { Page } from "playwright-core";

/** What is already there must not move under the eyes of whoever reads: a good page stays below 0.1, ours at half. */
export const MOST_SHIFT = 0.05;

interface Shift extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
}

/** Sums up, from the next document on, how far things on the page move without anybody having done something. */
export async function watchShifts(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const isShift = (entry: PerformanceEntry): entry is Shift => "hadRecentInput" in entry;
    let sum = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (isShift(entry) && !entry.hadRecentInput) sum += entry.value;
      document.documentElement.dataset.shift = String(sum);
    }).observe({ type: "layout-shift", buffered: true });
  });
  return () =>
    page.evaluate(async () => {
      // What moved last is told after it was drawn.
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50)));
      return Number(document.documentElement.dataset.shift ?? 0);
    });
}

/** Lets each answer of the API come at another time, as over a network. */
export async function answerApart(page: Page): Promise<void> {
  let asked = 0;
  await page.route("**/api/**", async (route) => {
    asked += 1;
    const wait = 50 + 70 * (asked % 5);
    await new Promise((resolve) => setTimeout(resolve, wait));
    await route.continue().catch(() => undefined);
  });
}
