import { describe, expect, it } from "vitest";
import type { SignalSettings } from "../../../../shared/alerts/engine/rule-spec.ts";
import { createSignal, historyNeeds } from "../../../../shared/alerts/engine/signals/create-signal.ts";
import type { MetricPoint } from "../../../../shared/alerts/engine/signals/point.ts";

const MINUTE = 60_000;
const VALUE: SignalSettings = { condition: "value", window_ms: null, absent_ms: 0 };
const HOUR: SignalSettings = { ...VALUE, window_ms: 60 * MINUTE };
const STEP = { name: "market.floor", shape: "step" } as const;
const SAMPLED = { name: "host.cpu_percent", shape: "sampled" } as const;
const windowed = (name: string) => ({ name: `market.${name}`, shape: "windowed" }) as const;

const value = (minute: number, text: string | null): MetricPoint => ({ at: minute * MINUTE, value: text });
const sale = (
  minute: number,
  price: string | null,
  token_id = "1",
  seller = "s",
  buyer = "b",
  items = "1",
) => ({
  at: minute * MINUTE,
  ...{ price, items, token_id, seller, buyer },
});

/** What a signal says at a minute, and the minute of its next change. */
function look(signal: ReturnType<typeof createSignal>, minute: number) {
  const { observation, next_at } = signal.at(minute * MINUTE);
  const said = observation.kind === "value" ? observation.value : observation.kind;
  return [said, next_at === null ? null : next_at / MINUTE];
}

describe("signals", () => {
  it("a step metric keeps its value, and a late one does not displace the newer", () => {
    const signal = createSignal(STEP, VALUE, { points: [value(1, "40.0")] });
    expect(look(signal, 500)).toEqual(["40", null]);
    signal.push(value(600, "39"));
    signal.push(value(550, "12"));
    expect(look(signal, 600)).toEqual(["39", null]);
    signal.push(value(601, null));
    expect(look(signal, 601)).toEqual(["no_data", null]);
  });

  it("a step metric's change is counted from what was in force a window ago", () => {
    const signal = createSignal(STEP, { ...HOUR, condition: "change_percent" }, { points: [value(0, "40")] });
    expect(look(signal, 59)).toEqual(["no_data", 60]);
    signal.push(value(70, "35"));
    expect(look(signal, 70)).toEqual(["-12.5", 130]);
    expect(look(signal, 130)).toEqual(["0", null]);
  });

  it("a reading is known for five minutes", () => {
    const signal = createSignal(SAMPLED, VALUE, { points: [value(0, "7")] });
    expect(look(signal, 5)).toEqual(["7", 5 + 1 / MINUTE]);
    expect(look(signal, 5 + 1 / MINUTE)).toEqual(["no_data", null]);
  });

  it("a mean is of the readings after the window's beginning", () => {
    const signal = createSignal(SAMPLED, { ...VALUE, window_ms: 2 * MINUTE }, { points: [value(0, "1")] });
    signal.push(value(1, "2"));
    expect(look(signal, 1)).toEqual(["1.5", 2]);
    expect(look(signal, 2)).toEqual(["2", 3]);
    expect(look(signal, 3)).toEqual(["no_data", null]);
  });

  const SALES = [
    sale(0, "2", "1", "a", "b"),
    sale(10, "3.5", "2", "c", "d", "2"),
    sale(20, null, "3", "e", "f"),
  ];
  it.each([
    ["sales", "3", "2"],
    ["volume", "9", "7"],
    ["average_price", "3", "3.5"],
    ["top_sale", "3.5", "3.5"],
    ["record_sales", "1", "1"],
    ["wash_trade_share", "0", "0"],
  ])("%s over an hour, as it moves on", (name, at_first, later) => {
    const signal = createSignal(windowed(name), HOUR, { points: SALES });
    expect(look(signal, 59)[0]).toBe(at_first);
    expect(look(signal, 60)[0]).toBe(later);
    const empty = look(signal, 80)[0];
    expect(empty).toBe(["sales", "volume", "record_sales"].includes(name) ? "0" : "no_data");
  });

  it("a windowed metric's change is counted from the window before", () => {
    const signal = createSignal(windowed("sales"), { ...HOUR, condition: "change_percent" }, { points: [] });
    for (const minute of [0, 5, 61]) signal.push(sale(minute, "1"));
    expect(look(signal, 61)).toEqual(["100", 65]);
    expect(look(signal, 65)).toEqual(["-50", 120]);
    expect(look(signal, 121)).toEqual(["-100", 125]);
    expect(look(signal, 200)).toEqual(["no_data", null]);
  });

  it("a record is above everything before it, also when that is told late", () => {
    const signal = createSignal(windowed("record_sales"), HOUR, { points: [], high: "10" });
    signal.push(sale(10, "11"));
    signal.push(sale(20, "12"));
    expect(look(signal, 20)[0]).toBe("2");
    signal.push(sale(5, "11.5"));
    expect(look(signal, 20)[0]).toBe("2");
    signal.push(sale(15, "20"));
    expect(look(signal, 20)[0]).toBe("2");
    signal.push(sale(21, "19"));
    expect(look(signal, 21)[0]).toBe("2");
  });

  it("wash trades: to the seller, or back to who sold the token within the window", () => {
    const signal = createSignal(windowed("wash_trade_share"), HOUR, { points: [] });
    signal.push(sale(0, "1", "1", "a", "b"));
    signal.push(sale(10, "1", "1", "b", "a"));
    expect(look(signal, 10)[0]).toBe("50");
    signal.push(sale(20, "2", "9", "z", "z"));
    expect(look(signal, 20)[0]).toBe("75");
    // The sale that it went back after has left the window.
    expect(look(signal, 60)[0]).toBe("66.666666666666666667");
  });

  it("absence begins when nothing came for so long, also where nothing ever came", () => {
    const settings: SignalSettings = { condition: "absence", window_ms: null, absent_ms: 10 * MINUTE };
    const signal = createSignal(STEP, settings, { points: [], began_at: 0 });
    expect(look(signal, 9)).toEqual(["1", 10]);
    expect(look(signal, 10)).toEqual(["no_data", null]);
    signal.push(value(12, "5"));
    expect(look(signal, 12)).toEqual(["5", 22]);
  });

  it("says how much of the past it needs", () => {
    expect(historyNeeds(STEP, VALUE)).toEqual({ span_ms: 0, one_before: true, high: false });
    expect(historyNeeds(windowed("record_sales"), { ...HOUR, condition: "change_percent" })).toEqual({
      ...{ span_ms: 120 * MINUTE, one_before: false, high: true },
    });
  });

  it("does not take for a sale what is none", () => {
    const signal = createSignal(windowed("volume"), HOUR, { points: [] });
    expect(() => signal.push({ at: 0 })).toThrow(TypeError);
  });
});
