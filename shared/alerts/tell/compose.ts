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
  /** How many were told and still fire, and are not to be told again by now. */
  others: number;
}

/** What a person reads, and what programs are given with it. */
export type Words = Pick<NewNotification, "kind" | "level" | "title" | "body" | "data">;

interface Telling {
  /** Ms since 1970. */
  now: number;
  /** Of this deployment, without a slash at its end. */
  url: string;
}

const LEVELS = ["info", "warning", "error", "critical"] as const;
const MOST_LINES = 10;
/** Of one alert among others; alone it is told whole. */
const LONGEST_LINE = 300;
/** For programs; a notification goes to every device, so it stays small. */
const MOST_IN_DATA = 20;

function highest(alerts: readonly AlertRow[]): (typeof LEVELS)[number] {
  return LEVELS[Math.max(0, ...alerts.map(({ level }) => LEVELS.indexOf(level)))] ?? "info";
}

const counted = (count: number, what: string) => `${count} alert${count === 1 ? "" : "s"} ${what}`;
const instantOf = (time: string) => Date.parse(isoOfTimestamp(time));

/** Until it resolved, or `now`; to the second, the two largest units: `1h 5m`. */
function lasted({ fired_at, started_at, resolved_at }: AlertRow, now: number): string {
  const end = resolved_at === null ? now : instantOf(resolved_at);
  const ms = Math.max(0, end - instantOf(fired_at ?? started_at));
  const parts = formatDuration(Math.floor(ms / 1000) * 1000).match(/\d+[a-z]+/g) ?? [];
  return parts.slice(0, 2).join(" ");
}

const isCorrected = ({ resolved_reason }: AlertRow) => resolved_reason === "corrected";

/** How it ended: what it fired for may never have been so. */
const ended = (alert: AlertRow, now: number) =>
  isCorrected(alert)
    ? "withdrawn, since what it fired for was corrected"
    : `resolved after ${lasted(alert, now)}`;

function lineOf({ level, name, message }: AlertRow, how = ""): string {
  return `[${level}] ${name}${how}: ${message}`;
}

/** One alert whole, or the first of many in a line each, and where all of them are seen. */
function bodyOf(lines: readonly string[], others: number, url: string): string {
  const shown = lines.length === 1 ? lines : lines.slice(0, MOST_LINES).map(inOneLine);
  const left = lines.length - shown.length;
  return [
    ...shown,
    ...(left > 0 ? [`And ${left} more.`] : []),
    ...(others > 0 ? [`${counted(others, "told before")} still ${others === 1 ? "fires" : "fire"}.`] : []),
    `${url}/alerts`,
  ].join("\n");
}

function inOneLine(text: string): string {
  const line = text.replace(/\s+/g, " ");
  if (line.length <= LONGEST_LINE) return line;
  // Half of a character that takes two would not be text any more.
  return `${line.slice(0, LONGEST_LINE - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

function dataOf(alerts: readonly AlertRow[]): Record<string, unknown> {
  return {
    alerts: alerts.slice(0, MOST_IN_DATA).map(({ id, rule_id, state }) => ({ id, rule_id, state })),
    count: alerts.length,
  };
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

function titleOf({ fresh, over, resolved, lasting }: News): string {
  const [only, ...others] = [...fresh, ...over, ...resolved, ...lasting];
  if (only !== undefined && others.length === 0) {
    if (fresh.length === 1) return only.name;
    const end = isCorrected(only) ? "withdrawn" : "resolved";
    const what =
      resolved.length === 1 ? capital(end) : over.length === 1 ? `Fired and ${end}` : "Still firing";
    return `${what}: ${only.name}`;
  }
  const parts = [
    { list: fresh, what: "fired" },
    { list: over, what: "fired and resolved" },
    { list: lasting, what: "still firing" },
    { list: resolved, what: "resolved" },
  ];
  return parts
    .filter(({ list }) => list.length > 0)
    .map(({ list, what }) => counted(list.length, what))
    .join(", ");
}

/**
 * What is told of a group's news: `alert.resolved`, and no cause to wake anybody, where nothing else happened. That an alert
 * was wrong goes the way by which it was told to fire.
 */
export function composeNews(news: News, { now, url }: Telling): Words {
  const { fresh, over, resolved, lasting, others } = news;
  const all = [...fresh, ...lasting, ...over, ...resolved];
  const lines = [
    ...fresh.map((alert) => lineOf(alert)),
    ...lasting.map((alert) => lineOf(alert, `, firing for ${lasted(alert, now)}`)),
    ...over.map((alert) => lineOf(alert, `, fired and ${ended(alert, now)}`)),
    ...resolved.map((alert) => lineOf(alert, `, ${ended(alert, now)}`)),
  ];
  const firing = all.length > resolved.length;
  const corrected = resolved.some(isCorrected);
  return {
    kind: firing || corrected ? "alert.fired" : "alert.resolved",
    level: firing ? highest(all) : "info",
    title: titleOf(news),
    body: bodyOf(lines, others, url),
    data: dataOf(all),
  };
}

/** What is told of alerts, at least one, that nobody acknowledged in time. */
export function composeEscalation(alerts: readonly AlertRow[], { now, url }: Telling): Words {
  const [only, ...others] = alerts;
  const what = only !== undefined && others.length === 0 ? `: ${only.name}` : ` ${alerts.length} alerts`;
  return {
    kind: "alert.fired",
    level: highest(alerts),
    title: `Nobody acknowledged${what}`,
    body: bodyOf(
      alerts.map((alert) => lineOf(alert, `, firing for ${lasted(alert, now)}`)),
      0,
      url,
    ),
    data: dataOf(alerts),
  };
}
