import { relative, resolve } from "node:path";
import { systemClock } from "../shared/platform/clock.ts";
import { startCron } from "./local/cron.ts";
import { loadDevVars } from "./local/dev-vars.ts";
import { exitWith } from "./local/exit.ts";
import { DEV_VARS } from "./local/paths.ts";
import { type Platform, startPlatform } from "./local/platform.ts";
import { announce } from "./local/running.ts";
import { findSealedData } from "./local/sealed-data.ts";
import { readDataDir, readStartSettings } from "./local/settings.ts";
import { StartupError } from "./local/startup-error.ts";
import { watchSpace } from "./local/watch-space.ts";

const STOP_WITHIN_MS = 10_000;
/** Far more than it takes; a machine with other work to do is no fault of the worker. */
const HEALTH_WITHIN_MS = 30_000;

async function checkHealth(platform: Platform): Promise<void> {
  const response = await fetch(`${platform.url}/health`, { signal: AbortSignal.timeout(HEALTH_WITHIN_MS) });
  if (!response.ok)
    throw new StartupError(
      `The worker is not healthy: /health answers ${response.status} ${await response.text()}`,
    );
}

/** A second Ctrl-C that comes later than this is a second wish; npm hands on at once what the terminal has sent. */
const SECOND_WISH_MS = 1_000;

interface Stopping {
  asked(): boolean;
  /** How to put away what runs by now. */
  by(putAway: () => Promise<void>): void;
}

/** Ends the program at a signal, quietly, also in the middle of a start. */
function stopAtSignal(): Stopping {
  let askedAt: number | undefined;
  let putAway: () => Promise<void> = async () => {};
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      if (askedAt !== undefined) {
        if (performance.now() - askedAt > SECOND_WISH_MS) process.exit(130);
        return;
      }
      askedAt = performance.now();
      console.log("Stopping");
      setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
      putAway().then(() => process.exit(0), exitWith);
    });
  return {
    asked: () => askedAt !== undefined,
    by(how) {
      putAway = how;
    },
  };
}

/** `npm start`: the whole platform on this machine until a signal ends it. */
async function start(stopping: Stopping): Promise<void> {
  const varsFile = resolve(process.env.DEV_VARS || DEV_VARS);
  const devVars = await loadDevVars(varsFile, {
    given: process.env,
    findSealed: (known) =>
      findSealedData(readDataDir(process.env), process.env.DATABASE_URL || known.DATABASE_URL || undefined),
  });
  const settings = readStartSettings(process.env, devVars);
  const { port, dataDir, databaseUrl, adminEmail, ingestKey, vars } = settings;
  console.log(`Starting XSEMA with its data in ${relative(process.cwd(), dataDir) || dataDir}`);
  const platform = await startPlatform({
    port,
    dataDir,
    databaseUrl,
    adminEmail,
    ingestKey,
    vars,
    buildWeb: true,
    onProgress: (line) => console.log(line),
    onFailure: (error) =>
      stopping.asked() ||
      exitWith(
        new StartupError(
          `The database stopped: ${error.message}. What was answered for is kept; mend that, then start again.`,
        ),
      ),
  });
  const say = (message: string, level = "warn") => console.error(JSON.stringify({ level, message }));
  const space = watchSpace(dataDir, { say: (level, message) => say(message, level) });
  const stopCron = startCron(platform.crons, {
    now: systemClock,
    tick: (cron, time) => platform.tick(time, cron),
    onProblem: (message) => stopping.asked() || say(message),
  });
  stopping.by(async () => {
    stopCron();
    space.stop();
    await platform.stop();
  });
  await checkHealth(platform);
  // The first minute is not waited for: markets move from the start.
  platform.tick().catch((error: Error) => stopping.asked() || say(`the first tick failed: ${error.message}`));
  const { email, password } = platform.admin;
  if (password !== null)
    console.log(
      `Log in as ${email} with ${password} (shown only now; npm run user:create makes other accounts)`,
    );
  await platform.forgetPassword();
  await announce({ url: platform.url, data_dir: dataDir, dev_vars: varsFile });
  console.log(`XSEMA is ready on ${platform.url}`);
}

const stopping = stopAtSignal();
// What is broken off by the stop is no failure: the signal ends the program.
start(stopping).catch((error: unknown) => stopping.asked() || exitWith(error));
