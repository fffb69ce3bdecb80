import { BEHIND_MS } from "../alerts/read-behind.ts";
import type { ComponentKind, ComponentStatus } from "../contracts/monitoring.ts";
import { missingTopics } from "../providers/missing-topics.ts";
import type { Probe } from "./probe.ts";
import type { Backlog } from "./read-backlog.ts";

/** A part of the platform as it was just found. */
export interface Judged {
  kind: ComponentKind;
  name: string;
  status: ComponentStatus;
  reason: string;
}

/** What is judged. `backlog`: `null` while the database does not answer, which then took `database_ms`. */
export interface Findings {
  now: number;
  probe: Probe;
  backlog: Backlog | null;
  database_ms: number;
  sends_mail: boolean;
}

/** A share says nothing of fewer requests than this. */
const FEWEST_REQUESTS = 20;
const MANY_ERRORS_PERCENT = 5;
const MOST_ERRORS_PERCENT = 50;
const SLOW_P95_MS = 1000;
const SLOW_DATABASE_MS = 1000;
const LONG_FLUSH_LAG_MS = 30_000;
/** A retry waits 15 minutes at most, so that after twice as long nobody takes jobs any more. */
const STUCK_JOB_MS = 30 * 60_000;
const STUCK_ALERTS_MS = 15 * 60_000;
const AWAY = "Not known while the database does not answer.";

const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
const percent = (share: number) => `${share.toFixed(1)} %`;
const many = (count: number, one: string, more: string) => `${count} ${count === 1 ? one : more}`;

type Verdict = Pick<Judged, "status" | "reason">;
const ok = (reason: string): Verdict => ({ status: "ok", reason });
const degraded = (reason: string): Verdict => ({ status: "degraded", reason });
const down = (reason: string): Verdict => ({ status: "down", reason });
const unknown = (reason: string): Verdict => ({ status: "unknown", reason });

/**
 * How each part of the platform does. Reasons of what is well name no figures, so that they change only with the status;
 * the limits stand in docs/operating.md.
 */
export function judgeComponents(found: Findings): Judged[] {
  const one = (kind: ComponentKind, verdict: Verdict): Judged => ({ kind, name: kind, ...verdict });
  return [
    one("api", judgeApi(found.probe)),
    one("database", judgeDatabase(found)),
    one("rooms", judgeRooms(found.probe)),
    one("queue", judgeQueue(found)),
    ...found.probe.providers.map((provider) => ({
      kind: "provider" as const,
      name: provider.name,
      ...judgeProvider(provider, found.now),
    })),
    one("mail", judgeMail(found)),
    one("webhooks", judgeWebhooks(found.backlog)),
    one("alerts", judgeAlerts(found)),
  ];
}

/** What all of them come to. */
export function judgeAll(components: readonly Judged[]): ComponentStatus {
  const counted = components.filter(({ kind }) => kind !== "hosts");
  const essential = counted.filter(({ kind }) => kind === "api" || kind === "database" || kind === "rooms");
  if (essential.some(({ status }) => status === "down")) return "down";
  if (counted.some(({ status }) => status === "down" || status === "degraded")) return "degraded";
  return "ok";
}

function judgeApi({ requests }: Probe): Verdict {
  if (requests === null || requests.requests < FEWEST_REQUESTS) return ok("Responding.");
  const { error_rate, p95_ms } = requests;
  if (error_rate !== null && error_rate >= MANY_ERRORS_PERCENT) {
    const reason = `${percent(error_rate)} of the newest requests were answered with a server error.`;
    return error_rate >= MOST_ERRORS_PERCENT ? down(reason) : degraded(reason);
  }
  if (p95_ms !== null && p95_ms >= SLOW_P95_MS)
    return degraded(`5 % of the newest requests took more than ${Math.round(p95_ms)} ms.`);
  return ok("Responding.");
}

function judgeDatabase({ backlog, database_ms }: Findings): Verdict {
  if (backlog === null)
    return down("It does not answer. Live goes on and what comes in is held; reads fail until it is back.");
  if (database_ms >= SLOW_DATABASE_MS) return degraded("It takes more than a second to answer.");
  return ok("Responding.");
}

/** The first of some rooms, and how many there are beside them. */
function named(rooms: readonly { room: string }[]): string {
  const first = rooms.slice(0, 3).map(({ room }) => room);
  return rooms.length > 3 ? `${first.join(", ")} and ${rooms.length - 3} more` : first.join(", ");
}

