import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addMoney, divideMoney, multiplyMoney, subtractMoney } from "../../../shared/domain/money.ts";
import { type CounterReading, counterRates } from "../../../shared/metrics/counter-rates.ts";

const at = (seconds: number, value: string): CounterReading => ({ at: seconds * 1000, value });

test("worked out by hand: growth, standstill, a restart, the same time, an older time", () => {
  const { outcomes, last } = counterRates(null, [
    at(0, "100"),
    at(10, "150"),
    at(20, "150"),
    at(25, "10"),
    at(25, "11"),
    at(24, "9"),
    at(35, "10.5"),
  ]);
  expect(outcomes).toEqual([
    { kind: "first" },
    { kind: "rate", value: "5" },
    { kind: "rate", value: "0" },
    { kind: "rate", value: "2" },
    { kind: "same" },
    { kind: "late" },
    { kind: "rate", value: "0.05" },
  ]);
  expect(last).toEqual(at(35, "10.5"));
});

test("numbers beyond what a float holds are counted exactly", () => {
  const { outcomes } = counterRates(at(0, "900719925474099300000001"), [at(1, "900719925474099300000004")]);
  expect(outcomes).toEqual([{ kind: "rate", value: "3" }]);
});

describe("whatever a counter does", () => {
  /** A process that counts, restarts now and then, and is read at growing times. */
  const history = fc.array(
    fc.record({
      after_ms: fc.integer({ min: 1, max: 3_600_000 }),
      grown: fc.integer({ min: 0, max: 10_000_000 }),
      // A restart is only seen where less has been counted since than before.
      restarts: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  );

  function play(steps: { after_ms: number; grown: number; restarts: boolean }[]) {
    let time = 1000;
    let value = 0;
    const readings: CounterReading[] = [{ at: time, value: "0" }];
    const growth: string[] = [];
    for (const { after_ms, grown, restarts } of steps) {
      time += after_ms;
      const restarted = restarts && grown < value;
      value = restarted ? grown : value + grown;
      readings.push({ at: time, value: String(value) });
      growth.push(String(grown));
    }
    return { readings, growth };
  }

  /** What rates and the times between them add up to. */
  function areaUnder(readings: CounterReading[], outcomes: ReturnType<typeof counterRates>["outcomes"]) {
    return outcomes.map((outcome, i) => {
      if (outcome.kind !== "rate") return null;
      const seconds = divideMoney(String((readings[i]?.at ?? 0) - (readings[i - 1]?.at ?? 0)), "1000");
      return multiplyMoney(outcome.value, seconds);
    });
  }

  test("rate times time is what it grew, restart or not, and no rate is below 0", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const { readings, growth } = play(steps);
        const { outcomes } = counterRates(null, readings);
        const areas = areaUnder(readings, outcomes).slice(1);
        expect(areas).toHaveLength(growth.length);
        for (const [i, area] of areas.entries()) {
          const off = Math.abs(Number(subtractMoney(area ?? "-1", growth[i] ?? "0")));
          expect(off).toBeLessThan(1e-9);
        }
        expect(outcomes.every((outcome) => outcome.kind !== "rate" || !outcome.value.startsWith("-"))).toBe(
          true,
        );
      }),
    );
  });

  test("in whatever portions it arrives, the rates are the same", () => {
    fc.assert(
      fc.property(history, fc.array(fc.integer({ min: 1, max: 7 })), (steps, portions) => {
        const { readings } = play(steps);
        const whole = counterRates(null, readings);
        let last: CounterReading | null = null;
        const outcomes = [];
        let from = 0;
        for (const size of [...portions, readings.length]) {
          const part = counterRates(last, readings.slice(from, from + size));
          outcomes.push(...part.outcomes);
          last = part.last;
          from += size;
        }
        expect({ outcomes, last }).toEqual(whole);
      }),
    );
  });

  test("readings that come again, or too late, add nothing", () => {
    fc.assert(
      fc.property(history, fc.nat(), (steps, pick) => {
        const { readings } = play(steps);
        const { last } = counterRates(null, readings);
        const again = readings.slice(pick % readings.length);
        const second = counterRates(last, again);
        expect(second.last).toEqual(last);
        expect(second.outcomes.every(({ kind }) => kind === "same" || kind === "late")).toBe(true);
        expect(addMoney("0", ...second.outcomes.flatMap((o) => (o.kind === "rate" ? [o.value] : [])))).toBe(
          "0",
        );
      }),
    );
  });
});
