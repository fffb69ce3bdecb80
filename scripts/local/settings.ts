import { join, resolve } from "node:path";
import { Email } from "../../shared/auth/email-key.ts";
import { ConfigError, parseConfig, SettingNames } from "../../shared/platform/config.ts";
import { ROOT } from "./paths.ts";
import { StartupError } from "./startup-error.ts";

export interface StartSettings {
  port: number;
  dataDir: string;
  databaseUrl: string | undefined;
  /** Of whom the first start makes. */
  adminEmail: string;
  /** By which events are handed in from this machine. */
  ingestKey: string | undefined;
  /** Of the worker. */
  vars: Record<string, string>;
}

type Env = Record<string, string | undefined>;

/** What the platform decides or uses itself. */
const NOT_FOR_THE_WORKER = new Set([
  ...["ENVIRONMENT", "DATABASE_URL", "DATABASE_ENDPOINT", "ADMIN_EMAIL", "INGEST_API_KEY"],
  // Of an earlier version: its line may still stand in `.dev.vars`.
  "INGEST_TOKEN",
]);
export const DEFAULT_ADMIN_EMAIL = "admin@localhost";
/** These stand in while the real ones are not known yet. */
const SOME_URL = "http://127.0.0.1:8787";
const SOME_DATABASE = "postgres://local:local@127.0.0.1:5432/postgres";

function readPort(text: string | undefined): number {
  if (!text) return 8787;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new StartupError(`PORT must be a number from 0 to 65535, not ${JSON.stringify(text)}.`);
  return Number(text);
}

function readAdminEmail(text = DEFAULT_ADMIN_EMAIL): string {
  const email = Email.safeParse(text);
  if (email.success) return email.data;
  throw new StartupError(`ADMIN_EMAIL must be an e-mail address, not ${JSON.stringify(text)}.`);
}

export function readDataDir(env: Env): string {
  return env.DATA_DIR ? resolve(env.DATA_DIR) : join(ROOT, ".data");
}

/**
 * Gathers the settings of `npm start`: the environment before `.dev.vars` before the defaults.
 * @throws StartupError that names everything that is missing or wrong.
 */
export function readStartSettings(env: Env, devVars: Record<string, string>): StartSettings {
  const given: Env = { DEMO_MARKET: "on", ...devVars };
  for (const name of SettingNames) if (env[name]) given[name] = env[name];
  const vars: Record<string, string> = {};
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && !NOT_FOR_THE_WORKER.has(name)) vars[name] = value;
  const databaseUrl = given.DATABASE_URL || undefined;
  try {
    parseConfig({
      PUBLIC_URL: SOME_URL,
      ...vars,
      ENVIRONMENT: "local",
      DATABASE_URL: databaseUrl ?? SOME_DATABASE,
    });
  } catch (error) {
    if (error instanceof ConfigError) throw new StartupError(error.message);
    throw error;
  }
  return {
    port: readPort(env.PORT),
    dataDir: readDataDir(env),
    databaseUrl,
    adminEmail: readAdminEmail(env.ADMIN_EMAIL || devVars.ADMIN_EMAIL),
    ingestKey: devVars.INGEST_API_KEY,
    vars,
  };
}
