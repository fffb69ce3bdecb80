import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { Alert, AlertRule, AlertTransition } from "../../shared/contracts/alerts.ts";
import { until } from "../support/api.ts";
import { createPerson, MASTER_KEY, type Person, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";

let platform: Platform;
let ann: Person;
const processes: ChildProcess[] = [];

beforeAll(async () => {
  platform = await openPlatform({ vars: { MASTER_KEY } });
  ann = await createPerson(platformCtx(platform));
});
afterEach(() => {
  for (const child of processes.splice(0)) child.kill("SIGKILL");
});
afterAll(() => platform?.stop());

async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: { ...ann.headers, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} was answered with ${answer.status}: ${text}`);
  return JSON.parse(text);
}

const alertsOf = async (rule_id: string) =>
  z.object({ data: z.array(Alert) }).parse(await ask("GET", `/alerts?fired=true&rule_id=${rule_id}`)).data;

const transitionsOf = async (id: string) =>
  z.object({ transitions: z.array(AlertTransition) }).parse(await ask("GET", `/alerts/${id}`)).transitions;

/** Keeps one processor busy; ends by itself after a minute. */
function burn(): ChildProcess {
  const child = spawn(process.execPath, ["-e", "const end = Date.now() + 60_000; while (Date.now() < end);"]);
  processes.push(child);
  return child;
}

test("the agent's readings raise the default rule on CPU while the machine is busy, and clear it after", async () => {
  const { key } = z
    .object({ key: z.string() })
    .parse(await ask("POST", "/api-keys", { name: "agent", scopes: ["metrics:push"] }));
  const agent = spawn(
    process.execPath,
    ["scripts/agent.mjs", "--url", platform.url, "--host", "burning", "--interval", "1"],
    { env: { PATH: process.env.PATH, XSEMA_KEY: key } },
  );
  processes.push(agent);
  const rules = async () =>
    z.object({ data: z.array(AlertRule) }).parse(await ask("GET", "/alert-rules?metric=host.cpu_percent"))
      .data;
  const [rule] = await until(rules, ({ length }) => length > 0);
  expect(rule).toMatchObject({ built_in: true, operator: ">", threshold: "80", for: "1m" });
  await ask("PATCH", `/alert-rules/${rule?.id}`, { for: "3s", threshold: "90" });

  const burners = cpus().map(() => burn());
  const [fired] = await until(
    () => alertsOf(rule?.id ?? ""),
    ([alert]) => alert?.state === "active",
    {
      within: 45_000,
    },
  );
  expect(fired).toMatchObject({ labels: { host: "burning" }, metric: "host.cpu_percent", level: "warning" });
  expect(Number(fired?.value)).toBeGreaterThan(90);
  for (const burner of burners) burner.kill("SIGKILL");
  await Promise.all(burners.map((burner) => burner.exitCode ?? burner.signalCode ?? once(burner, "exit")));

  const isOver = ({ state }: Alert) => state === "resolved";
  const alerts = await until(
    () => alertsOf(rule?.id ?? ""),
    (all) => all.every(isOver),
    { within: 60_000 },
  );
  expect(alerts.at(-1)).toMatchObject({ id: fired?.id, resolved_reason: "condition_cleared" });
  expect(await transitionsOf(fired?.id ?? "")).toMatchObject([
    { from: null, to: "pending", reason: "condition_met" },
    { from: "pending", to: "active", reason: "held_for" },
    { from: "active", to: "resolved", reason: "condition_cleared" },
  ]);
  agent.kill("SIGTERM");
  expect(await once(agent, "exit")).toEqual([0, null]);
});
