import { parseArgs } from "node:util";
import { z } from "zod";
import { FlushReport } from "../shared/contracts/room.ts";
import { exitWith } from "./local/exit.ts";
import { DEV_VARS } from "./local/paths.ts";
import { listRunning } from "./local/running.ts";
import { messageOf, StartupError } from "./local/startup-error.ts";
import { findPlatform } from "./replay/find-platform.ts";
import { ReplayError } from "./replay/replay-error.ts";
import { findToken } from "./replay/token.ts";

const USAGE = `npm run events:flush -- [SLUG ...] [--url ADDRESS] [--token TOKEN]

Has the rooms of these collections, or of all that the database knows, compare themselves with the database and flush now,
also the events that it refused before. For after a restore, and after a schema that refused events was mended.
--url    the platform; else the one that runs here
--token  an API key with the scope market:ingest; else INGEST_API_KEY of the environment, else, on this machine, of .dev.vars

Exit code: 0 all is in the database; 1 could not be asked; 2 some room still holds events that are not.`;

const Page = z.object({ data: z.array(FlushReport), next_cursor: z.string().nullable() });
const Problem = z.object({ detail: z.string() });
/** A room may have much to flush. */
const REQUEST_MS = 120_000;

function readOptions(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { url: { type: "string" }, token: { type: "string" }, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
    return { ...values, slugs: positionals };
  } catch (error) {
    throw error instanceof TypeError ? new StartupError(`${messageOf(error)}\n\n${USAGE}`) : error;
  }
}

async function ask(url: string, token: string, query: Record<string, string>): Promise<z.infer<typeof Page>> {
  const address = new URL(`/api/v1/market/flush?${new URLSearchParams(query)}`, url);
  const response = await fetch(address, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(REQUEST_MS),
  }).catch((error: unknown) => {
    throw new StartupError(`There is no answer from ${address.origin}: ${messageOf(error)}`);
  });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return Page.parse(body);
  const problem = Problem.safeParse(body);
  throw new StartupError(
    `${address.href} answered ${response.status}: ${problem.success ? problem.data.detail : "no reason given"}`,
  );
}

function line({ collection, head, flushed, stored, set_aside, problem, notice }: FlushReport): string {
  const parts = [`${flushed} of ${head} in the database`];
  if (stored > 0) parts.push(`${stored} that had been set aside are stored now`);
  if (set_aside > 0) parts.push(`${set_aside} are still refused`);
  if (problem !== null) parts.push(problem);
  if (notice !== null) parts.push(notice);
  return `${collection}: ${parts.join("; ")}`;
}

/** `npm run events:flush`: see `USAGE`. */
async function main(): Promise<number> {
  const { slugs, url: where, token: given, help } = readOptions(process.argv.slice(2));
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const { env } = process;
  const { url, devVars } = await findPlatform(where, { env, devVars: DEV_VARS, listRunning, fetch });
  const asked = { url, env, devVars, ...(given !== undefined && { token: given }) };
  const token = await findToken(asked);
  let missing = 0;
  const tell = (reports: FlushReport[]) => {
    for (const report of reports) {
      if (report.flushed < report.head || report.set_aside > 0) missing += 1;
      console.log(line(report));
    }
  };
  for (const collection of slugs) tell((await ask(url, token, { collection })).data);
  for (let cursor: string | null = ""; slugs.length === 0 && cursor !== null; ) {
    const page: z.infer<typeof Page> = await ask(url, token, cursor === "" ? {} : { cursor });
    tell(page.data);
    cursor = page.next_cursor;
  }
  return missing > 0 ? 2 : 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => exitWith(error instanceof ReplayError ? new StartupError(error.message) : error),
);
