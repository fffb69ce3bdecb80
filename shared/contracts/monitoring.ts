import { z } from "zod";
import { Alert } from "./alerts.ts";
import { MetricSeries, MetricUnit } from "./metrics.ts";
import { NotificationLevel } from "./notifications.ts";

/**
 * How a part of the platform does. `degraded`: it works, late or in part. `down`: it does not. `unknown`: nobody could
 * say just now.
 */
export const ComponentStatus = z.enum(["ok", "degraded", "down", "unknown"]);
export type ComponentStatus = z.infer<typeof ComponentStatus>;

/** What is looked at. There is one `provider` for each that is set up; the others are there once. */
export const ComponentKind = z.enum([
  "api",
  "database",
  "rooms",
  "queue",
  "provider",
  "mail",
  "webhooks",
  "alerts",
  "hosts",
]);
export type ComponentKind = z.infer<typeof ComponentKind>;

export const Component = z
  .object({
    kind: ComponentKind,
    /** Tells components apart: the provider's name, otherwise the kind. */
    name: z.string(),
    status: ComponentStatus,
    /** In words, with the figures that it was judged by. */
    reason: z.string(),
    /** Since when this status is known, and never more than what was really seen; null: nobody remembers. */
    since: z.string().nullable(),
    checked_at: z.string(),
  })
  .meta({ id: "MonitoringComponent" });
export type Component = z.infer<typeof Component>;

export const LevelCounts = z
  .object({ info: z.int(), warning: z.int(), error: z.int(), critical: z.int() })
  .meta({ id: "AlertLevelCounts" });
export type LevelCounts = z.infer<typeof LevelCounts>;

/** An alert on the platform's own metrics, whoever's rule raised it. */
export const PlatformAlert = z
  .object({
    id: z.string(),
    name: z.string(),
    metric: z.string(),
    labels: z.record(z.string(), z.string()),
    level: NotificationLevel,
    state: z.enum(["active", "acknowledged"]),
    value: z.string().nullable(),
    message: z.string(),
    started_at: z.string(),
    fired_at: z.string().nullable(),
    /** Whether it is the caller's, who may then acknowledge it. */
    own: z.boolean(),
  })
  .meta({ id: "PlatformAlert" });
export type PlatformAlert = z.infer<typeof PlatformAlert>;

/** How many alerts a list names; all of them are counted. */
export const MOST_OVERVIEW_ALERTS = 20;
/** One a minute of the last hour. */
export const MOST_OVERVIEW_POINTS = 60;
export const MOST_OVERVIEW_HOSTS = 50;

export const HostReading = z.object({
  metric: z.string(),
  /** Beside `host`, such as `mount` or `interface`. */
  labels: z.record(z.string(), z.string()),
  unit: MetricUnit,
  value: z.string(),
  at: z.string(),
});
export type HostReading = z.infer<typeof HostReading>;

/** A host that pushes readings, with the newest of each of its `host.*` series. */
export const MonitoredHost = z
  .object({
    host: z.string(),
    readings: z.array(HostReading),
    /** When it was last heard of. */
    last_at: z.string(),
    /** How long ago that is, in seconds. */
    age_s: z.int(),
    /** It was not heard of for five minutes. */
    silent: z.boolean(),
  })
  .meta({ id: "MonitoredHost" });
export type MonitoredHost = z.infer<typeof MonitoredHost>;

/**
 * The state of the platform. What the database would have to say is `null` while it is away; `alerts` and `hosts` also for
 * whoever may not read alerts (`alerts:read`), who has no component `hosts` either.
 */
export const MonitoringOverview = z
  .object({
    as_of: z.string(),
    version: z.string(),
    /** `down` where the api, the database or the rooms are; `degraded` where another part is not `ok`. `hosts` do not count. */
    status: ComponentStatus,
    components: z.array(Component),
    /** Alerts that stand, active or acknowledged; the newest of them first. */
    alerts: z
      .object({
        /** The caller's own, on any metric. */
        own: z.object({ counts: LevelCounts, first: z.array(Alert).max(MOST_OVERVIEW_ALERTS) }),
        /** Everybody's on `platform.*`; the caller's are among them. */
        platform: z.object({ counts: LevelCounts, first: z.array(PlatformAlert).max(MOST_OVERVIEW_ALERTS) }),
      })
      .nullable(),
    /**
     * `platform.requests_per_second`, `platform.error_rate`, `platform.request_p95_ms`, `platform.flush_lag_ms` and
     * `platform.connections`, as sampled in the last hour, oldest first: at most 60 points each, none where nothing is
     * known.
     */
    series: z.array(MetricSeries).nullable(),
    /** The caller's own that are kept, by name; where there are more than 50, those that were heard of last. */
    hosts: z.array(MonitoredHost).max(MOST_OVERVIEW_HOSTS).nullable(),
  })
  .meta({ id: "MonitoringOverview" });
export type MonitoringOverview = z.infer<typeof MonitoringOverview>;
