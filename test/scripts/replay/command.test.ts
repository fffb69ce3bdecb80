import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type StandIn, startStandIn } from "./stand-in.ts";

const SCRIPT = fileURLToPath(new URL("../../../scripts/replay.ts", import.meta.url));
const LINES = ["time,token_id,price", "2021-03-11,1,5", "2021-03-12,2,6", "2021-03-13,3,7"];

let folder: string;
let file: string;
let platform: StandIn;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "replay-command-"));
  file = join(folder, "sales.csv");
  await writeFile(file, LINES.join("\n"));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  platform = await startStandIn();
});
afterEach(() => platform.close());

/** Starts the command as npm does. */
function start(args: string[]) {
  const env = { PATH: process.env.PATH, INGEST_TOKEN: "from-env" };
  const child = spawn(process.execPath, [SCRIPT, ...args], { env });
  const ended = new Promise<{ code: number | null; shown: string }>((resolve, reject) => {
    let shown = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        shown += chunk;
      });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, shown }));
  });
  return { ended, interrupt: () => child.kill("SIGINT") };
}

const run = (args: string[]) => start(args).ended;

describe("npm run replay", () => {
  it("hands a file in and ends with 0", async () => {
    const { code, shown } = await run([file, "--collection", "punks", "--url", platform.url]);
    expect(shown).toContain("accepted   3");
    expect(code).toBe(0);
    expect(platform.requests[0]?.authorization).toBe("Bearer from-env");
  }, 30_000);

  it("tells how to use it, and in one line what was wrong", async () => {
    const help = await run(["--help"]);
    expect(help).toMatchObject({ code: 0, shown: expect.stringContaining("--kind-without-price") });
    const wrong = await run([join(folder, "none.csv"), "--collection", "punks", "--url", platform.url]);
    expect(wrong.code).toBe(1);
    expect(wrong.shown).toMatch(/^.*none\.csv cannot be opened: ENOENT.*\n$/);
  }, 30_000);

  it("ends with a summary and 130 at Ctrl-C, even when npm hands the signal on a second time", async () => {
    const { promise: firstSale, resolve } = Promise.withResolvers<void>();
    platform.refuse = () => {
      resolve();
      return null;
    };
    const command = start([file, "--collection", "punks", "--url", platform.url, "--speed", "1"]);
    await firstSale;
    command.interrupt();
    command.interrupt();
    const { code, shown } = await command.ended;
    expect(code).toBe(130);
    expect(shown).toContain("accepted   1");
    expect(shown).toContain("Run the same command again");
  }, 30_000);
});
