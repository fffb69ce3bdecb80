import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../shared/platform/errors.ts";
import { DEV_VARS } from "./local/paths.ts";
import { listRunning } from "./local/running.ts";
import { findPlatform } from "./replay/find-platform.ts";
import { HELP } from "./replay/help.ts";
import { readOptions } from "./replay/options.ts";
import { ReplayError } from "./replay/replay-error.ts";
import { runReplay } from "./replay/run-replay.ts";
import { createScreen } from "./replay/screen.ts";
import { findToken } from "./replay/token.ts";

/** `npm run replay -- FILE --collection SLUG`: see `HELP`. */
async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (options === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  const stop = new AbortController();
  let asked = 0;
  process.on("SIGINT", () => {
    // npm hands on the signal that the terminal has sent already: only a later one is a second wish.
    if (stop.signal.aborted && Date.now() - asked > 1_000) process.exit(130);
    if (!stop.signal.aborted) asked = Date.now();
    stop.abort();
  });
  return runReplay(options, {
    fetch,
    now: Date.now,
    random: Math.random,
    sleep: (ms) => delay(ms, undefined, { signal: stop.signal }),
    async findTarget() {
      const { env } = process;
      const { url, devVars } = await findPlatform(options.url, {
        env,
        devVars: DEV_VARS,
        listRunning,
        fetch,
      });
      return { url, token: await findToken({ token: options.token, url, env, devVars }) };
    },
    screen: createScreen(process.stderr, Date.now),
    stop: stop.signal,
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ReplayError || error instanceof AppError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