function judgeRooms({ rooms }: Probe): Verdict {
  if (rooms === null)
    return down("The status board does not answer. On a machine of your own: is the disk full?");
  const full = rooms.filter(({ fault }) => fault === "storage_full");
  if (full.length > 0)
    return down(
      `The storage is full: ${named(full)} take no events until there is room again. Nothing accepted is lost.`,
    );
  const failing = rooms.filter(({ fault }) => fault !== null);
  if (failing.length > 0)
    return degraded(
      `${named(failing)} do not answer, or cannot read or write their storage: is the disk full, or a file damaged? The log names the files.`,
    );
  const lag = Math.max(0, ...rooms.map(({ flush_lag_ms }) => flush_lag_ms));
  const waiting = rooms.reduce((sum, { unflushed }) => sum + unflushed, 0);
  const aside = rooms.reduce((sum, { set_aside }) => sum + set_aside, 0);
  if (lag >= LONG_FLUSH_LAG_MS)
    return degraded(
      `${many(waiting, "event waits", "events wait")} for the database, the oldest for ${seconds(lag)}.`,
    );
  if (aside > 0)
    return degraded(`${many(aside, "event was", "events were")} refused by the database for good.`);
  const told = rooms.find(({ notice }) => notice !== null);
  if (told?.notice != null) return degraded(`${told.room}: ${told.notice}`);
  return ok("Events are sent and stored as they come.");
}

function judgeQueue({ probe, now }: Findings): Verdict {
  if (probe.queue === null) return unknown("The queue does not say how much waits in it.");
  const { backlog, oldest_at } = probe.queue;
  if (oldest_at !== null && now - oldest_at > STUCK_JOB_MS)
    return degraded(
      `${many(backlog, "job waits", "jobs wait")}, the oldest for ${seconds(now - oldest_at)}.`,
    );
  return ok("Jobs are taken as they come.");
}

function judgeProvider({ gate, feed }: Probe["providers"][number], now: number): Verdict {
  const missing = missingTopics(feed, now);
  if (missing !== null && gate?.circuit !== "open") return degraded(missing);
  if (gate === null) return unknown("Its gate does not answer.");
  if (gate.circuit === "closed") return ok("Calls succeed.");
  if (gate.circuit === "half_open") return degraded("It failed, and is being tried again.");
  return down("It failed several times in a row and is left alone for a while.");
}

function judgeMail({ backlog, sends_mail }: Findings): Verdict {
  if (!sends_mail) return ok("This deployment sends no mail (MAIL_DRIVER).");
  if (backlog === null) return unknown(AWAY);
  const { mails_overdue: overdue, mails_refused: refused } = backlog;
  if (overdue > 0) return degraded(`${many(overdue, "mail is", "mails are")} late by more than 5 minutes.`);
  if (refused > 0)
    return degraded(`${many(refused, "mail was", "mails were")} refused three times or more; see the log.`);
  return ok("Mails are sent as they come.");
}

function judgeWebhooks(backlog: Backlog | null): Verdict {
  if (backlog === null) return unknown(AWAY);
  const { webhooks_overdue: overdue } = backlog;
  if (overdue === 0) return ok("Deliveries are sent as they come.");
  return degraded(
    `${many(overdue, "delivery", "deliveries")} to endpoints that answer ${overdue === 1 ? "is" : "are"} late by more than 15 minutes.`,
  );
}

/** For how long the oldest of what came has not been looked at by its engine, in ms; 0: nothing waits. */
export const alertLag = ({ alerts_behind_at }: Pick<Backlog, "alerts_behind_at">, now: number): number =>
  alerts_behind_at === null ? 0 : Math.max(0, now - alerts_behind_at);

function judgeAlerts({ backlog, now }: Findings): Verdict {
  if (backlog === null) return unknown(AWAY);
  const late = backlog.alerts_due_at === null ? 0 : now - backlog.alerts_due_at;
  const behind = alertLag(backlog, now);
  const { alerts_engines_behind: engines } = backlog;
  const verdict = Math.max(late, behind) >= STUCK_ALERTS_MS ? down : degraded;
  if (behind >= BEHIND_MS && behind >= late)
    return verdict(
      `What came ${seconds(behind)} ago has not been evaluated, by ${many(engines, "engine", "engines")}.`,
    );
  if (late > 0) return verdict(`What was due ${seconds(late)} ago has not been evaluated or told.`);
  return ok("Rules are evaluated when they are due.");
}
