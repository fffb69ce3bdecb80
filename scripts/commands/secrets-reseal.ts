import { setTimeout as sleep } from "node:timers/promises";
import { recordAudit } from "../../shared/audit/record-audit.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import { ConfigError, parseConfig } from "../../shared/platform/config.ts";
import { createSeal } from "../../shared/platform/seal.ts";
import { continueTrace } from "../../shared/platform/trace.ts";
import type { Invocation } from "../local/command.ts";
import { withDatabase } from "../local/read-database.ts";
import { type Env, readEnv } from "../local/read-env.ts";
import { StartupError } from "../local/startup-error.ts";
import { type Resealed, reseal } from "../reseal/reseal.ts";

const PASS_EVERY_MS = 1000;

function required(value: string | undefined, message: string): string {
  if (!value) throw new StartupError(message);
  return value;
}

/** Both keys as the worker would read them. */
function keysOf(env: Env): { MASTER_KEY: string; MASTER_KEY_PREVIOUS: string } {
  const given = {
    MASTER_KEY: required(
      env.MASTER_KEY,
      "MASTER_KEY is missing: the deployment's own, which seals from now on.",
    ),
    MASTER_KEY_PREVIOUS: required(
      env.MASTER_KEY_OLD || env.MASTER_KEY_PREVIOUS,
      "MASTER_KEY_OLD is missing: the key whose secrets are to be sealed by MASTER_KEY.",
    ),
  };
  try {
    const { MASTER_KEY, MASTER_KEY_PREVIOUS } = parseConfig({
      ...given,
      // Not used here, and asked for.
      ENVIRONMENT: "local",
      DATABASE_URL: "postgres://local:local@127.0.0.1:5432/postgres",
      PUBLIC_URL: "http://127.0.0.1:8787",
    });
    if (MASTER_KEY === MASTER_KEY_PREVIOUS || MASTER_KEY_PREVIOUS === undefined)
      throw new StartupError(
        "MASTER_KEY and MASTER_KEY_OLD are the same key: there is nothing to seal anew.",
      );
    return { MASTER_KEY, MASTER_KEY_PREVIOUS };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new StartupError(error.message.replaceAll("MASTER_KEY_PREVIOUS", "MASTER_KEY_OLD"));
  }
}

function say(done: readonly Resealed[]): void {
  for (const { what, resealed, left } of done)
    if (resealed > 0 || left > 0)
      console.log(`${what}: ${resealed} sealed anew${left > 0 ? `, ${left} left` : ""}.`);
  for (const { what, unopenable } of done)
    if (unopenable.length > 0)
      console.log(
        `${what}: the old key does not open those of ${unopenable.join(", ")}; they are as they were.`,
      );
}

/** `npm run secrets:reseal`: seals by `MASTER_KEY` whatever `MASTER_KEY_OLD` has sealed. */
export async function resealSecrets(invocation: Pick<Invocation, "env">): Promise<undefined> {
  const env = await readEnv(invocation.env);
  const keys = keysOf(env);
  const done = await withDatabase(env, async (db, transact) => {
    const wait = () => sleep(PASS_EVERY_MS);
    const done = await reseal({ db, seal: createSeal(keys), old_key: keys.MASTER_KEY_PREVIOUS, wait });
    const counts = done.filter(({ resealed }) => resealed > 0).map(({ what, resealed }) => [what, resealed]);
    const ctx = {
      now: systemClock,
      actor: { type: "system", job: "secrets:reseal" } as const,
      client: { ip: "-", user_agent: null },
      trace: continueTrace(null),
    };
    const target = { type: "secret", id: null };
    if (counts.length > 0)
      await transact((tx) =>
        recordAudit(tx, ctx, { action: "secrets.resealed", target, after: Object.fromEntries(counts) }),
      );
    return done;
  });
  say(done);
  if (done.some(({ left }) => left > 0))
    throw new StartupError(
      "Some are still under the old key, which must stay. Run this again when the deployment has MASTER_KEY.",
    );
  console.log("Nothing is under the old key any more.");
}
