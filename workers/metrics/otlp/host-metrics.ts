import {
  addMoney,
  compareMoney,
  divideMoney,
  multiplyMoney,
  subtractMoney,
} from "../../../shared/domain/money.ts";
import type { Labels } from "../../../shared/metrics/series.ts";
import { attribute } from "./names.ts";
import type { Attributes } from "./schema.ts";

/** A reading under its own name, with the attributes it came with. */
export interface OtlpReading {
  name: string;
  /** As it was sent; `""` where none was. */
  unit: string;
  attributes: Attributes;
  at: string;
  value: string;
  counter: boolean;
  /** It is counted by the second, or will be. */
  rate: boolean;
}

/** What becomes of a reading of a host: another name and labels of its own. */
export interface HostReading {
  name: string;
  labels: Labels;
  value: string;
}

const percent = (ratio: string) => multiplyMoney(ratio, "100");
const state = (attributes: Attributes, ...keys: string[]) => attribute(attributes, ...keys, "state");
const named = (label: string, value: string | undefined): Labels =>
  value === undefined ? {} : { [label]: value };
const mount = (attributes: Attributes) =>
  named("mount", attribute(attributes, "system.filesystem.mountpoint", "mountpoint"));
const networkInterface = (attributes: Attributes) =>
  named("interface", attribute(attributes, "network.interface.name", "system.device", "device"));

/**
 * Metrics of hosts as OpenTelemetry names them (https://opentelemetry.io/docs/specs/semconv/system/system-metrics/, and
 * the names before its 1.26 as the Collector's host receiver sends them), by the name they are known under here. `null`
 * where one point alone does not say the same; it is then kept under its own name.
 */
const HOST_METRICS: ReadonlyMap<string, (reading: OtlpReading) => HostReading | null> = new Map(
  Object.entries<(reading: OtlpReading) => HostReading | null>({
    "system.cpu.load_average.1m": ({ value }) => ({ name: "host.load_1m", labels: {}, value }),
    "system.memory.utilization": ({ attributes, value }) =>
      ["used", undefined].includes(state(attributes, "system.memory.state"))
        ? { name: "host.memory_percent", labels: {}, value: percent(value) }
        : null,
    "system.memory.usage": ({ attributes, value }) =>
      state(attributes, "system.memory.state") === "used"
        ? { name: "host.memory_used_bytes", labels: {}, value }
        : null,
    "system.filesystem.utilization": ({ attributes, value }) =>
      ["used", undefined].includes(state(attributes, "system.filesystem.state"))
        ? { name: "host.disk_percent", labels: mount(attributes), value: percent(value) }
        : null,
    "system.filesystem.usage": ({ attributes, value }) =>
      state(attributes, "system.filesystem.state") === "used"
        ? { name: "host.disk_used_bytes", labels: mount(attributes), value }
        : null,
    "system.network.io": ({ attributes, value }) => {
      const direction = attribute(attributes, "network.io.direction", "direction");
      if (direction !== "receive" && direction !== "transmit") return null;
      return {
        name: `host.network_${direction}_bytes_per_second`,
        labels: networkInterface(attributes),
        value,
      };
    },
  }),
);

/** A host's reading as it is known here; `null` where it is none, or is kept as it is. */
export function hostReading(reading: OtlpReading): HostReading | null {
  // What should be a level and is growth, or the other way round, is something else under the same name.
  if (reading.rate !== (reading.name === "system.network.io")) return null;
  return HOST_METRICS.get(reading.name)?.(reading) ?? null;
}

export const CPU_UTILIZATION = "system.cpu.utilization";

const mean = (values: string[]) => divideMoney(addMoney("0", ...values), String(values.length));

/**
 * How busy a host's processors are, all together, from the readings of one instant: what is not spent idle or waiting for
 * disks, as `top` counts it. Readings without a state are how busy each processor is. `null` where idle time is not among
 * them: the rest may not be all there is.
 */
export function cpuPercent(readings: readonly OtlpReading[]): string | null {
  const states = Map.groupBy(readings, ({ attributes }) => state(attributes, "cpu.mode", "system.cpu.state"));
  const valuesOf = (name: string | undefined) => (states.get(name) ?? []).map(({ value }) => value);
  const idle = valuesOf("idle");
  const whole = valuesOf(undefined);
  if (idle.length === 0 && whole.length !== readings.length) return null;
  if (idle.length === 0) return percent(mean(whole));
  const waits = [...valuesOf("wait"), ...valuesOf("iowait")];
  const resting = addMoney(mean(idle), waits.length === 0 ? "0" : mean(waits));
  const busy = subtractMoney("1", resting);
  // Shares are rounded by whoever measured.
  return compareMoney(busy, "0") < 0 ? "0" : percent(busy);
}
