import { formatDuration } from "../../contracts/duration.ts";
import { isoOfTimestamp } from "../../db/instant.ts";
import type { NewNotification } from "../../notifications/notify.ts";
import type { AlertRow } from "../alert-row.ts";

/** What a group has to say. */
export interface News {
  /** Fired, and were not told yet. */
  fresh: AlertRow[];
  /** Fired and resolved before they were told. */
  over: AlertRow[];
  /** Were told as firing, and resolved since. */
  resolved: AlertRow[];
  /** Were told, and still fire with nobody who acknowledged them. */
  lasting: AlertRow[];
}

const LEVELS = ["info", "warning", "error", "critical"] as const;
const MOST_LINES = 10;
/** For programs; a notification goes to every device, so it stays small. */
const MOST_IN_DATA = 20;

function highest(alerts: readonly AlertRow[]): (typeof LEVELS)[number] {
  return LEVELS[Math.max(0, ...alerts.map(({ level }) => LEVELS.indexOf(level)))] ?? "info";
}

const plural = (count: number, what: string) => `${count} alert${count === 1 ? "" : "s"} ${what}`;

/** To the second, the two largest units: `1h 5m`. */
function lasted(from: string | null, to: number): string {
  const ms = from === null ? 0 : Math.max(0, to - Date.parse(isoOfTimestamp(from)));
  const parts = formatDuration(Math.floor(ms / 1000) * 1000).match(/\d+[a-z]+/g) ?? [];
  return parts.slice(0, 2).join(" ");
}

function lineOf(alert: AlertRow, said: string): string {
  return `[${alert.level}] ${alert.name}: ${alert.message}${said}`;
}

function linesOf({ fresh, over, resolved, lasting }: News, now: number): string[] {
  const end = ({ resolved_at }: AlertRow) =>
    resolved_at === null ? now : Date.parse(isoOfTimestamp(resolved_at));
  return [
    ...fresh.map((alert) => lineOf(alert, "")),
    ...lasting.map((alert) => lineOf(alert, ` Still firing, for ${lasted(alert.fired_at, now)}.`)),
    ...over.map((alert) => lineOf(alert, ` Over after ${lasted(alert.fired_at, end(alert))}.`)),
    ...resolved.map((alert) => lineOf(alert, ` Resolved after ${lasted(alert.fired_at, end(alert))}.`)),
  ];
}

function titleOf(news: News): string {
  const { fresh, over, resolved, lasting } = news;
  const [only, ...others] = [...fresh, ...over, ...resolved, ...lasting];
  if (only !== undefined && others.length === 0) {
    if (resolved.length === 1) return `Resolved: ${only.name}`;
    return lasting.length === 1 ? `Still firing: ${only.name}` : only.name;
  }
  const parts = [
    ...(fresh.length > 0 ? [plural(fresh.length, "fired")] : []),
    ...(over.length > 0 ? [plural(over.length, "fired and resolved")] : []),
    ...(lasting.length > 0 ? [plural(lasting.length, "still firing")] : []),
    ...(resolved.length > 0 ? [plural(resolved.length, "resolved")] : []),
  ];
  return parts.join(", ");
}

/** What a person reads of a group's news. `now` in ms since 1970; `page` is where alerts are shown. */
export function composeNews(
  news: News,
  { now, page }: { now: number; page: string },
): Pick<NewNotification, "kind" | "level" | "title" | "body" | "data"> {
  const all = [...news.fresh, ...news.lasting, ...news.over, ...news.resolved];
  const lines = linesOf(news, now);
  const left = lines.length - MOST_LINES;
  const body = [...lines.slice(0, MOST_LINES), ...(left > 0 ? [`And ${left} more.`] : []), page];
  const firing = news.fresh.length + news.over.length + news.lasting.length > 0;
  return {
    kind: firing ? "alert.fired" : "alert.resolved",
    level: highest(all),
    title: titleOf(news),
    body: body.join("\n"),
    data: {
      alerts: all.slice(0, MOST_IN_DATA).map(({ id, rule_id, state }) => ({ id, rule_id, state })),
      count: all.length,
    },
  };
}
