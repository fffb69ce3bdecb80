import { parseArgs } from "node:util";
import { systemClock } from "../shared/platform/clock.ts";
import { continueTrace } from "../shared/platform/trace.ts";
import { exitWith } from "./local/exit.ts";
import { withDatabase } from "./local/read-database.ts";
import { messageOf, StartupError } from "./local/startup-error.ts";
import { forgetSealed } from "./reseal/forget.ts";

const USAGE = `npm run secrets:forget -- --master-key-is-lost

Only where MASTER_KEY is lost and no backup has it, in DATABASE_URL or else in the local data folder (DATA_DIR):
ends the keys that sign access tokens, and takes the second factor off every account that has one; these must
choose another password. docs/security.md says what else is lost.`;

function isMeant(): boolean {
  try {
    const { values } = parseArgs({
      options: { "master-key-is-lost": { type: "boolean" }, help: { type: "boolean" } },
    });
    return values["master-key-is-lost"] === true && values.help !== true;
  } catch (error) {
    throw new StartupError(`${messageOf(error)}\n\n${USAGE}`);
  }
}

/** `npm run secrets:forget`: goes on without what a lost master key has sealed. */
async function main(): Promise<void> {
  if (!isMeant()) return console.log(USAGE);
  const { signing_keys, second_factors } = await withDatabase(process.env, (_, transact) =>
    transact((tx) =>
      forgetSealed(tx, {
        now: systemClock,
        actor: { type: "system", job: "secrets:forget" },
        client: { ip: "-", user_agent: null },
        trace: continueTrace(null),
      }),
    ),
  );
  console.log(
    `Ended ${signing_keys} signing keys, and took the second factor off ${second_factors} accounts.`,
  );
  console.log("Now give it a new MASTER_KEY (openssl rand -base64 32); locally as a line of .dev.vars.");
}

main().then(() => process.exit(0), exitWith);
