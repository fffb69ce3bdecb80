import { readdirSync, readFileSync } from "node:fs";

export interface Usage {
  cpu_s: number;
  rss_mb: number;
}

const TICKS_PER_S = 100;

function fields(pid: string): { ppid: string; name: string; ticks: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const name = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
    const rest = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { ppid: rest[1] ?? "", name, ticks: Number(rest[11]) + Number(rest[12]) };
  } catch {
    // It ended between the listing and the reading.
    return null;
  }
}

/** Ids of the processes named `name` below the process `ancestor`. Linux only. */
export function descendants(ancestor: number, name: string): number[] {
  const all = new Map(
    readdirSync("/proc")
      .filter((entry) => /^\d+$/.test(entry))
      .map((pid) => [pid, fields(pid)]),
  );
  const isBelow = (pid: string): boolean => {
    const ppid = all.get(pid)?.ppid;
    return ppid === String(ancestor) || (ppid !== undefined && ppid !== "0" && isBelow(ppid));
  };
  return [...all].filter(([pid, entry]) => entry?.name === name && isBelow(pid)).map(([pid]) => Number(pid));
}

/** CPU time so far and resident memory now, of several processes together. */
export function usageOf(pids: number[]): Usage {
  let ticks = 0;
  let kilobytes = 0;
  for (const pid of pids) {
    ticks += fields(String(pid))?.ticks ?? 0;
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    kilobytes += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
  }
  return { cpu_s: ticks / TICKS_PER_S, rss_mb: kilobytes / 1024 };
}
