import { sleep } from "../clock.ts";
import { Histogram } from "../histogram.ts";

export const HASHES = ["none", "argon2id", "scrypt", "bcrypt-10", "bcrypt-12", "pbkdf2-100k", "strength"];

async function time(url: string): Promise<number> {
  const sent = performance.now();
  const answer = await fetch(url);
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${url} was answered with ${answer.status}`);
  return performance.now() - sent;
}

/** Milliseconds of one request that makes one hash: the first in the isolate, and the median of `count` after it. */
export async function measureHash(url: string, count: number): Promise<{ first: number; median: number }> {
  const first = await time(url);
  const latencies = new Histogram();
  for (let n = 0; n < count; n++) latencies.add(await time(url));
  return { first, median: latencies.quantile(0.5) };
}

/**
 * Latencies of `read` at a steady rate while `count` log-ins come at once. Reads count from when the log-ins are sent
 * until the last of them is answered; without log-ins for `calm_ms`.
 */
export async function measureBurst(
  read: string,
  login: string | null,
  { count, rate, calm_ms }: { count: number; rate: number; calm_ms: number },
): Promise<{ reads: number; p50: number; p95: number; max: number; burst_ms: number }> {
  const latencies = new Histogram();
  let over = false;
  const start = performance.now();
  const logins = Promise.all(
    login === null ? [sleep(calm_ms)] : Array.from({ length: count }, () => time(login)),
  ).finally(() => {
    over = true;
  });
  const reads: Promise<void>[] = [];
  for (let n = 0; !over; n++) {
    await sleep(Math.max(0, start + (n * 1000) / rate - performance.now()));
    reads.push(time(read).then((ms) => latencies.add(ms)));
  }
  await logins;
  const burst_ms = performance.now() - start;
  await Promise.all(reads);
  const [p50 = 0, p95 = 0, max = 0] = [0.5, 0.95, 1].map((q) => latencies.quantile(q));
  return { reads: latencies.count, p50, p95, max, burst_ms };
}
