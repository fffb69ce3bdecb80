import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { ROOT } from "../../scripts/local/paths.ts";
import type { Platform } from "../../scripts/local/platform.ts";
import { Alert, AlertRule, AlertRuleFields } from "../../shared/contracts/alerts.ts";
import { openPlatform } from "../support/platform.ts";

/** What only a reader can do: this test has done it, or is it. */
const DONE_ALREADY = new Set(["npm install && npm start", "npm install && npm test"]);
const DOCUMENTS = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** What a block waits for may never come. */
const PATIENCE_MS = 240_000;

interface Block {
  language: string;
  code: string;
  at: string;
}

function blocksOf(document: string): Block[] {
  const text = readFileSync(join(ROOT, document), "utf8");
  return [...text.matchAll(/^```(\w+)\n(.*?)\n```$/gms)].map(({ 1: language = "", 2: code = "", index }) => ({
    language,
    code,
    at: `${document}:${text.slice(0, index).split("\n").length + 1}`,
  }));
}
const BLOCKS = DOCUMENTS.flatMap(blocksOf);
const RUN = BLOCKS.filter(({ language, code }) => language === "sh" && !DONE_ALREADY.has(code));

/**
 * A reader's shell. A refused request is an error; what would be watched until Ctrl-C is watched for a moment; replays need
 * not keep to their pace.
 */
const SHELL = `set -euo pipefail
curl() {
  case " $* " in
    *" -N "*|*" -sN "*) local code=0; command curl --max-time 2 "$@" || code=$?; [ "$code" = 28 ] ;;
    *" -sf "*) command curl --max-time 60 "$@" ;;
    *) command curl -sS --fail-with-body --max-time 60 "$@" ;;
  esac
}
npx() {
  local code=0 program=$1; shift
  case $program in
    node) timeout 3 node "$@" || code=$? ;;
    openapi-typescript) node "$PROJECT/node_modules/openapi-typescript/bin/cli.js" "$@" || code=$? ;;
    @hey-api/openapi-ts) node "$PROJECT/node_modules/@hey-api/openapi-ts/bin/run.js" "$@" || code=$? ;;
    xsema-agent) timeout 3 node "$PROJECT/scripts/agent.mjs" "$@" || code=$? ;;
    *) return 1 ;;
  esac
  [ "$code" = 0 ] || [ "$code" = 124 ]
}
head() { command head "$@"; cat > /dev/null; }
`;

let platform: Platform;
let clone: string;
beforeAll(async () => {
  const token = "a token for Prometheus, made here";
  platform = await openPlatform({ vars: { DEMO_MARKET: "on", METRICS_TOKEN: token.replaceAll(/\W/g, "-") } });
  await platform.tick();
  // A clone, in which blocks may leave files behind.
  clone = await mkdtemp(join(tmpdir(), "xsema-clone-"));
  for (const name of await readdir(ROOT))
    if (!name.startsWith(".") && name !== "node_modules") await symlink(join(ROOT, name), join(clone, name));
  const vars = `INGEST_API_KEY=${platform.ingestKey}\nMETRICS_TOKEN=${token.replaceAll(/\W/g, "-")}\n`;
  await writeFile(join(clone, ".dev.vars"), vars);
});
afterAll(async () => {
  await platform?.stop();
  if (clone !== undefined) await rm(clone, { recursive: true });
});

/** Runs all blocks in one shell, as one who follows the documents from the first to the last. */
async function follow(blocks: Block[]): Promise<{ reached: string; output: string }> {
  const here = platform.url.replace("http://", "");
  const script = blocks
    .map(({ at, code }) => `printf "\\n>>> ${at}\\n"\n${code}`)
    .join("\n")
    .replaceAll("127.0.0.1:8787", here)
    .replace("what the first start printed", platform.admin.password ?? "");
  const shell = spawn("bash", ["-c", SHELL + script], {
    cwd: clone,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: PATIENCE_MS,
    env: {
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      HOME: clone,
      PROJECT: ROOT,
      PORT: new URL(platform.url).port,
      DEV_VARS: join(clone, ".dev.vars"),
    },
  });
  let output = "";
  for (const stream of [shell.stdout, shell.stderr])
    stream.on("data", (chunk) => {
      output += chunk;
    });
  const [code] = await once(shell, "close");
  const [last = ""] = output.split(">>> ").slice(-1);
  return code === 0
    ? { reached: "the end", output }
    : { reached: `${last.split("\n")[0]}: ${last.slice(-1_500)}`, output };
}

async function logIn(password = "") {
  const answer = await fetch(`${platform.url}/api/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "admin@localhost", password }),
  });
  const { access_token } = z.object({ access_token: z.string() }).parse(await answer.json());
  return { authorization: `Bearer ${access_token}`, "content-type": "application/json" };
}

test("every shell block of README and docs does what it shows, one after the other on a new platform", async () => {
  const { reached, output } = await follow(RUN);
  expect(reached).toBe("the end");
  expect(output.match(/^>>> /gm)).toHaveLength(RUN.length);
  expect(output).not.toMatch(/\b(?:undefined|null)\/|Bearer undefined/);

  expect(output).toContain('{"accepted":2,"duplicate":0,"late":0,"rejected":[]}');

  const headers = await logIn(/^[\w+/=]{32}$/m.exec(output)?.[0]);
  const get = async (path: string) => (await fetch(`${platform.url}/api/v1${path}`, { headers })).json();
  const rules = z.object({ data: z.array(AlertRule) }).parse(await get("/alert-rules"));
  expect(rules.data.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["The floor falls", "The harbour falls"]),
  );
  const alerts = z.object({ data: z.array(Alert) }).parse(await get("/alerts?collection=falling"));
  expect(alerts.data).toMatchObject([
    {
      ...{ state: "resolved", resolved_reason: "condition_cleared", fired_at: "2021-03-11T11:20:00.000Z" },
      comment: "Buying",
    },
  ]);

  const [, ...shown] = blocksOf("docs/alerts.md").filter(({ language }) => language === "json");
  for (const { code, at } of shown) {
    const answer = await fetch(`${platform.url}/api/v1/alert-rules`, { method: "POST", headers, body: code });
    expect({ at, status: answer.status }).toEqual({ at, status: 201 });
    expect(AlertRule.parse(await answer.json())).toMatchObject(AlertRuleFields.parse(JSON.parse(code)));
  }
}, 300_000);

test("what needs a reader's own account or machine is marked, and says so in its first line", () => {
  const marked = BLOCKS.filter(({ language }) => language === "console");
  expect(marked.filter(({ code }) => !/^# needs /.test(code))).toEqual([]);
  expect(marked.map(({ at }) => at.split(":")[0])).toEqual([
    "docs/operating.md",
    "docs/operating.md",
    "docs/replay.md",
    "docs/webhooks.md",
  ]);
  // Nothing else may pass for a command.
  expect(BLOCKS.filter(({ language }) => ["bash", "shell", "zsh", "text"].includes(language))).toEqual([]);
  expect(RUN.filter(({ code }) => /…|<the /.test(code.replaceAll(/#.*$/gm, "")))).toEqual([]);
});

test("files that the documents name are there", () => {
  const named = RUN.flatMap(({ code }) => code.match(/docs\/examples\/[\w.-]+/g) ?? []);
  expect(named.length).toBeGreaterThan(2);
  for (const name of named)
    expect(readdirSync(join(ROOT, "docs/examples"))).toContain(name.split("/").at(-1));
});
