import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../support/api.ts";
import { standIn } from "./xsema.ts";

const { runAgent } = await import(new URL("../../../scripts/agent/agent.mjs", import.meta.url).href);

let server: Awaited<ReturnType<typeof standIn>>;
let agents: { stop: () => Promise<unknown> }[] = [];

beforeEach(async () => {
  server = await standIn();
});
afterEach(async () => {
  await Promise.all(agents.map(({ stop }) => stop()));
  agents = [];
  await server.close();
});

/** An agent that reads five times a second, and numbers what it reads from 1. */
function start() {
  const stopping = new AbortController();
  const lines: string[] = [];
  let read = 0;
  const done: Promise<boolean> = runAgent({
    url: new URL(`${server.url}/api/v1/metrics/push`),
    key: "xs_live_test",
    interval_ms: 200,
    once: false,
    read: async (at: string) => {
      read += 1;
      return [{ name: "test.number", labels: {}, value: read, at, type: "gauge" }];
    },
    say: (line: string) => void lines.push(line),
    signal: stopping.signal,
  });
  const agent = {
    said: () => lines.join("\n"),
    read: () => read,
    stop: () => {
      stopping.abort();
      return done;
    },
  };
  agents.push(agent);
  return agent;
}

const numbers = () => server.received.map(({ value }) => value);
/** 1, 2, 3 … and so on to the last that was read: none lost, none twice, all in order. */
const all = (agent: { read: () => number }) => Array.from({ length: agent.read() }, (_, i) => i + 1);

test("what a machine says of itself arrives under the names that XSEMA knows", async () => {
  const args = ["scripts/agent.mjs", "--url", server.url, "--host", "test-1", "--once"];
  const child = spawn(process.execPath, args, { env: { ...process.env, XSEMA_KEY: "xs_live_test" } });
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
  const names = new Set(server.received.map(({ name }) => name));
  for (const name of ["cpu_percent", "load_1m", "memory_percent", "memory_used_bytes", "disk_percent"])
    expect(names).toContain(`host.${name}`);
  expect(new Set(server.received.map(({ labels }) => labels.host))).toEqual(new Set(["test-1"]));
  expect(server.keys).toEqual(["Bearer xs_live_test"]);
  expect(server.paths).toEqual(["/api/v1/metrics/push"]);
  const counters = server.received.filter(({ type }) => type === "counter");
  expect(counters.every(({ name }) => /^host\.network_\w+_bytes_per_second$/.test(name))).toBe(true);
});

test("while the server is away readings wait, and arrive in order, each once", async () => {
  const agent = start();
  await until(numbers, ({ length }) => length >= 2);
  await server.close();
  await until(agent.said, (said) => said.includes("cannot be reached"));
  const away = agent.read();
  await until(agent.read, (read) => read >= away + 5);
  const before = numbers().length;
  await server.open();
  await until(numbers, ({ length }) => length >= before + 4);
  expect(agent.said()).toContain("takes readings again");
  await agent.stop();
  expect(numbers()).toEqual(all(agent));
});

test("a server that asks to be let alone is, for so long; nothing is lost meanwhile", async () => {
  server.instead.push((answer) => {
    answer.statusCode = 429;
    answer.setHeader("retry-after", "3");
    answer.end("{}");
  });
  const agent = start();
  await until(numbers, ({ length }) => length >= 4);
  expect((server.times[1] ?? 0) - (server.times[0] ?? 0)).toBeGreaterThanOrEqual(3000);
  await agent.stop();
  expect(numbers()).toEqual(all(agent));
});

test("an answer that is lost has the same readings sent again, and no others", async () => {
  server.instead.push((answer, take) => {
    take();
    answer.destroy();
  });
  const agent = start();
  await until(numbers, ({ length }) => length >= 4);
  expect(await agent.stop()).toBe(true);
  // What was on its way when the answer was lost comes twice; XSEMA knows it by series and time, and takes it once.
  expect([...new Set(numbers())]).toEqual(all(agent));
  const twice = server.received.filter(
    (sample, i) => server.received.findIndex((other) => other.at === sample.at) < i,
  );
  expect(twice.map(({ value }) => value)).toEqual([1]);
});

test("what the server refuses for good is dropped and said, and the next is sent", async () => {
  server.instead.push((answer) => {
    answer.statusCode = 422;
    answer.end(JSON.stringify({ detail: "the samples are odd" }));
  });
  const agent = start();
  await until(numbers, ({ length }) => length >= 1);
  expect(agent.said()).toMatch(/readings are dropped.*422: the samples are odd/);
  expect(await agent.stop()).toBe(true);
});

test("a key that is not allowed is said, with what to do, and the readings wait", async () => {
  server.instead.push((answer) => {
    answer.statusCode = 403;
    answer.end(JSON.stringify({ detail: "This key has no scope." }));
  });
  const agent = start();
  await until(agent.said, (said) => /403.*metrics:push.*next attempt in 30\d s/.test(said));
  // Stopping makes one more attempt.
  expect(await agent.stop()).toBe(true);
  expect(numbers().length).toBeGreaterThan(0);
});

test("stopping sends what waits, and says what could not be sent", async () => {
  await server.close();
  const agent = start();
  await until(agent.said, (said) => said.includes("cannot be reached"));
  expect(await agent.stop()).toBe(true);
  expect(agent.said()).toMatch(/stopped; \d+ readings were not sent/);
  await server.open();
});

test("the process ends well by a signal", async () => {
  const env = { ...process.env, XSEMA_KEY: "xs_live_test", XSEMA_URL: server.url };
  const child = spawn(process.execPath, ["scripts/agent.mjs"], { env });
  await until(
    () => server.received.length,
    (received) => received > 0,
  );
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});

describe("called wrongly, it says how", () => {
  const run = (args: string[], env: Record<string, string> = {}) =>
    spawnSync(process.execPath, ["scripts/agent.mjs", ...args], {
      encoding: "utf8",
      env: { PATH: process.env.PATH ?? "", ...env },
    });
  test.each([
    [["--key-file", "/nowhere"], "--url"],
    [["--url", "nonsense"], "is no address"],
    [["--url", "https://a.example"], "XSEMA_KEY"],
    [["--url", "https://a.example", "--key-file", "/nowhere"], "cannot be read"],
    [["--url", "https://a.example", "--key", "x", "--interval", "0"], "1 to 300"],
    [["--nonsense"], "--nonsense"],
  ])("%j", (args, why) => {
    const { status, stderr } = run(args);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(why) });
  });

  test("a key may stand in a file; one on the command line is warned of", () => {
    const folder = mkdtempSync(join(tmpdir(), "agent-"));
    const file = join(folder, "key");
    writeFileSync(file, "xs_live_file\n");
    const away = ["--url", "http://127.0.0.1:1", "--once"];
    const quiet = run([...away, "--key-file", file]);
    const loud = run([...away, "--key", "xs_live_x"]);
    rmSync(folder, { recursive: true });
    expect(quiet).toMatchObject({ status: 1, stderr: expect.stringContaining("cannot be reached") });
    expect(quiet.stderr).not.toContain("list of processes");
    expect(loud.stderr).toContain("shows the key to everybody");
    expect(loud.stderr).not.toContain("xs_live_x");
  });
});
