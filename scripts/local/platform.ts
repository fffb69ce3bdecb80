import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { newKeyText } from "../../shared/auth/api-keys/key-text.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import { checkSpace } from "./data-folder.ts";
import { lockDataDir } from "./data-lock.ts";
import { openDatabase } from "./database.ts";
import { newToken } from "./dev-vars.ts";
import { firstLogInIn } from "./first-log-in.ts";
import { type Admin, prepareAccounts } from "./first-start.ts";
import { startMailbox } from "./mailbox.ts";
import { MIGRATIONS, ROOT, WORKER_CONFIG } from "./paths.ts";
import { checkPort, findPort } from "./ports.ts";
import { checkMasterKey } from "./sealed-data.ts";
import { DEFAULT_ADMIN_EMAIL } from "./settings.ts";
import { explainStorageFaults } from "./storage-fault.ts";
import { buildWebIfStale, ensureWebFolder } from "./web.ts";
import { bundleWorker } from "./worker/bundle.ts";
import { type Runtime, readCrons, startRuntime } from "./worker/runtime.ts";

export interface PlatformOptions {
  /** 0 or absent: a free one. */
  port?: number;
  /** Where the database and the objects' storage are kept. Absent: the database in memory, the rest in a temporary folder. */
  dataDir?: string;
  /** Any Postgres in place of PGlite. */
  databaseUrl?: string;
  /** Settings of the worker, over those of wrangler.toml. `.dev.vars` is not read. */
  vars?: Record<string, string>;
  /** Of the super admin whom an empty database is given. */
  adminEmail?: string;
  /** The key by which events are handed in; absent: a new one. */
  ingestKey?: string;
  /** Builds the web page where it is stale. Otherwise the page is served as it is, or not at all. */
  buildWeb?: boolean;
  /** Where the worker finds the database's endpoint, which listens at the given address; tests put a bad network between. */
  reachDatabase?(endpoint: string): Promise<string>;
  /** What else the role of the embedded database may, in SQL; for tests that tamper with rows. */
  databaseGrants?: string;
  /** Another worker than the project's. */
  configPath?: string;
  /** Nothing that the worker logs is printed; `recentLogs` has it still. */
  quiet?: boolean;
  /** What is being done, a line each. */
  onProgress?(line: string): void;
  /** The database died; nothing works any more. */
  onFailure?(error: Error): void;
}

export interface Platform {
  url: string;
  /** As the worker knows it. With `databaseEndpoint`, `createDb(databaseUrl, databaseEndpoint)` opens it. */
  databaseUrl: string;
  databaseEndpoint: string | undefined;
  /** The super admin; with the password where nobody was shown it yet. */
  admin: Admin;
  /** The password was shown: no later start gives it again. */
  forgetPassword(): Promise<void>;
  /** An API key that may hand in events. */
  ingestKey: string;
  /** The crons of the configuration. */
  crons: string[];
  /** Runs the scheduled handler, as of now or of `time`. */
  tick(time?: number, cron?: string): Promise<void>;
  /** Drops an object from memory; its sockets hibernate (default) or are closed. */
  evict(className: string, name: string, webSockets?: "hibernate" | "close"): Promise<void>;
  /** Postgres is away: connections are cut and refused. */
  pauseDatabase(): Promise<void>;
  resumeDatabase(): Promise<void>;
  /** SIGKILL to workerd. Nothing listens until `restartWorker`, which keeps port, storage and settings. */
  killWorker(): Promise<void>;
  restartWorker(): Promise<void>;
  /** The last lines that the worker logged. */
  recentLogs(): string[];
  stop(): Promise<void>;
}

/** As the worker has it where nothing else is set; it hashes anew at the first log-in where that is so. */
const HASHING = { PASSWORD_MEMORY_KIB: 19_456, PASSWORD_PASSES: 2 };
const KEPT_LOG_LINES = 2_000;

