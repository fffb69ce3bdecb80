import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { historyPath, startReplay } from "./run-command.ts";
import { type StandIn, startStandIn } from "./stand-in.ts";

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

const run = (args: string[]) => startReplay(args).ended;

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

  it.each([
    ["cryptopunks-2017.csv", [], 250, { sale: 250 }],
    ["mooncats.csv", ["--kind-without-price", "transfer"], 134, { sale: 66, transfer: 68 }],
  ])(
    "takes the public history %s in whole, as what it is",
    async (name, flags, rows, kinds) => {
      const args = [historyPath(name), "--collection", "history", "--url", platform.url, ...flags];
      expect(await run(args)).toMatchObject({ code: 0 });
      const counts = Object.groupBy(platform.events.values(), (event) => event.kind);
      expect(platform.events.size).toBe(rows);
      expect(
        Object.fromEntries(Object.entries(counts).map(([kind, events]) => [kind, events?.length])),
      ).toEqual(kinds);
      expect(await run(args)).toMatchObject({
        code: 0,
        shown: expect.stringContaining(`accepted   0\nduplicate  ${rows}\n`),
      });
    },
    30_000,
  );

  it("ends with a summary and 130 at Ctrl-C, even when npm hands the signal on a second time", async () => {
    const { promise: firstSale, resolve } = Promise.withResolvers<void>();
    platform.refuse = () => {
      resolve();
      return null;
    };
    const command = startReplay([file, "--collection", "punks", "--url", platform.url, "--speed", "1"]);
    await firstSale;
    command.interrupt();
    command.interrupt();
    const { code, shown } = await command.ended;
    expect(code).toBe(130);
    expect(shown).toContain("accepted   1");
    expect(shown).toContain("Run the same command again");
  }, 30_000);
});
