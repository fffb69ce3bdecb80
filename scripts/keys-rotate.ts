import { join } from "node:path";
import { rotateSigningKeys } from "../shared/auth/tokens/rotate-signing-keys.ts";
import { importPrivateKey, readSigningKeys, signerOf } from "../shared/auth/tokens/signing-keys.ts";
import { createDb } from "../shared/db/client.ts";
import { createTransact } from "../shared/db/transaction.ts";
import { systemClock } from "../shared/platform/clock.ts";
import { type Config, ConfigError, parseConfig } from "../shared/platform/config.ts";
import { createSeal } from "../shared/platform/seal.ts";
import { continueTrace } from "../shared/platform/trace.ts";
import { lockDataDir } from "./local/data-lock.ts";
import { openDatabase } from "./local/database.ts";
import { exitWith } from "./local/exit.ts";
import { MIGRATIONS } from "./local/paths.ts";
import { type Env, readEnv } from "./local/read-env.ts";
import { readDataDir } from "./local/settings.ts";
import { StartupError } from "./local/startup-error.ts";

/** How long the deployment's tokens may live where nobody says: as long as they ever may. */
const LONGEST_TOKEN_S = "86400";

function configOf(env: Env): Config {
  if (!env.MASTER_KEY)
    throw new StartupError(
      "MASTER_KEY is missing: the deployment's own, which seals the private halves of keys.",
    );
  const { MASTER_KEY, MASTER_KEY_PREVIOUS, ACCESS_TOKEN_S = LONGEST_TOKEN_S } = env;
  try {
    return parseConfig({
      MASTER_KEY,
      MASTER_KEY_PREVIOUS,
      ACCESS_TOKEN_S,
      // Not used here, and asked for.
      ENVIRONMENT: "local",
      DATABASE_URL: "postgres://local:local@127.0.0.1:5432/postgres",
      PUBLIC_URL: "http://127.0.0.1:8787",
    });
  } catch (error) {
    if (error instanceof ConfigError) throw new StartupError(error.message);
    throw error;
  }
}

async function rotate(
  config: Config,
  database: { url: string; endpoint: string | undefined },
): Promise<void> {
  const seal = createSeal(config);
  const now = systemClock;
  const db = createDb(database.url, database.endpoint);
  const signer = signerOf(await readSigningKeys({ db, now }), now());
  if (signer !== undefined)
    await importPrivateKey({ seal }, signer).catch((cause: unknown) => {
      throw new StartupError("MASTER_KEY does not open the key that signs now: it is not the deployment's.", {
        cause,
      });
    });
  const rotation = await createTransact(
    database.url,
    database.endpoint,
  )((tx) =>
    rotateSigningKeys(tx, {
      config,
      seal,
      now,
      actor: { type: "system", job: "keys:rotate" },
      client: { ip: "-", user_agent: null },
      trace: continueTrace(null),
    }),
  );
  console.log(`The new key ${rotation.kid} signs from ${rotation.active_from}.`);
  if (rotation.previous !== null)
    console.log(`Tokens of ${rotation.previous.kid} are good until ${rotation.previous.retires_at}.`);
}

/** The database of `DATABASE_URL`, or else the local data folder, which only one program can open at a time. */
async function openTarget(env: Env) {
  const failed = (error: Error) => exitWith(error);
  if (env.DATABASE_URL) return openDatabase({ url: env.DATABASE_URL, migrations: MIGRATIONS }, failed);
  const dataDir = readDataDir(env);
  await lockDataDir(dataDir).catch((error: unknown) => {
    if (!(error instanceof StartupError)) throw error;
    throw new StartupError(
      `${error.message}\nWhile the platform runs on that folder, rotate by POST /api/v1/auth/signing-keys/rotate, or stop it first.`,
      { cause: error },
    );
  });
  return openDatabase({ folder: join(dataDir, "postgres"), migrations: MIGRATIONS }, failed);
}

/** `npm run keys:rotate`: replaces the key that signs access tokens, with overlap. */
async function main(): Promise<void> {
  const env = await readEnv();
  const config = configOf(env);
  const database = await openTarget(env);
  await rotate(config, database).finally(() => database.stop());
}

main().then(() => process.exit(0), exitWith);
