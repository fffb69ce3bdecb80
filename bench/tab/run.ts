import type { Browser } from "playwright-core";
import { z } from "zod";
import { openPage } from "../../test/web/support/browser.ts";
import { sleep } from "../clock.ts";
import { descendants, usageOf } from "../process-usage.ts";

/** What marked a new row and a moved price before: a background that each frame paints again. */
const PAINTED = `
  .trades .fresh { animation: old-fresh 2.4s ease-out; }
  .trades .fresh td:first-child::before { content: none; }
  .moved-up, .moved-down { animation: old-moved 1.1s ease-out; }
  .moved-up::after, .moved-down::after { content: none; }
  .moved-up { --moved: var(--up-soft); }
  .moved-down { --moved: var(--down-soft); }
  @keyframes old-fresh { from { background: var(--fresh); } }
  @keyframes old-moved { from { background: var(--moved); } }`;
const SMOOTH = `
  .trades .fresh td:first-child::before, .moved-up::after, .moved-down::after {
    animation-timing-function: ease-out;
  }`;
const STILL = "*, *::before, *::after { animation: none !important; }";

export const STYLES = {
  "no animation": STILL,
  "background, as before": PAINTED,
  "opacity, every frame": SMOOTH,
  "opacity in eight steps, as now": "",
} as const;

/** The kernel cuts names of processes to 15 characters. */
const PROCESSES = ["chromium", "chrome"];

const Metrics = z.object({ metrics: z.array(z.object({ name: z.string(), value: z.number() })) });

export interface TabUse {
  /** CPU time of all processes of the browser, a second. */
  cores: number;
  /** Of that, the work of the page's main thread. */
  main: number;
  rows: number;
}

interface Asked {
  url: string;
  /** Over the page's own. */
  style: string;
  seconds: number;
  /** Hands in events, a second. */
  rate: number;
  publish(): Promise<unknown>;
}

/** What a tab with a busy collection costs while somebody looks at it. */
export async function measureTab(
  browser: Browser,
  { url, style, seconds, rate, publish }: Asked,
): Promise<TabUse> {
  const { page } = await openPage(browser, { bypassCSP: true });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable");
  const busy = async () => {
    const { metrics } = Metrics.parse(await devtools.send("Performance.getMetrics"));
    return metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN;
  };
  const pids = () => PROCESSES.flatMap((name) => descendants(process.pid, name));
  try {
    await page.goto(url);
    if (style !== "") await page.addStyleTag({ content: style });
    await page.locator('.connection[data-phase="live"]').waitFor();
    await publish();
    await page.locator(".trades tbody tr").first().waitFor();
    await sleep(2000);
    const before = { cpu: usageOf(pids()).cpu_s, main: await busy() };
    const start = performance.now();
    for (let n = 0; n < rate * seconds; n++) {
      await sleep(Math.max(0, start + (n * 1000) / rate - performance.now()));
      await publish();
    }
    const elapsed = (performance.now() - start) / 1000;
    const after = { cpu: usageOf(pids()).cpu_s, main: await busy() };
    const rows = await page.locator(".trades tbody tr").count();
    return {
      cores: (after.cpu - before.cpu) / elapsed,
      main: (after.main - before.main) / elapsed,
      rows,
    };
  } finally {
    await page.context().close();
  }
}
