import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { ROOT } from "../../scripts/local/paths.ts";
import { LIVE_PROTOCOL } from "../../shared/contracts/live.ts";
import { rawSales } from "../support/api.ts";

/** For what comes within a second on a machine that has nothing else to do. */
const PATIENCE_MS = 120_000;

let dir: string;
let running: ChildProcess | undefined;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "xsema-npm-start-"));
});
afterEach(async () => {
  if (running !== undefined) signalGroup(running, "SIGKILL");
  await rm(dir, { recursive: true, force: true });
});

/** Signals the process and all that it started. Returns whether any of them was there. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  try {
    return pid !== undefined && process.kill(-pid, signal);
  } catch {
    return false;
  }
}

/** `npm start` as a user runs it, in a process group of its own as in a terminal. */
async function npmStart(env: Record<string, string>) {
  const child = spawn("npm", ["start"], {
    cwd: ROOT,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PORT: "0", DATA_DIR: join(dir, "data"), DEV_VARS: join(dir, "vars"), ...env },
  });
  running = child;
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text) => {
      output += text;
    });
  const ended = once(child, "close").then(() => {
    throw new Error(`npm start ended:\n${output}`);
  });
  const ready = vi.waitFor(
    () => {
      const said = /^XSEMA is ready on (http:\S+)$/m.exec(output)?.[1];
      if (said === undefined) throw new Error(`not ready yet:\n${output}`);
      return said;
    },
    // Page and worker may both have to be built, beside whatever else this machine does.
    { timeout: 240_000, interval: 100 },
  );
  const url = await Promise.race([ready, ended]);
  return {
    url,
    /** All that was printed so far. */
    said: () => output,
    /**
     * Ctrl-C: the terminal signals the whole group, npm and what it runs. Gives what was printed from then on, but for the
     * lines of requests asked before: those may still be on their way.
     */
    async interrupt(signals: NodeJS.Signals[] = ["SIGINT"]) {
      const closed = once(child, "close");
      const before = output.length;
      for (const signal of signals) signalGroup(child, signal);
      await closed;
      const lines = output.slice(output.lastIndexOf("\n", before - 1) + 1).split("\n");
      return lines.filter((line) => !line.includes('"message":"request"')).join("\n");
    },
  };
}

/** Watches a collection; `closed` gives the code by which the socket is closed. */
async function watchLive(url: string, slug: string) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/collections/${slug}/live`, LIVE_PROTOCOL);
  const closed = once(socket, "close").then(([code]) => Number(code));
  await once(socket, "message");
  return { closed };
}

it("starts, is live, says once how to log in, stops at Ctrl-C, and has its data again", async () => {
  const first = await npmStart({});
  const list = async () => (await (await fetch(`${first.url}/api/v1/collections`)).json()).data;
  await vi.waitFor(async () => expect((await list()).length).toBeGreaterThan(0), {
    timeout: PATIENCE_MS,
    interval: 200,
  });
  expect(await (await fetch(first.url)).text()).toContain("<!doctype html>");

  const [, password = ""] = /^Log in as admin@localhost with (\S+) /m.exec(first.said()) ?? [];
  const logIn = (url: string) =>
    fetch(`${url}/api/v1/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "admin@localhost", password }),
    });
  expect((await logIn(first.url)).status).toBe(200);

  const { INGEST_API_KEY = "" } = parseEnv(await readFile(join(dir, "vars"), "utf8"));
  const posted = await fetch(`${first.url}/api/v1/market/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${INGEST_API_KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ events: rawSales("kept", "k", 3) }),
  });
  expect(await posted.json()).toMatchObject({ accepted: 3 });
  // Twice, as many do who are in a hurry: quiet all the same, and whoever is connected hears the platform out.
  const { closed } = await watchLive(first.url, "kept");
  expect(await first.interrupt(["SIGINT", "SIGINT"])).toBe("Stopping\n");
  expect(await closed).toBe(1012);
  // npm is gone when its output ends; what it started may take a moment longer to be cleared away.
  await vi.waitFor(() => expect(running && signalGroup(running, 0)).toBe(false), { timeout: PATIENCE_MS });
  await expect(fetch(first.url)).rejects.toThrow();

  const second = await npmStart({ DEMO_MARKET: "off" });
  await vi.waitFor(
    async () => {
      const events = await (await fetch(`${second.url}/api/v1/collections/kept/events`)).json();
      expect(events.data).toHaveLength(3);
    },
    { timeout: PATIENCE_MS, interval: 200 },
  );
  expect((await logIn(second.url)).status).toBe(200);
  expect(second.said()).not.toContain("Log in as");
  // Warnings, of a tick that was late, are no fault.
  const faults = second
    .said()
    .split("\n")
    .filter((line) => /"level":"error"|^\s+at |^\w*Error:/.test(line));
  expect(faults).toEqual([]);
  const again = await watchLive(second.url, "kept");
  expect(await second.interrupt(["SIGTERM"])).toBe("Stopping\n");
  expect(await again.closed).toBe(1012);
}, 600_000);
