import { loadavg, platform } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import si from "systeminformation";

/** Processors are measured over the time since the reading before; before the first, over this. */
const FIRST_LOOK_MS = 500;
const LONGEST_LOOK_MS = 5000;
/** More file systems or interfaces than a machine has; what makes them up (containers) is left out. */
const MOST_EACH = 64;
/** File systems that hold no data of their own, or are always full. */
const NO_DISKS = /^(?:tmpfs|devtmpfs|squashfs|iso9660|udf|ramfs|proc|sysfs|cgroup2?|efivarfs|autofs|nsfs)$/i;
/** Loopback, and what container engines make by the dozen. */
const NO_NETWORKS =
  /^(?:lo\d*|veth.*|br-[0-9a-f]+|docker\d+|cali.*|cni\d+|flannel.*|utun\d+|awdl\d+|llw\d+)$/i;

const label = (/** @type {string} */ text) => text.slice(0, 200);
const round = (/** @type {number} */ value) => Math.round(value * 1000) / 1000;

/**
 * What a look at the machine finds in time, or nothing: a network's file system that is away would hold up all else.
 * @template T
 * @param {Promise<T[]>} look
 * @returns {Promise<T[]>}
 */
async function within(look) {
  const stop = new AbortController();
  /** @type {T[]} */
  const nothing = [];
  const late = sleep(LONGEST_LOOK_MS, nothing, { signal: stop.signal, ref: false }).catch(() => nothing);
  try {
    return await Promise.race([look, late]);
  } catch {
    return nothing;
  } finally {
    stop.abort();
  }
}

/**
 * Reads this machine. What it cannot tell is left out, never made up.
 * @param {string} host
 * @returns {(at: string) => Promise<import("./buffer.mjs").Sample[]>}
 */
export function createReader(host) {
  let looked = false;
  return async (at) => {
    if (!looked) {
      looked = true;
      await si.currentLoad();
      await sleep(FIRST_LOOK_MS);
    }
    const [cpu, memory, disks, networks] = await Promise.all([
      si.currentLoad(),
      si.mem(),
      within(si.fsSize()),
      within(si.networkStats("*")),
    ]);
    /** @type {import("./buffer.mjs").Sample[]} */
    const samples = [];
    /** @type {(name: string, value: number, labels?: Record<string, string>, type?: "gauge" | "counter") => void} */
    const add = (name, value, labels = {}, type = "gauge") => {
      if (Number.isFinite(value) && value >= 0)
        samples.push({ name: `host.${name}`, labels: { host, ...labels }, value, at, type });
    };
    add("cpu_percent", round(cpu.currentLoad));
    // Windows has none, and says 0.
    if (platform() !== "win32") add("load_1m", round(loadavg()[0] ?? Number.NaN));
    if (memory.total > 0) {
      // What programs use: memory for caches can be had back at any time.
      add("memory_percent", round(((memory.total - memory.available) / memory.total) * 100));
      add("memory_used_bytes", memory.total - memory.available);
    }
    for (const { mount, use, used } of disksIn(disks)) {
      add("disk_percent", round(use), { mount: label(mount) });
      add("disk_used_bytes", used, { mount: label(mount) });
    }
    for (const { iface, rx_bytes, tx_bytes } of networksIn(networks)) {
      const labels = { interface: label(iface) };
      // As they are counted: XSEMA makes rates of them, and knows restarts.
      add("network_receive_bytes_per_second", rx_bytes, labels, "counter");
      add("network_transmit_bytes_per_second", tx_bytes, labels, "counter");
    }
    return samples;
  };
}

/** @param {si.Systeminformation.FsSizeData[]} disks */
export function disksIn(disks) {
  const real = disks.filter(({ mount, size, type }) => mount !== "" && size > 0 && !NO_DISKS.test(type));
  return [...new Map(real.map((disk) => [disk.mount, disk])).values()].slice(0, MOST_EACH);
}

/** @param {si.Systeminformation.NetworkStatsData[]} networks */
export function networksIn(networks) {
  return networks.filter(({ iface }) => iface !== "" && !NO_NETWORKS.test(iface)).slice(0, MOST_EACH);
}
