import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { messageOf, StartupError } from "../startup-error.ts";
import { readBundle } from "./bundle.ts";
import { dieTogether, watchChildren } from "./child-process.ts";
import { CLOSE_SOCKETS, LISTENING_ENTRY, localCron } from "./local-entry.ts";
import { shieldWorkerd } from "./shield.ts";

export interface RuntimeOptions {
  configPath: string;
  /** Folder of the bundle. */
  bundle: string;
  port: number;
  /** Folder for the storage of Durable Objects. */
  storage: string;
  vars: Record<string, string>;
  onLog(line: string): void;
}

export interface Runtime {
  /** Runs the scheduled handler. Rejects when it threw. */
  tick(cron: string, time: number): Promise<void>;
  /** Drops an object from memory, as the platform does with idle ones; sockets hibernate or are closed. */
  evict(className: string, name: string, webSockets: "hibernate" | "close"): Promise<void>;
  /** SIGKILL, in the middle of whatever it does. */
  kill(): Promise<void>;
  /** Closes every socket with 1012, so that clients know to come back, then ends. */
  stop(): Promise<void>;
}

/** Beyond what closing takes where everybody answers, or nobody: then workerd itself does not. */
const GOODBYE_MS = 1500;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Miniflare ends the process at a signal at once; here whoever starts the platform puts everything away first. */
function keepSignals<T>(make: () => T): T {
  const before = SIGNALS.map((signal) => process.listeners(signal));
  const made = make();
  for (const [index, signal] of SIGNALS.entries())
    for (const listener of process.listeners(signal))
      if (!before[index]?.includes(listener)) process.removeListener(signal, listener);
  return made;
}

/** What Miniflare itself has to say, such as that workerd crashed and was started again. */
class ForwardedLog extends Log {
  readonly #onLog: (line: string) => void;
  constructor(onLog: (line: string) => void) {
    super(LogLevel.WARN);
    this.#onLog = onLog;
  }
  protected override log(message: string): void {
    this.#onLog(message);
  }
}

/** How workerd marks remarks on its own workings, such as an alarm that came due while nothing ran. */
const WORKERD_MUTTERING = "NOSENTRY";

/** The crons of a wrangler configuration. */
export function readCrons(configPath: string): string[] {
  return unstable_readConfig({ config: configPath }).triggers.crons ?? [];
}

/** The name in `PUBLIC_URL`, which a tunnel or a proxy in front sends as `Host`. */
function publicHosts({ PUBLIC_URL }: Record<string, string>): string[] {
  return PUBLIC_URL !== undefined && URL.canParse(PUBLIC_URL) ? [new URL(PUBLIC_URL).hostname] : [];
}

async function miniflareOptions(
  { configPath, bundle, port, storage, vars, onLog }: RuntimeOptions,
  word: string,
) {
  const config = unstable_readConfig({ config: configPath });
  // Beside its configuration wrangler would look for .dev.vars; beside the bundle there is none.
  const { workerOptions } = unstable_getMiniflareWorkerOptions({
    ...config,
    userConfigPath: join(bundle, "wrangler.toml"),
  });
  const worker = {
    ...workerOptions,
    rootPath: dirname(configPath),
    name: config.name ?? "worker",
    modules: await readBundle(bundle, {
      objects: config.durable_objects.bindings,
      word,
      hosts: publicHosts(vars),
    }),
    modulesRoot: bundle,
    bindings: { ...config.vars, ...vars },
    // Faster than the entry that Miniflare offers, which passes each request through workers of its own.
    unsafeDirectSockets: [{ host: "127.0.0.1", port, entrypoint: LISTENING_ENTRY }],
  };
  return {
    name: worker.name,
    options: convertV4MiniflareOptions({
      workers: [worker],
      host: "127.0.0.1",
      port: 0,
      cf: false,
      resourcePersistencePath: storage,
      telemetry: { enabled: false },
      log: new ForwardedLog(onLog),
      handleStructuredLogs: ({ message }) => onLog(message),
    }),
  };
}

/**
 * Runs a bundled worker in workerd with everything that its wrangler configuration binds. A workerd that
 * crashes is started again on the same port and storage.
 * @throws StartupError when it does not come up.
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  let firstLine: string | undefined;
  let stopping = false;
  const onLog = (line: string) => {
    // What breaks off because it is being stopped is no news.
    if (stopping || line.startsWith(WORKERD_MUTTERING)) return;
    firstLine ??= line;
    options.onLog(line);
  };
  const word = randomBytes(24).toString("base64url");
  const { name, options: settings } = await miniflareOptions({ ...options, onLog }, word);
  await shieldWorkerd();
  let workerd: ChildProcess | undefined;
  const onChild = (child: ChildProcess) => {
    workerd = child;
    child.once("spawn", () => dieTogether(child));
  };
  const miniflare = watchChildren(onChild, () => keepSignals(() => new Miniflare(settings)));
  try {
    await miniflare.ready;
  } catch (error) {
    // Fails for the same reason, after it has put everything away.
    await miniflare.dispose().catch(() => {});
    const reason = firstLine ?? messageOf(error);
    throw new StartupError(`The worker does not start: ${reason}`, { cause: error });
  }
  return {
    async tick(cron, time) {
      const worker = await miniflare.getWorker();
      const { outcome } = await worker.scheduled({
        cron: localCron(word, cron),
        scheduledTime: new Date(time),
      });
      if (outcome !== "ok") throw new Error(`the scheduled handler ended with ${outcome}`);
    },
    evict: (className, object, webSockets) =>
      miniflare.unsafeEvictDurableObject(name, className, { name: object, webSockets }),
    async kill() {
      stopping = true;
      const dead = workerd && once(workerd, "exit");
      workerd?.kill("SIGKILL");
      // In the same turn, so that Miniflare does not take the death for a crash and start another.
      await miniflare.dispose();
      await dead;
    },
    async stop() {
      const goodbye = miniflare
        .getWorker()
        .then((worker) => worker.scheduled({ cron: localCron(word, CLOSE_SOCKETS) }));
      // Whatever stands in its way, a stop is a stop.
      await Promise.race([goodbye.catch(() => {}), sleep(GOODBYE_MS, undefined, { ref: false })]);
      stopping = true;
      await miniflare.dispose();
    },
  };
}
