import { expect, it } from "vitest";
import { Pace } from "../../../durable-objects/webhook/pace.ts";

it("gives places apart from each other, up to a longest wait, and none to wait for where nobody was just here", () => {
  let now = Date.parse("2026-01-01T00:00:00Z");
  const pace = new Pace(() => now);
  expect([pace.place(), pace.place(), pace.place()]).toEqual([0, 20, 40]);
  now += 50;
  expect(pace.place()).toBe(10);
  now += 30;
  expect(pace.place()).toBe(0);
  const waits = Array.from({ length: 1000 }, () => pace.place());
  expect(Math.max(...waits)).toBe(3000);
  now += 10_000;
  expect(pace.place()).toBe(0);
});
