import { useEffect } from "react";
import { readJson } from "../api/read-json.ts";
import { Age } from "../ui/moment.tsx";
import { useRemote } from "../use-remote.ts";
import { ownSeriesAddress } from "./addresses.ts";
import { type HostReading, hostsOf } from "./hosts-of.ts";
import { SeriesPage } from "./shapes.ts";

const RELOAD_MS = 15_000;

/** How one's own machines are doing, where there are any that push it. */
export function OwnHosts() {
  const address = ownSeriesAddress();
  const { data, reload } = useRemote(address, (signal) => readJson(address, SeriesPage, signal), {
    keep: true,
  });
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") reload();
    }, RELOAD_MS);
    return () => clearInterval(timer);
  }, [reload]);
  const hosts = hostsOf(data?.data ?? []);
  if (hosts.length === 0) return null;
  return (
    <section className="card" aria-label="My hosts">
      <h2>My hosts</h2>
      <HostList hosts={hosts} />
    </section>
  );
}

/** Machines with what is busy, used and full, and how old that is. */
export function HostList({ hosts }: { hosts: readonly HostReading[] }) {
  return (
    <ul className="hosts">
      {hosts.map((host) => (
        <li key={host.name}>
          <p>
            <strong>{host.name}</strong>{" "}
            {host.at === null ? <span className="quiet">never read</span> : <Age at={host.at} />}
          </p>
          <Gauge label="CPU" percent={host.cpu} />
          <Gauge label="Memory" percent={host.memory} />
          <Gauge label="Disk" percent={host.disk} />
        </li>
      ))}
    </ul>
  );
}

function Gauge({ label, percent }: { label: string; percent: string | null }) {
  const value = percent === null ? null : Number(percent);
  return (
    <div className="gauge">
      <span>{label}</span>
      <meter min={0} max={100} high={85} value={value ?? 0} aria-label={label} />
      <span title={percent === null ? "not known" : `${percent} %`}>
        {value === null ? "—" : `${value.toFixed(0)} %`}
      </span>
    </div>
  );
}
