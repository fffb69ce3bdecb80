import { describe, expect, test } from "vitest";

const part = (name: string) => import(new URL(`../../../scripts/agent/${name}.mjs`, import.meta.url).href);
const { Buffer } = await part("buffer");
const { retryAfter } = await part("push");
const { backOff } = await part("agent");
const { disksIn, networksIn } = await part("read-host");

const HOUR_MS = 3_600_000;
/** So many samples of one reading of the machine. */
const reading = (at: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    name: `a.b${i}`,
    labels: {},
    value: 1,
    at: String(at),
    type: "gauge",
  }));
const timesOf = (samples: { at: string }[]) => [...new Set(samples.map(({ at }) => Number(at)))];

describe("the buffer", () => {
  test("keeps an hour, and drops the oldest readings first", () => {
    const buffer = new Buffer({ keep_ms: HOUR_MS, most: 1_000_000 });
    let dropped = 0;
    for (let at = 0; at <= 2 * HOUR_MS; at += 15_000) dropped += buffer.add(at, reading(at, 8));
    expect(buffer.size).toBe((HOUR_MS / 15_000 + 1) * 8);
    expect(dropped + buffer.size).toBe((2 * (HOUR_MS / 15_000) + 1) * 8);
    expect(timesOf(buffer.next(5000).samples)[0]).toBe(HOUR_MS);
  });

  test("holds no more samples than it may, however many a reading has", () => {
    const buffer = new Buffer({ keep_ms: HOUR_MS, most: 1000 });
    for (let at = 0; at < 100; at += 1) {
      buffer.add(at, reading(at, 300));
      expect(buffer.size).toBeLessThanOrEqual(1000);
    }
    expect(timesOf(buffer.next(5000).samples)).toEqual([97, 98, 99]);
  });

  test("hands out whole readings, in order, and forgets what was sent and only that", () => {
    const buffer = new Buffer({ keep_ms: HOUR_MS, most: 1000 });
    for (const at of [1, 2, 3]) buffer.add(at, reading(at, 10));
    const { samples, readings, last_at } = buffer.next(25);
    expect([timesOf(samples), readings]).toEqual([[1, 2], 2]);
    buffer.add(4, reading(4, 10));
    buffer.sent(last_at);
    expect(timesOf(buffer.next(5000).samples)).toEqual([3, 4]);
    expect(timesOf(buffer.next(5).samples)).toEqual([3]);
  });
});

test.each([
  ["7", 7000],
  [" 0 ", 0],
  ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
  ["Thu, 01 Jan 2025 00:00:00 GMT", 0],
  ["99999999", HOUR_MS],
  ["soon", null],
  ["", null],
  [null, null],
])("Retry-After %j is %j ms", (header, ms) => {
  expect(retryAfter(header, Date.parse("2026-01-01T00:00:00Z"))).toBe(ms);
});

test("waits double up to a minute, and differ from agent to agent", () => {
  expect([1, 2, 3, 10, 1000].map((n) => backOff(n, () => 1))).toEqual([1000, 2000, 4000, 60_000, 60_000]);
  expect([1, 10].map((n) => backOff(n, () => 0))).toEqual([500, 30_000]);
});

test("disks without data of their own, loopback and containers' interfaces are left out", () => {
  const disk = (mount: string, type: string, size = 100) => ({ mount, type, size, used: 1, use: 1 });
  const disks = [
    disk("/", "ext4"),
    disk("/", "ext4"),
    disk("/run", "tmpfs"),
    disk("/snap/a", "squashfs"),
    disk("/x", "ext4", 0),
  ];
  expect(disksIn(disks).map(({ mount }: { mount: string }) => mount)).toEqual(["/"]);
  const names = ["lo", "eth0", "veth12ab", "docker0", "br-0123abc", "wlan0", ""];
  const found = networksIn(names.map((iface) => ({ iface })));
  expect(found.map(({ iface }: { iface: string }) => iface)).toEqual(["eth0", "wlan0"]);
});
