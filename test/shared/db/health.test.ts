import { expect, it } from "vitest";
import { DatabaseHealth } from "../../../shared/db/health.ts";
import { requestPatience } from "../../../shared/db/patience.ts";
import { DatabaseUnavailableError } from "../../../shared/db/unavailable.ts";

function open() {
  const clock = { now: 1_000_000 };
  const health = new DatabaseHealth(
    () => clock.now,
    () => 0.5,
  );
  for (let i = 0; i < 3; i++) health.unanswered();
  return { clock, health };
}

it("lets every question through until three in a row have no answer", () => {
  const health = new DatabaseHealth();
  health.unanswered();
  health.unanswered();
  health.answered();
  health.unanswered();
  health.unanswered();
  expect(health.admit()).toBeUndefined();
  health.unanswered();
  expect(() => health.admit()).toThrow(DatabaseUnavailableError);
});

it("lets one question a second find out whether a database that is away is back", () => {
  const { clock, health } = open();
  let through = 0;
  for (let ms = 0; ms < 10_000; ms += 10) {
    clock.now += 10;
    try {
      health.admit();
      through += 1;
      health.unanswered();
    } catch {}
  }
  expect(through).toBe(10);
});

it("lets everybody through again after the first answer, whoever heard it", () => {
  const { clock, health } = open();
  clock.now += 1000;
  health.admit();
  expect(() => health.admit()).toThrow();
  health.answered();
  expect(health.admit()).toBeUndefined();
});

it("gives all questions of a request one time together, and what follows the answer its own", () => {
  let now = 0;
  const waits = requestPatience(8000, () => now);
  now = 7000;
  expect(waits.left()).toBe(1000);
  now = 9000;
  expect(waits.left()).toBeLessThan(0);
  waits.lift();
  expect(waits.left()).toBe(Number.POSITIVE_INFINITY);
});
