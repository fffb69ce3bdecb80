import type { OwnSeries } from "./shapes.ts";

/** The newest readings of a machine, in percent; `null`: not known. */
export interface HostReading {
  name: string;
  cpu: string | null;
  memory: string | null;
  /** Of the fullest file system. */
  disk: string | null;
  /** When the newest of them was read. */
  at: string | null;
}

const UNKNOWN = { cpu: null, memory: null, disk: null, at: null };
const later = (left: string | null, right: string | null) => ((left ?? "") > (right ?? "") ? left : right);
const fuller = (left: string | null, right: string | null) => {
  if (left === null || right === null) return left ?? right;
  return Number(left) > Number(right) ? left : right;
};

/** Machines by name, from the series that they push. */
export function hostsOf(series: readonly Omit<OwnSeries, "id">[]): HostReading[] {
  const hosts = new Map<string, HostReading>();
  for (const { metric, labels, value, last_at } of series) {
    const name = labels.host;
    if (name === undefined || !metric.startsWith("host.")) continue;
    const host = hosts.get(name) ?? { name, ...UNKNOWN };
    const next = { ...host, at: later(host.at, last_at) };
    if (metric === "host.cpu_percent") next.cpu = value;
    if (metric === "host.memory_percent") next.memory = value;
    if (metric === "host.disk_percent") next.disk = fuller(host.disk, value);
    hosts.set(name, next);
  }
  return [...hosts.values()].sort((left, right) => left.name.localeCompare(right.name));
}
