import type { Component, ComponentKind, ComponentStatus } from "../../../shared/contracts/monitoring.ts";
import { Lasting } from "../ui/moment.tsx";

/** Signs beside the words, for those who do not see the colours. */
const SIGNS: Record<ComponentStatus, string> = { ok: "✓", degraded: "!", down: "✕", unknown: "?" };

const WORDS: Record<ComponentStatus, string> = {
  ok: "operational",
  degraded: "degraded",
  down: "down",
  unknown: "unknown",
};

const NAMES: Record<Exclude<ComponentKind, "provider">, string> = {
  api: "API",
  database: "Database",
  rooms: "Rooms",
  queue: "Queue",
  mail: "Mail",
  webhooks: "Webhooks",
  alerts: "Alert engine",
  hosts: "My hosts",
};

export function StatusWord({ status }: { status: ComponentStatus }) {
  return (
    <span className="status-word" data-status={status}>
      <span aria-hidden="true">{SIGNS[status]} </span>
      {WORDS[status]}
    </span>
  );
}

/** Each part of the platform, with why it is said to be so. */
export function Components({ components }: { components: readonly Component[] }) {
  return (
    <section className="card" aria-label="Components">
      <h2>Components</h2>
      <ul className="components">
        {components.map(({ kind, name, status, reason, since }) => (
          <li key={`${kind} ${name}`} data-status={status}>
            <p>
              <strong>{kind === "provider" ? `Provider ${name}` : NAMES[kind]}</strong>{" "}
              <StatusWord status={status} />
            </p>
            <p className="quiet">{reason}</p>
            {since !== null && (
              <p className="quiet">
                For <Lasting since={since} />
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
