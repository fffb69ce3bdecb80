import { parseArgs } from "node:util";
import { AuditHeadText } from "../../shared/audit/audit-head.ts";
import { type AuditHead, type ChainFlaw, verifyChain } from "../../shared/audit/verify-chain.ts";
import type { Invocation } from "../local/command.ts";
import { withDatabase } from "../local/read-database.ts";
import { messageOf, StartupError } from "../local/startup-error.ts";

const USAGE = `npm run audit:verify -- [--expect-head <seq>:<hash>]

Makes every hash of the audit log anew, in DATABASE_URL or else in the local data folder (DATA_DIR).
--expect-head  the head that an earlier run printed; the log must still have it
Ends with 0 where the log is what was written, with 2 where it is not.`;

const WORDS: Record<ChainFlaw, string> = {
  changed: "the row is not what was written",
  missing: "the row is gone, and later ones are there",
  unchained: "the row does not follow the one before",
  cut_off: "the log ends before the row that was expected",
  rewritten: "the row has another hash than was expected",
};

function readHead(args: string[]): AuditHead | undefined | "help" {
  try {
    const { values } = parseArgs({
      args,
      options: { "expect-head": { type: "string" }, help: { type: "boolean" } },
    });
    if (values.help) return "help";
    const text = values["expect-head"];
    return text === undefined ? undefined : AuditHeadText.parse(text);
  } catch (error) {
    throw new StartupError(
      `${error instanceof TypeError ? messageOf(error) : "--expect-head takes <seq>:<64 hex digits>"}\n\n${USAGE}`,
    );
  }
}

/** `npm run audit:verify`: whether the audit log is what was written. */
export async function verifyAudit({ args, env }: Invocation): Promise<number> {
  const expected = readHead(args);
  if (expected === "help") {
    console.log(USAGE);
    return 0;
  }
  const { ok, rows, redacted, head, broken } = await withDatabase(env, (db) => verifyChain(db, expected));
  if (broken !== null) {
    console.error(
      `The audit log is broken at row ${broken.seq}: ${WORDS[broken.reason]}. Rows before it hold: ${rows}.`,
    );
    return 2;
  }
  console.log(`The audit log holds: ${rows} ${rows === 1 ? "row" : "rows"}.`);
  if (redacted > 0)
    console.log(
      `Of them ${redacted} were redacted, as rows with the action audit.redacted tell: make sure that it was you.`,
    );
  if (ok && rows > 0) console.log(`Keep its head elsewhere: ${head.seq}:${head.hash}`);
  return 0;
}