async function readVersion(): Promise<string> {
  const manifest = z.object({ version: z.string() });
  return manifest.parse(JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"))).version;
}

/** What has been opened so far, to be closed in reverse. */
class Closers {
  readonly #closers: (() => Promise<unknown>)[] = [];
  add(close: () => Promise<unknown>): void {
    this.#closers.push(close);
  }
  /** Closes everything, also after one that cannot be closed; rejects with the first reason. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let close = this.#closers.pop(); close; close = this.#closers.pop())
      await close().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }
}

/**
 * Starts the whole platform on 127.0.0.1: the database behind an endpoint that speaks Neon's protocol, and the
 * worker in workerd with objects, queues and assets. Crons are not fired: see `startCron` and `tick`.
 * @throws StartupError when something of this machine stands in the way; nothing is left running then.
 */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const closers = new Closers();
  try {
    return await assemble(options, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function openDataDir(dataDir: string | undefined, closers: Closers): Promise<string> {
  if (dataDir !== undefined) {
    closers.add(await lockDataDir(dataDir));
    await checkSpace(dataDir, false);
    return dataDir;
  }
  const temporary = await mkdtemp(join(tmpdir(), "xsema-"));
  closers.add(() => rm(temporary, { recursive: true, force: true }));
  return temporary;
}

async function build(web: boolean, configPath: string, onProgress: (line: string) => void): Promise<string> {
  if (web) await buildWebIfStale(() => onProgress("Building the web page"));
  else await ensureWebFolder();
  return bundleWorker(configPath, () => onProgress("Building the worker"));
}

/** Where mails go, unless the caller's settings say so. */
async function openMailbox(
  { dataDir, vars = {} }: PlatformOptions,
  closers: Closers,
): Promise<Record<string, string>> {
  if (vars.MAIL_DRIVER !== undefined) return {};
  const mailbox = await startMailbox({ file: dataDir && join(dataDir, "mailbox.json") });
  closers.add(mailbox.stop);
  const { url, key } = mailbox;
  return { MAIL_DRIVER: "resend", RESEND_API_URL: url, RESEND_API_KEY: key, DEV_MAILBOX_URL: url };
}

async function assemble(options: PlatformOptions, closers: Closers): Promise<Platform> {
  const { databaseUrl, configPath = WORKER_CONFIG, onProgress = () => {} } = options;
  const port = options.port || (await findPort());
  await checkPort(port);
  const dataDir = await openDataDir(options.dataDir, closers);
  const folder = options.dataDir === undefined ? undefined : join(dataDir, "postgres");

  onProgress(databaseUrl === undefined ? "Opening the embedded database" : "Connecting to the database");
  const onFailure = options.onFailure ?? (() => {});
  const opening = openDatabase(
    { folder, url: databaseUrl, migrations: MIGRATIONS, grants: options.databaseGrants },
    onFailure,
  );
  const bundling = build(options.buildWeb === true, configPath, onProgress);
  // Both to their end, so that a failure of one leaves nothing of the other behind.
  const [opened] = await Promise.allSettled([opening, bundling]);
  if (opened.status === "fulfilled") closers.add(() => opened.value.stop());
  const database = await opening;
  const bundle = await bundling;

  const logs: string[] = [];
  const storage = join(dataDir, "objects");
  const keep = (line: string) => {
    logs.push(line);
    if (logs.length > KEPT_LOG_LINES) logs.shift();
    if (!options.quiet) console.log(line);
  };
  const explain = explainStorageFaults(storage, systemClock, keep);
  const onLog = (line: string) => {
    keep(line);
    void explain(line);
  };
  const vars: Record<string, string> = {
    MASTER_KEY: newToken(),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    PUBLIC_MARKET: "on",
    REGISTRATION: "open",
    WEBHOOK_ALLOW_LOCAL: "on",
    VERSION: await readVersion(),
    ...options.vars,
    ...(await openMailbox(options, closers)),
    ENVIRONMENT: "local",
    DATABASE_URL: database.url,
    ...(database.endpoint !== undefined && {
      DATABASE_ENDPOINT: (await options.reachDatabase?.(database.endpoint)) ?? database.endpoint,
    }),
  };
  const { adminEmail = DEFAULT_ADMIN_EMAIL, ingestKey = newKeyText() } = options;
  await checkMasterKey(database, [vars.MASTER_KEY, vars.MASTER_KEY_PREVIOUS]);
  const firstLogIn =
    options.dataDir === undefined ? undefined : firstLogInIn(join(dataDir, "first-log-in.json"));
  const admin = await prepareAccounts({ database, hashing: HASHING, adminEmail, ingestKey, firstLogIn });
  onProgress("Starting the worker");
  await mkdir(storage, { recursive: true, mode: 0o700 });
  const settings = { configPath, bundle, port, storage, vars, onLog };
  let runtime: Runtime | undefined = await startRuntime(settings);
  closers.add(async () => runtime?.stop());
  const running = () => {
    if (runtime === undefined) throw new Error("the worker was killed and not started again");
    return runtime;
  };
  const crons = readCrons(configPath);
  return {
    url: `http://127.0.0.1:${port}`,
    databaseUrl: database.url,
    databaseEndpoint: database.endpoint,
    admin,
    forgetPassword: async () => firstLogIn?.forget(),
    ingestKey,
    crons,
    tick: (time = systemClock(), cron = crons[0] ?? "* * * * *") => running().tick(cron, time),
    evict: (className, name, webSockets = "hibernate") => running().evict(className, name, webSockets),
    pauseDatabase: database.pause,
    resumeDatabase: database.resume,
    async killWorker() {
      const dying = running();
      runtime = undefined;
      await dying.kill();
    },
    async restartWorker() {
      runtime = await startRuntime(settings);
    },
    recentLogs: () => [...logs],
    stop: () => closers.close(),
  };
}
