import { z } from "zod";
import { Email } from "../auth/email-key.ts";
import { Role } from "../contracts/access.ts";
import { isOneLine, Slug } from "../contracts/primitives.ts";
import { LogLevels } from "./log.ts";
import { pointsAtThisMachine } from "./this-machine.ts";

/** An address, or a name in one line with an address in angle brackets. */
function isMailbox(text: string): boolean {
  const [, name, address] = /^([^<>]*)<([^<>]*)>$/.exec(text) ?? [null, "", text];
  return isOneLine(name ?? "") && Email.safeParse(address).data === address;
}

/** Whom somebody may be pointed to: a mailbox, or a page. */
function isContact(text: string): boolean {
  if (text.startsWith("mailto:")) return isMailbox(text.slice("mailto:".length)) && !text.includes("<");
  return /^https:\/\/\S+$/.test(text) && URL.canParse(text);
}

function leadsToThisMachine(contact: string): boolean {
  return contact.startsWith("mailto:")
    ? /@localhost$/i.test(contact)
    : /(?:^|\.)localhost$|^127\.|^\[::1\]$/.test(new URL(contact).hostname);
}

const commaList = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  );

const slugList = commaList.pipe(z.array(Slug));

/** Origins as browsers write them, such as `https://desk.example.com`. */
const originList = commaList.refine(
  (origins) =>
    origins.every((text) => URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text),
  "must be origins such as https://desk.example.com, separated by commas, without a path or a slash at the end",
);

const httpUrl = z.url({
  protocol: /^https?$/,
  error: ({ input }) =>
    input === undefined ? "is missing: an https address" : "must be an http or https address",
});

const databaseUrl = z
  .string({ error: "is missing: a postgres:// address" })
  .regex(/^postgres(?:ql)?:\/\/[^\s/]+\/[^\s?]+/, "must be a postgres:// address with a database name")
  .refine(
    (text) => URL.canParse(text),
    "is no valid address; escape special characters of the password (%23)",
  );

const masterKey = (message: string) =>
  z
    .string({ error: message })
    .regex(/^[A-Za-z0-9_+/-]{43}=?$/, "must be 32 random bytes in base64")
    .refine((text) => new Set(text).size >= 16, "is too simple: use random bytes")
    .transform((text) => text.replaceAll("+", "-").replaceAll("/", "_").replace("=", ""));

const onOff = z.enum(["on", "off"], { error: 'must be "on" or "off"' });

