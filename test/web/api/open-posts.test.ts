import { expect, test } from "vitest";
import { OpenPosts } from "../../../web/src/api/open-posts.ts";
import { RequestFailed } from "../../../web/src/api/problem.ts";

const answered = (status: number) => async () => {
  if (status >= 300 || status === 0) throw new RequestFailed(status, "It failed.");
};

/** Posts one after the other, and gives the key of each. */
async function keysOf(posts: [address: string, body: unknown, outcome: () => Promise<void>][]) {
  const clock = { now: 0 };
  const open = new OpenPosts(() => clock.now);
  const keys: string[] = [];
  for (const [address, body, outcome] of posts) {
    clock.now += 1000;
    await open
      .run(address, body, async (key) => {
        keys.push(key);
        await outcome();
      })
      .catch(() => {});
  }
  return { keys, open, clock };
}

test("the same request keeps its key until its outcome is known", async () => {
  const rule = { name: "Busy" };
  const { keys } = await keysOf([
    ["/rules", rule, answered(0)],
    ["/rules", rule, answered(503)],
    ["/rules", rule, async () => Promise.reject(new DOMException("aborted", "AbortError"))],
    ["/rules", rule, answered(201)],
    ["/rules", rule, answered(422)],
    ["/rules", rule, answered(201)],
  ]);
  expect(new Set(keys.slice(0, 4)).size).toBe(1);
  expect(new Set(keys).size).toBe(3);
});

test("another body or address has a key of its own", async () => {
  const { keys } = await keysOf([
    ["/rules", { name: "a" }, answered(0)],
    ["/rules", { name: "b" }, answered(0)],
    ["/silences", { name: "a" }, answered(0)],
  ]);
  expect(new Set(keys).size).toBe(3);
});

test("what is sent again much later is meant anew, and many open ones are forgotten from the oldest on", async () => {
  const late = await keysOf([["/rules", 1, answered(0)]]);
  late.clock.now += 600_000;
  await late.open.run("/rules", 1, async (key) => expect(late.keys).not.toContain(key));
  const { keys } = await keysOf([
    ...Array.from({ length: 51 }, (_, i): [string, number, () => Promise<void>] => ["/x", i, answered(0)]),
    ["/x", 50, answered(0)],
    ["/x", 0, answered(0)],
  ]);
  expect(keys[51]).toBe(keys[50]);
  expect(keys[52]).not.toBe(keys[0]);
});
