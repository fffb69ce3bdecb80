import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { checkRule } from "../../shared/alerts/check-rule.ts";
import { readCredential } from "../../shared/auth/credential.ts";
import { AlertRuleFields } from "../../shared/contracts/alerts.ts";
import { openApiDocument } from "../../workers/openapi.ts";
import { root } from "../../workers/root.ts";
import { blocksIn } from "../support/guide.ts";

/** Generators and the compiler take seconds, and more on a machine with other work to do. */
const PATIENCE_MS = 120_000;

const require = createRequire(import.meta.url);
const OPENAPI_TYPESCRIPT = join(dirname(require.resolve("openapi-typescript")), "..", "bin", "cli.js");
const OPENAPI_TS = join(dirname(require.resolve("@hey-api/openapi-ts/package.json")), "bin", "run.js");
const TSC = require.resolve("typescript/bin/tsc");

const run = promisify(execFile);
const runTool = (tool: string, ...args: string[]) => run(process.execPath, [tool, ...args], { cwd: folder });

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    target: "ES2022",
    lib: ["ES2022", "DOM", "DOM.Iterable"],
    module: "ESNext",
    moduleResolution: "Bundler",
    types: [],
  },
};

/** What both kinds of clients are tried with: requests say the least that they can, answers are read without a look. */
const CONSUMER = `
export const rule: Sent["rule"] = { name: "Floor falls", metric: "market.floor" };
export const events: Sent["events"] = {
  events: [{ event_key: "1", kind: "sale", collection: "punks", occurred_at: "2026-01-31T12:00:00Z" }],
};
export const password: Sent["token"] = { grant_type: "password", username: "a@example.org", password: "secret" };
export const refresh: Sent["token"] = { grant_type: "refresh_token", refresh_token: "one" };
// @ts-expect-error A rule has a metric.
export const nameless: Sent["rule"] = { name: "Floor falls" };
// @ts-expect-error There is no such level.
export const loud: Sent["rule"] = { ...rule, level: "deafening" };

export const level = (answer: Answered["rule"]): string => answer.level.toUpperCase();
export const hours = (answer: Answered["rule"]): string | undefined => answer.active_hours?.start.slice(0, 2);
export const block = (answer: Answered["event"]): number | null => answer.block_number;
// @ts-expect-error Nobody may have bought it yet.
export const price = (answer: Answered["nft"]) => answer.last_sale.price;
export const known = (answer: Answered["nft"]): string | null => answer.last_sale && answer.last_sale.price;
`;

const CONSUMERS = {
  "openapi-typescript": `import type { components, paths } from "./xsema";
type Schemas = components["schemas"];
type Form = paths["/api/v1/auth/token"]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"];
type Sent = { rule: Schemas["CreateAlertRuleRequest"]; events: Schemas["IngestRequest"]; token: Form };
type Answered = { rule: Schemas["AlertRule"]; event: Schemas["MarketEvent"]; nft: Schemas["NftDetail"] };
${CONSUMER}
type Made = paths["/api/v1/alert-rules"]["post"]["responses"]["201"]["content"]["application/json"];
export const made: Made extends Answered["rule"] ? true : false = true;
`,
  "openapi-ts": `import { createAlertRule, getNft, issueToken } from "./xsema";
import type { AlertRule, CreateAlertRuleData, IngestEventsData, IssueTokenData, MarketEvent, NftDetail } from "./xsema";
type Sent = { rule: CreateAlertRuleData["body"]; events: IngestEventsData["body"]; token: IssueTokenData["body"] };
type Answered = { rule: AlertRule; event: MarketEvent; nft: NftDetail };
${CONSUMER}
export async function work(): Promise<string | undefined> {
  const tokens = await issueToken({ body: password });
  const made = await createAlertRule({ body: rule, auth: tokens.data?.access_token });
  const nft = await getNft({ path: { slug: "punks", token_id: "1" }, query: { limit: 10 } });
  return made.error?.detail ?? nft.data?.history.data[0]?.event_key ?? made.data?.id;
}
`,
};

const [types = "", client = ""] = blocksIn("docs/clients.md", "ts");
const SHOWN = { "openapi-typescript": types, "openapi-ts": client };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "xsema-clients-"));
  await writeFile(join(folder, "openapi.json"), JSON.stringify(openApiDocument(root, "1.0.0")));
});
afterAll(() => rm(folder, { recursive: true }));

/** Compiles what was generated with its consumer; the answer is what the compiler has against it. */
async function compile(name: keyof typeof CONSUMERS): Promise<string> {
  const place = join(folder, name);
  await writeFile(join(place, "consumer.ts"), CONSUMERS[name]);
  await writeFile(join(place, "shown.ts"), SHOWN[name]);
  await writeFile(join(place, "tsconfig.json"), JSON.stringify(TSCONFIG));
  return runTool(TSC, "-p", place).then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  );
}

test("types of openapi-typescript compile, and fit what is sent and answered", {
  timeout: PATIENCE_MS,
}, async () => {
  const place = join(folder, "openapi-typescript");
  await mkdir(place);
  await runTool(OPENAPI_TYPESCRIPT, "openapi.json", "-o", join(place, "xsema.ts"));
  expect(await compile("openapi-typescript")).toBe("");
});

test("a client of @hey-api/openapi-ts compiles, and fits what is sent and answered", {
  timeout: PATIENCE_MS,
}, async () => {
  const place = join(folder, "openapi-ts");
  await runTool(OPENAPI_TS, "-i", "openapi.json", "-o", join(place, "xsema"));
  expect(await compile("openapi-ts")).toBe("");
});

test("what is shown of that client sends one credential, and a rule that is taken", {
  timeout: PATIENCE_MS,
}, async () => {
  const sent: Request[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    sent.push(request);
    return Response.json({ level: "warning" }, { status: 201 });
  });
  const said = vi.spyOn(console, "log").mockReturnValue(undefined);
  await import(join(folder, "openapi-ts", "shown.ts")).finally(() => vi.unstubAllGlobals());
  expect(said.mock.calls).toEqual([["warning"]]);
  said.mockRestore();
  const [request] = sent;
  if (request === undefined) throw new Error("nothing was sent");
  expect(readCredential(request)).toEqual({ kind: "key", text: "xs_live_yours" });
  expect(checkRule(AlertRuleFields.parse(await request.json()))).toEqual([]);
});
