import { sleep } from "../clock.ts";
import { Histogram } from "../histogram.ts";

/** Latencies of reads at a steady rate, sent whether or not the ones before were answered. */
export async function measureReads(
  urls: string[],
  { rate, seconds }: { rate: number; seconds: number },
): Promise<{ count: number; failed: number; p50: number; p95: number; p99: number }> {
  const latencies = new Histogram();
  let failed = 0;
  const running: Promise<void>[] = [];
  const start = performance.now();
  for (let n = 0; n < rate * seconds; n++) {
    await sleep(Math.max(0, start + (n * 1000) / rate - performance.now()));
    running.push(
      (async () => {
        const sent = performance.now();
        const answer = await fetch(urls[n % urls.length] ?? "");
        await answer.arrayBuffer();
        latencies.add(performance.now() - sent);
        if (!answer.ok) failed += 1;
      })(),
    );
  }
  await Promise.all(running);
  const [p50 = 0, p95 = 0, p99 = 0] = [0.5, 0.95, 0.99].map((q) => latencies.quantile(q));
  return { count: latencies.count, failed, p50, p95, p99 };
}