/** A whole number within bounds, from text. */
const count = (min: number, max: number, otherwise: number) =>
  z.coerce
    .number({ error: "must be a number" })
    .int("must be a whole number")
    .min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`)
    .default(otherwise);

const DAY_S = 86_400;

/** Accounts, tokens, passwords and mail. */
const AccountSettings = {
  /** Seals secrets at rest. */
  MASTER_KEY: masterKey("is missing: 32 random bytes in base64, such as from `openssl rand -base64 32`"),
  /** Still opens what it sealed, while a new one takes over. */
  MASTER_KEY_PREVIOUS: masterKey("").optional(),
  /** Where users reach the deployment; links in mails and the issuer of tokens. */
  PUBLIC_URL: httpUrl.transform((url) => url.replace(/\/+$/, "")),
  /** `on` lets everybody read and watch the market without an account. */
  PUBLIC_MARKET: onOff.default("off"),
  /**
   * The header in which a proxy that everybody must go through writes the address of each client. Cloudflare's on a
   * deployment; off Cloudflare there is none unless this names it.
   */
  CLIENT_ADDRESS_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, "must be the name of a header, such as x-forwarded-for")
    .transform((name) => name.toLowerCase())
    .optional(),
  /** `open` lets everybody make an account; otherwise only invited people have one. */
  REGISTRATION: z.enum(["open", "invited"], { error: 'must be "open" or "invited"' }).default("invited"),
  /** Of those who register themselves. */
  DEFAULT_ROLE: Role.exclude(["super_admin", "admin"], {
    error: "must be a role below admin",
  }).default("trader"),
  ACCESS_TOKEN_S: count(60, DAY_S, 1800),
  /** A session ends when it is not used for this long; also how long a refresh token is good. */
  SESSION_IDLE_S: count(300, 90 * DAY_S, 7 * DAY_S),
  /** A session ends this long after its log-in, however it is used. */
  SESSION_MAX_S: count(600, 365 * DAY_S, 30 * DAY_S),
  /** A second factor counts as fresh for this long. */
  STEP_UP_S: count(60, 3600, 300),
  /** argon2id: KiB of memory and passes over it. */
  PASSWORD_MEMORY_KIB: count(7168, 65_536, 19_456),
  PASSWORD_PASSES: count(1, 10, 2),
  /** zxcvbn's score that a password must reach, 0 to 4. */
  PASSWORD_MIN_SCORE: count(0, 4, 3),
  /** A new password must differ from this many that were; 0: any. */
  PASSWORD_HISTORY: count(0, 24, 0),
  /** A password must be changed after this many days; 0: never. */
  PASSWORD_MAX_AGE_DAYS: count(0, 3650, 0),
  /** `resend`: Resend's HTTP API. `cloudflare`: the SEND_EMAIL binding. `none`: nothing is sent. */
  MAIL_DRIVER: z
    .enum(["resend", "cloudflare", "none"], { error: 'must be "resend", "cloudflare" or "none"' })
    .optional(),
  MAIL_FROM: z
    .string()
    .max(320)
    .refine(isMailbox, 'must be an e-mail address, or "Name <address>" in one line')
    .default("XSEMA <xsema@localhost>"),
  RESEND_API_KEY: z.string().min(8, "is too short to be a key").optional(),
  RESEND_API_URL: httpUrl.default("https://api.resend.com"),
  /** The local platform's mailbox, shown at /dev/mailbox. */
  DEV_MAILBOX_URL: httpUrl.optional(),
};

const seconds = z
  .string()
  .regex(/^\d{1,6}(?:,\d{1,6}){0,19}$/, "must be up to 20 numbers of seconds, separated by commas")
  .refine((text) => /^0(?:,|$)/.test(text), "must begin with 0: the first attempt is made at once")
  .transform((text) => text.split(",").map(Number));

const ports = z
  .string()
  .regex(/^(?:any|\d{1,5}(?:,\d{1,5}){0,19})$/, 'must be "any" or port numbers, separated by commas')
  .transform((text): "any" | number[] => (text === "any" ? "any" : text.split(",").map(Number)));

/** Outgoing webhooks. */
const WebhookSettings = {
  /** Wait before each attempt, in seconds, the first included. */
  WEBHOOK_RETRY_S: seconds.prefault("0,5,300,1800,7200,18000,36000,36000"),
  /** An endpoint is turned off after this many messages in a row of which every attempt failed. */
  WEBHOOK_DISABLE_AFTER: count(1, 1000, 5),
  /** Headers and body of an answer must be there within so many seconds. */
  WEBHOOK_TIMEOUT_S: count(1, 30, 15),
  /** `on` lets endpoints be on this machine, over http. */
  WEBHOOK_ALLOW_LOCAL: onOff.default("off"),
  /** Ports that endpoints may name. */
  WEBHOOK_PORTS: ports.prefault("443,8443"),
  /** DNS over HTTPS (JSON), asked where an endpoint's name leads; `off`: nobody is asked. */
  WEBHOOK_DNS_URL: z.union([z.literal("off"), httpUrl]).optional(),
  /** Messages, deliveries and attempts are kept for so many days. */
  WEBHOOK_KEEP_DAYS: count(1, 365, 30),
};

/** Highest number of a private key on P-256: one less than the order of its group (FIPS 186-5, SP 800-186). */
const MOST_PRIVATE = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550n;

const PRIVATE_KEY = /^[A-Za-z0-9_-]{43}$/;

function isPrivateKey(text: string): boolean {
  if (!PRIVATE_KEY.test(text)) return false;
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const hex = Array.from(binary, (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  const number = BigInt(`0x${hex}`);
  return number > 0n && number <= MOST_PRIVATE;
}

/** Notifications, and how they are pushed to browsers. */
const NotificationSettings = {
  /** Notifications are kept for so many days, read or not. */
  NOTIFICATIONS_KEEP_DAYS: count(1, 3650, 90),
  /** Signs pushes (VAPID): the number of a P-256 key, base64url. Without it push is not offered. */
  VAPID_PRIVATE_KEY: z
    .string()
    .refine(isPrivateKey, "must be the number of a P-256 private key: 32 bytes in base64url")
    .optional(),
  /** Whom push services write to where something is wrong. */
  VAPID_CONTACT: z
    .string()
    .max(320)
    .refine(isContact, "must be mailto:somebody@example.com or an https address")
    .optional(),
};

const AlertSettings = {
  /** Alerts that resolved are kept for so many days, and silences that ended. */
  ALERTS_KEEP_DAYS: count(1, 3650, 365),
};

/** Readings of hosts, users and the platform itself. */
const MetricSettings = {
  /** Readings are kept, and taken, for so many days; a series without any for as long is forgotten. */
  METRICS_KEEP_DAYS: count(1, 365, 7),
  /** Whoever sends it may read /metrics; without it nobody may. */
  METRICS_TOKEN: z
    .string()
    .regex(/^[A-Za-z0-9._~+/-]{24,}=*$/, "must be 24 or more letters, digits or any of . _ ~ + / -")
    .optional(),
};

/** Every setting of the worker, with what makes it valid. Names and meanings: docs/configuration.md. */
const Settings = z.object({
  ENVIRONMENT: z.enum(["local", "staging", "production"], {
    error: 'must be "local", "staging" or "production"',
  }),
  DATABASE_URL: databaseUrl,
  /** Where a local endpoint speaks Neon's protocol for a Postgres that does not. */
  DATABASE_ENDPOINT: httpUrl.optional(),
  /** A request that the database has not served by then is answered with 503; a statement takes no longer either. */
  DATABASE_DEADLINE_MS: count(500, 60_000, 8000),
  /** What the storage of one collection's room may grow to; an object holds 10 GB. */
  ROOM_STORAGE_MB: count(1, 9000, 2048),
  /** Pages of these origins may use the API and its sockets, beside those of this deployment. */
  CORS_ORIGINS: originList,
  ...AccountSettings,
  ...WebhookSettings,
  ...NotificationSettings,
  ...AlertSettings,
  ...MetricSettings,
  LOG_LEVEL: z.enum(LogLevels, { error: `must be one of ${LogLevels.join(", ")}` }).default("info"),
  /** `on` feeds the simulated market. */
  DEMO_MARKET: z.enum(["on", "off"], { error: 'must be "on" or "off"' }).default("off"),
  DEMO_SEED: z.coerce.number().int().default(1),
  OPENSEA_API_KEY: z.string().min(8, "is too short to be a key").optional(),
  OPENSEA_COLLECTIONS: slugList,
  OPENSEA_API_URL: httpUrl.default("https://api.opensea.io"),
  OPENSEA_STREAM_URL: z
    .url({ protocol: /^wss?$/, error: "must be a ws or wss address" })
    .default("wss://stream-api.opensea.io/socket/websocket"),
});

/** The names of all settings, for who gathers them from files or the environment. */
export const SettingNames: readonly string[] = Object.keys(Settings.shape);

const BuildInfo = z.object({ VERSION: z.string().default("dev") });

/** Set by the edge, which takes away what a client sends under this name. */
const CLOUDFLARES_HEADER = "cf-connecting-ip";

/** Local endpoints and clear text are for this machine only. */
const Config = Settings.extend(BuildInfo.shape).superRefine((settings, check) => {
  const issue = (name: keyof typeof settings, message: string) =>
    check.addIssue({ code: "custom", path: [name], message });
  if (settings.OPENSEA_COLLECTIONS.length > 0 && settings.OPENSEA_API_KEY === undefined)
    issue("OPENSEA_API_KEY", "is missing although OPENSEA_COLLECTIONS is set");
  if (settings.MAIL_DRIVER === "resend" && settings.RESEND_API_KEY === undefined)
    issue("RESEND_API_KEY", "is missing although MAIL_DRIVER is resend");
  if (settings.ENVIRONMENT === "local") return;
  if (settings.CLIENT_ADDRESS_HEADER !== undefined && settings.CLIENT_ADDRESS_HEADER !== CLOUDFLARES_HEADER)
    issue("CLIENT_ADDRESS_HEADER", `must be ${CLOUDFLARES_HEADER}: clients of Cloudflare can send any other`);
  if (settings.MAIL_DRIVER === undefined)
    issue("MAIL_DRIVER", 'is missing: "resend", "cloudflare" or, where nobody needs mail, "none"');
  if (settings.MAIL_DRIVER !== "none" && /@localhost>?$/.test(settings.MAIL_FROM))
    issue("MAIL_FROM", "is missing: the address that mails come from");
  if (settings.CORS_ORIGINS.some((origin) => origin.startsWith("http:") && !pointsAtThisMachine(origin)))
    issue("CORS_ORIGINS", "must be encrypted (https), but for pages on one's own machine");
  if (settings.VAPID_PRIVATE_KEY !== undefined && settings.VAPID_CONTACT === undefined)
    issue("VAPID_CONTACT", "is missing although VAPID_PRIVATE_KEY is set");
  if (settings.VAPID_CONTACT !== undefined && leadsToThisMachine(settings.VAPID_CONTACT))
    issue("VAPID_CONTACT", "leads to localhost, where nobody can be written to");
  if (settings.DEV_MAILBOX_URL !== undefined) issue("DEV_MAILBOX_URL", "is for the local platform only");
  if (settings.WEBHOOK_ALLOW_LOCAL === "on") issue("WEBHOOK_ALLOW_LOCAL", "is for the local platform only");
  if (settings.DATABASE_ENDPOINT !== undefined) issue("DATABASE_ENDPOINT", "is for the local platform only");
  if (pointsAtThisMachine(settings.DATABASE_URL))
    issue("DATABASE_URL", "points at this machine, which a deployed worker cannot reach");
  for (const name of ["OPENSEA_API_URL", "OPENSEA_STREAM_URL", "PUBLIC_URL", "RESEND_API_URL"] as const)
    if (!/^(?:https|wss):/.test(settings[name])) issue(name, "must be encrypted (https, wss)");
  if (settings.ENVIRONMENT === "production" && settings.DEMO_MARKET === "on")
    issue("DEMO_MARKET", "is for trying things out: real and invented markets do not mix in production");
});
export type Config = z.output<typeof Config>;

/** On Cloudflare nobody has to name the header that its edge sets. */
function withDefaults(config: Config): Config {
  if (config.ENVIRONMENT === "local") return config;
  return { ...config, CLIENT_ADDRESS_HEADER: CLOUDFLARES_HEADER };
}

export class ConfigError extends Error {
  readonly problems: string[];
  constructor(problems: string[]) {
    super(`The configuration is not usable:\n${problems.map((line) => `  - ${line}`).join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/**
 * Reads every setting at once and throws one `ConfigError` that names all that is missing or weak.
 * Values are never part of the message. Empty text counts as not set.
 */
export function parseConfig(env: Record<string, unknown>): Config {
  const names = [...SettingNames, ...Object.keys(BuildInfo.shape)];
  const given = Object.fromEntries(
    names.filter((name) => env[name] !== undefined && env[name] !== "").map((name) => [name, env[name]]),
  );
  const parsed = Config.safeParse(given);
  if (parsed.success) return withDefaults(parsed.data);
  throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`));
}
