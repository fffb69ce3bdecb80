import fc from "fast-check";
import { expect, test } from "vitest";
import { ACCOUNT_LIMITS, ADDRESS_LIMITS } from "../../../../shared/auth/login/limits.ts";
import { memoryGuards } from "../../../support/login-guards.ts";

const START = Date.parse("2026-01-01T00:00:00Z");

function guardAt(start = START) {
  const clock = { now: start };
  const guard = memoryGuards(() => clock.now).login("account:1");
  const attempt = () => guard.attempt(ACCOUNT_LIMITS);
  /** An attempt that turns out wrong. */
  const fail = async () => {
    const verdict = await attempt();
    if (verdict.allowed) await guard.failed();
    return verdict;
  };
  return { clock, guard, attempt, fail };
}

test("five failures are free, then the wait doubles from a second to a quarter of an hour", async () => {
  const { clock, fail } = guardAt();
  for (let i = 0; i < 5; i += 1) expect((await fail()).allowed).toBe(true);
  const waits: number[] = [];
  for (let i = 0; i < 12; i += 1) {
    const verdict = await fail();
    if (verdict.allowed) throw new Error("the guard let an attempt through that should wait");
    waits.push(verdict.retry_after_ms / 1000);
    clock.now += verdict.retry_after_ms;
    expect((await fail()).allowed).toBe(true);
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
});

test("of a hundred wrong attempts at once as many pass as are free", async () => {
  const { fail } = guardAt();
  const verdicts = await Promise.all(Array.from({ length: 100 }, fail));
  expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(5);
});

test("twelve right attempts at once are all let in, and leave nothing behind", async () => {
  const { guard, attempt } = guardAt();
  const under_way: (() => void)[] = [];
  let most = 0;
  const right = async () => {
    const verdict = await attempt();
    most = Math.max(most, under_way.length + 1);
    await new Promise<void>((resolve) => under_way.push(resolve));
    await guard.succeeded();
    return verdict;
  };
  const all = Promise.all(Array.from({ length: 12 }, right));
  for (let i = 0; i < 12; i += 1) {
    while (under_way.length === 0) await new Promise((resolve) => setImmediate(resolve));
    under_way.shift()?.();
  }
  expect((await all).every(({ allowed }) => allowed)).toBe(true);
  expect(most).toBeLessThanOrEqual(5);
  expect(await attempt()).toEqual({ allowed: true, failures: 1 });
});

test("an attempt whose outcome nobody told has failed", async () => {
  const { clock, guard, attempt } = guardAt();
  for (let i = 0; i < 5; i += 1) await attempt();
  clock.now += 30_000;
  expect(await attempt()).toEqual({ allowed: false, retry_after_ms: 1000 });
  clock.now += 1000;
  expect(await attempt()).toEqual({ allowed: true, failures: 6 });
  await guard.succeeded();
});

test("an attempt that must wait does not make the wait longer", async () => {
  const { clock, fail, attempt } = guardAt();
  for (let i = 0; i < 5; i += 1) await fail();
  for (let i = 0; i < 50; i += 1) await fail();
  clock.now += 1000;
  expect((await attempt()).allowed).toBe(true);
});

test("failures are forgotten after twelve hours without one", async () => {
  const { clock, fail } = guardAt();
  for (let i = 0; i < 5; i += 1) await fail();
  clock.now += ACCOUNT_LIMITS.forget_after_ms - 1;
  expect(await fail()).toEqual({ allowed: true, failures: 6 });
  clock.now += ACCOUNT_LIMITS.forget_after_ms;
  expect(await fail()).toEqual({ allowed: true, failures: 1 });
});

test("a success takes its own attempt back and leaves the failures of others", async () => {
  const clock = { now: START };
  const guard = memoryGuards(() => clock.now).login("address:192.0.2.1");
  let wrong = 0;
  // An attacker whose own account is good logs in with it before each guess at another.
  for (let i = 0; i < 200; i += 1) {
    if ((await guard.attempt(ADDRESS_LIMITS)).allowed) await guard.succeeded();
    if (!(await guard.attempt(ADDRESS_LIMITS)).allowed) continue;
    await guard.failed();
    wrong += 1;
  }
  expect(wrong).toBe(ADDRESS_LIMITS.free);
});

test("a success that was waited for does not have to be waited for again", async () => {
  const { clock, guard, attempt, fail } = guardAt();
  for (let i = 0; i < 8; i += 1) {
    clock.now += 60_000;
    await fail();
  }
  clock.now += 60_000;
  expect((await attempt()).allowed).toBe(true);
  await guard.succeeded();
  expect((await attempt()).allowed).toBe(true);
});

test("whatever is attempted and taken back in whatever order, the guesses in an hour stay few", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ pause: fc.integer({ min: 0, max: 60_000 }), good: fc.boolean() }), {
        maxLength: 300,
      }),
      async (steps) => {
        const { clock, guard, attempt } = guardAt();
        let wrong = 0;
        for (const { pause, good } of steps) {
          clock.now += pause;
          if (clock.now - START > 3_600_000) break;
          if (!(await attempt()).allowed) continue;
          await (good ? guard.succeeded() : guard.failed());
          if (!good) wrong += 1;
        }
        // 5 free, then waits of 1, 2, 4 … 512 s are 1023 s, then three of 900 s would be more than the hour.
        expect(wrong).toBeLessThanOrEqual(5 + 10 + 3);
      },
    ),
  );
});

test("a reset forgets everything", async () => {
  const { guard, attempt, fail } = guardAt();
  for (let i = 0; i < 9; i += 1) await fail();
  await guard.reset();
  expect(await attempt()).toEqual({ allowed: true, failures: 1 });
});
