import { describe, expect, it } from "vitest";
import { backOffDelay } from "../../../../shared/providers/gate/back-off.ts";
import {
  admitCall,
  type Circuit,
  circuitState,
  circuitWait,
  closedCircuit,
  recordFailure,
  recordSuccess,
} from "../../../../shared/providers/gate/circuit.ts";

const POLICY = { failures_to_open: 3, cool_down: { base_ms: 10_000, max_ms: 60_000 }, trial_ms: 5_000 };
const fail = (circuit: Circuit, now: number, random = 0.999) => recordFailure(circuit, POLICY, now, random);
const opened = () => [0, 1, 2].reduce((circuit, now) => fail(circuit, now), closedCircuit);

describe("the circuit", () => {
  it("opens after failures in a row, not after failures with a success between", () => {
    const twice = fail(fail(closedCircuit, 0), 1);
    expect(circuitState(twice, 2)).toBe("closed");
    expect(circuitState(fail(fail(recordSuccess(), 3), 4), 5)).toBe("closed");
    expect(circuitState(opened(), 3)).toBe("open");
  });

  it("lets one call try after the cool-down, and no second one beside it", () => {
    const half = opened();
    const later = (half.open_until ?? 0) + 1;
    expect(circuitState(half, later)).toBe("half_open");
    expect(circuitWait(half, later)).toBe(0);
    expect(circuitWait(admitCall(half, POLICY, later), later + 10)).toBe(4990);
  });

  it("lets another try where the first was never heard of again", () => {
    const half = opened();
    const later = (half.open_until ?? 0) + 1;
    expect(circuitWait(admitCall(half, POLICY, later), later + 5_000)).toBe(0);
  });

  it("opens again at once where the trial fails, for longer each time and never for ever", () => {
    let circuit = opened();
    const spans: number[] = [];
    let now = 3;
    for (let round = 0; round < 6; round += 1) {
      spans.push(Math.round(((circuit.open_until ?? 0) - now) / 1000));
      now = (circuit.open_until ?? 0) + 1;
      circuit = fail(circuit, now);
    }
    expect(spans).toEqual([10, 20, 40, 60, 60, 60]);
  });

  it("is as new after one success", () => {
    expect(recordSuccess()).toEqual(closedCircuit);
  });

  it("does not stay open longer for failures that come in late", () => {
    const open = opened();
    expect(fail(open, 5)).toBe(open);
  });
});

describe("backOffDelay", () => {
  it("doubles up to its bound, and spreads over its upper half", () => {
    const rule = { base_ms: 1000, max_ms: 60_000 };
    expect([1, 2, 3, 10, 1000].map((attempt) => backOffDelay(rule, attempt, 0))).toEqual([
      500, 1000, 2000, 30_000, 30_000,
    ]);
    expect(backOffDelay(rule, 2, 0.999999)).toBe(2000);
  });
});
