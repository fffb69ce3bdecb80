import { parseArgs } from "node:util";
import { redactLog } from "../../shared/audit/redact-log.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import { continueTrace } from "../../shared/platform/trace.ts";
import type { Invocation } from "../local/command.ts";
import { withDatabase } from "../local/read-database.ts";
import { messageOf, StartupError } from "../local/startup-error.ts";

const USAGE = `npm run audit:redact

Takes all of an address but its host out of the rows of the audit log, in DATABASE_URL or else in the local data folder
(DATA_DIR); stop the platform that runs on the folder first. The rows keep their hashes: npm run audit:verify holds, with
heads from before too, and says how many rows were redacted. Take a backup first: what is taken out is gone.
DATABASE_URL must be of the role that owns the tables.`;

/** `npm run audit:redact`: see `USAGE`. */
export async function redactAudit({ args, env }: Invocation): Promise<undefined> {
  try {
    if (parseArgs({ args, options: { help: { type: "boolean" } } }).values.help) {
      console.log(USAGE);
      return;
    }
  } catch (error) {
    throw new StartupError(`${messageOf(error)}\n\n${USAGE}`);
  }
  const ctx = {
    now: systemClock,
    actor: { type: "system", job: "audit:redact" } as const,
    client: { ip: "-", user_agent: null },
    trace: continueTrace(null),
  };
  const count = await withDatabase(env, (db, transact) => redactLog(db, transact, ctx));
  console.log(
    count === 0
      ? "Nothing was to be redacted."
      : `Redacted ${count} ${count === 1 ? "row" : "rows"}; the log tells it in a row of its own.`,
  );
}
