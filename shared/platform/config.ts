import { z } from "zod";
import { Slug } from "../contracts/primitives.ts";
import { LogLevels } from "./log.ts";
import { pointsAtThisMachine } from "./this-machine.ts";

const slugList = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  )
  .pipe(z.array(Slug));

const httpUrl = z.url({ protocol: /^https?$/, error: "must be an http or https address" });

const databaseUrl = z
  .string({ error: "is missing: a postgres:// address" })
  .regex(/^postgres(?:ql)?:\/\/[^\s/]+\/[^\s?]+/, "must be a postgres:// address with a database name")
  .refine(
    (text) => URL.canParse(text),
    "is no valid address; escape special characters of the password (%23)",
  );

const token = z
  .string({ error: "is missing: at least 32 random characters" })
  .min(32, "is too short: at least 32 random characters")
  .refine((text) => new Set(text).size >= 10, "is too simple: use random characters")
  .refine((text) => !/changeme|example|secret|password|default/i.test(text), "looks like a default value");

/** Every setting of the worker, with what makes it valid. Names and meanings: docs/configuration.md. */
const Settings = z.object({
  ENVIRONMENT: z.enum(["local", "staging", "production"], {
    error: 'must be "local", "staging" or "production"',
  }),
  DATABASE_URL: databaseUrl,
  /** Where a local endpoint speaks Neon's protocol for a Postgres that does not. */
  DATABASE_ENDPOINT: httpUrl.optional(),
  INGEST_TOKEN: token,
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

/** Local endpoints and clear text are for this machine only. */
const Config = Settings.extend(BuildInfo.shape).superRefine((settings, check) => {
  const issue = (name: keyof typeof settings, message: string) =>
    check.addIssue({ code: "custom", path: [name], message });
  if (settings.OPENSEA_COLLECTIONS.length > 0 && settings.OPENSEA_API_KEY === undefined)
    issue("OPENSEA_API_KEY", "is missing although OPENSEA_COLLECTIONS is set");
  if (settings.ENVIRONMENT === "local") return;
  if (settings.DATABASE_ENDPOINT !== undefined) issue("DATABASE_ENDPOINT", "is for the local platform only");
  if (pointsAtThisMachine(settings.DATABASE_URL))
    issue("DATABASE_URL", "points at this machine, which a deployed worker cannot reach");
  for (const name of ["OPENSEA_API_URL", "OPENSEA_STREAM_URL"] as const)
    if (!/^(?:https|wss):/.test(settings[name])) issue(name, "must be encrypted (https, wss)");
  if (settings.ENVIRONMENT === "production" && settings.DEMO_MARKET === "on")
    issue("DEMO_MARKET", "is for trying things out: real and invented markets do not mix in production");
});
export type Config = z.output<typeof Config>;

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
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`));
}
