import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readOptions } from "../../../scripts/replay/options.ts";
import { type ReplayDeps, runReplay } from "../../../scripts/replay/run-replay.ts";
import { type StandIn, startStandIn } from "./stand-in.ts";

let folder: string;
let platform: StandIn;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "replay-"));
  platform = await startStandIn();
});
afterEach(async () => {
  await platform.close();
  await rm(folder, { recursive: true });
});

const HEADER = "timestamp_utc,token_id,price_eth,price_wei,from,to,block,tx";
const START = Date.parse("2021-03-11T00:00:00Z");

/** Sales a minute apart. */
function sales(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const at = new Date(START + index * 60_000).toISOString();
    return `${at},${index},1.000000,${10n ** 18n + BigInt(index)},0xa${index},0xb${index},${index},0x${index}`;
  });
}

async function write(name: string, lines: string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `${lines.join("\n")}\n`);
  return path;
}

interface Run {
  code: number;
  shown: string;
  waits: number[];
}

/** Runs the command with a clock that only its own waits move. */
async function replay(args: string[], rest: Partial<ReplayDeps> = {}): Promise<Run> {
  const lines: string[] = [];
  const waits: number[] = [];
  let now = START;
  const options = readOptions([...args, "--collection", "punks", "--url", platform.url]);
  if (options === "help") throw new Error("asked for help");
  const code = await runReplay(options, {
    fetch,
    now: () => now,
    random: () => 1,
    sleep: async (ms) => {
      waits.push(ms);
      now += ms;
    },
    findTarget: async () => ({ url: platform.url, token: "the-token" }),
    screen: { line: (text) => lines.push(text), progress: () => {} },
    stop: new AbortController().signal,
    ...rest,
  });
  return { code, shown: lines.join("\n"), waits };
}

describe("replaying a file", () => {
  it("hands in every row once, in order and in batches, and again as duplicates", async () => {
    const file = await write("sales.csv", [HEADER, ...sales(1_203)]);
    const first = await replay([file]);
    expect(first.code).toBe(0);
    expect(platform.requests.map(({ size }) => size)).toEqual([500, 500, 203]);
    expect(platform.requests[0]?.authorization).toBe("Bearer the-token");
    expect([...platform.events.values()].map((event) => event.token_id)).toEqual(
      Array.from({ length: 1_203 }, (_, index) => String(index)),
    );
    expect(platform.events.get("tx:0x7:7")).toMatchObject({ price: "1.000000000000000007", kind: "sale" });
    expect(first.shown).toContain("accepted   1,203\nduplicate  0\nrejected   0");

    const again = await replay([file, "--batch", "1000"]);
    expect(again.code).toBe(0);
    expect(again.shown).toContain("accepted   0\nduplicate  1,203\nrejected   0");
  });

  it("lists what is rejected with its line, here or by the platform, lets the rest in and exits with 2", async () => {
    const [first = "", second = "", third = ""] = sales(3);
    const file = await write("sales.csv", [HEADER, first, "2021-03-11,1", second, third.replace("1.0", "x")]);
    platform.refuse = (event) => (event.token_id === "1" ? "is not welcome" : null);
    const { code, shown } = await replay([file, "--map", "price_wei="]);
    expect(code).toBe(2);
    expect(shown).toContain("line 3: has 2 cells where the header has 8");
    expect(shown).toContain("line 4: token_id is not welcome");
    expect(shown).toContain('line 5: price_eth "x00000" is not an amount such as 1.5');
    expect(shown).toContain("accepted   1\nduplicate  0\nrejected   3");
    expect([...platform.events.keys()]).toEqual(["tx:0x0:0"]);
  });

  it("asks again while the platform is away, restarting or busy, and doubles nothing", async () => {
    const file = await write("sales.csv", [HEADER, ...sales(30)]);
    platform.troubles = [
      "hang up",
      { status: 503 },
      { status: 429, headers: { "retry-after": "3" } },
      { status: 500 },
    ];
    const { code, waits, shown } = await replay([file]);
    expect(code).toBe(0);
    expect(waits).toEqual([500, 1_000, 3_000, 4_000]);
    expect(shown).toContain("answered 503 (trouble); trying again in 1.0 s");
    expect(platform.events.size).toBe(30);
  });

  it("goes on when a platform that was not there yet comes up", async () => {
    const file = await write("sales.csv", [HEADER, ...sales(5)]);
    const port = Number(new URL(platform.url).port);
    await platform.close();
    const { code, shown } = await replay([file], {
      sleep: async () => {
        platform = await startStandIn(port);
      },
    });
    expect(code).toBe(0);
    expect(shown).toMatch(/no answer from .*ECONNREFUSED.*; trying again/);
    expect(platform.events.size).toBe(5);
  });

  it("gives up on a platform that stays away, and says how to go on", async () => {
    const file = await write("sales.csv", [HEADER, ...sales(5)]);
    await platform.close();
    await expect(replay([file])).rejects.toThrow(/Gave up: no answer .* Run the same command again/);
    platform = await startStandIn();
  });

  it("explains a token that is not accepted, without asking twice", async () => {
    const file = await write("sales.csv", [HEADER, ...sales(5)]);
    platform.troubles = [{ status: 401, detail: "There is no such API key here." }];
    await expect(replay([file])).rejects.toThrow(
      /does not accept the key \(401: There is no such API key here\.\).*market:ingest.*--token.*INGEST_API_KEY/,
    );
    expect(platform.requests).toHaveLength(1);
  });

  it("sends a batch that is too large in halves, and still knows the lines", async () => {
    const file = await write("sales.csv", [HEADER, ...sales(100)]);
    platform.most = 30;
    platform.refuse = (event) => (event.token_id === "77" ? "is not welcome" : null);
    const { code, shown } = await replay([file]);
    expect(code).toBe(2);
    expect(shown).toContain("line 79: token_id is not welcome");
    expect(platform.events.size).toBe(99);
  });

  it("keeps the gaps of the history at a given speed", async () => {
    const file = await write("sales.csv", [HEADER, ...sales(4)]);
    const { waits } = await replay([file, "--speed", "60"]);
    expect(waits).toEqual([1_000, 1_000, 1_000]);
    expect(platform.requests.map(({ size }) => size)).toEqual([1, 1, 1, 1]);
  });

  it("replays a part, under the keys that the whole would have had", async () => {
    const [first = "", second = ""] = sales(2);
    const file = await write("sales.csv", [HEADER, first, second, second, first.replace("03-11T", "03-12T")]);
    await replay([file, "--from", "2021-03-11T00:01:00Z", "--to", "2021-03-12"]);
    expect([...platform.events.keys()]).toEqual(["tx:0x1:1", "tx:0x1:1#2"]);
    const limited = await replay([file, "--limit", "2", "--batch", "1"]);
    expect(limited.shown).toContain("accepted   1\nduplicate  1");
    const rest = await replay([file]);
    expect(rest.shown).toContain("accepted   1\nduplicate  3");
  });

  it("refuses a name that stands twice in the header, says which would be taken, and takes the one that is named", async () => {
    const file = await write("twice.csv", ["Time,Price,Token,price", "2021-03-11,5,1,6"]);
    await expect(replay([file])).rejects.toThrow(
      /has "Price" in columns 2 and 4: column 2 would be taken as price\. Say which by --map "price=Price" or --map "price=price", /,
    );
    await write("twice.csv", ["Time,Price,Token,Price,note,note", "2021-03-11,5,1,6,a,b"]);
    await expect(replay([file])).rejects.toThrow(/ or --map "price=Price_2", /);
    await replay([file, "--map", "price=Price_2"]);
    expect([...platform.events.values()]).toMatchObject([
      { price: "6", raw: { Price: "5", note: "a", note_2: "b" } },
    ]);
  });

  it("sends nothing in a dry run, and shows what it would", async () => {
    const file = await write("sales.csv", [
      HEADER,
      ...sales(2),
      `${sales(1)[0]}`.replace("2021-03-11T", "soon "),
    ]);
    const { code, shown } = await replay([file, "--dry-run"], {
      findTarget: () => Promise.reject(new Error("a dry run needs no platform")),
    });
    expect(code).toBe(2);
    expect(platform.requests).toEqual([]);
    expect(shown).toContain("occurred_at    timestamp_utc");
    expect(shown).toContain('"event_key":"tx:0x1:1"');
    expect(shown).toContain("events     2 (sale 2)");
  });

  it("stops when asked to, with a summary, and goes on when run again", async () => {
    const file = await write("sales.csv", [HEADER, ...sales(50)]);
    const stop = new AbortController();
    platform.refuse = (event) => {
      if (event.token_id === "24") stop.abort();
      return null;
    };
    const stopped = await replay([file, "--batch", "10"], { stop: stop.signal });
    expect(stopped.code).toBe(130);
    expect(stopped.shown).toContain("accepted   30");
    expect(stopped.shown).toContain("Run the same command again");
    const rest = await replay([file]);
    expect(rest.shown).toContain("accepted   20\nduplicate  30");
  });

  it("takes NDJSON with numbers as they were written", async () => {
    const file = await write("events.ndjson", [
      '{"block_time":"2021-03-11 19:52:10 UTC","nft":{"id":115792089237316195423570985008687907853269984665640564039457584007913129639935},"price":1e-18,"tx_hash":"0x1"}',
      "not json",
      "",
      '{"block_time":"2021-03-11 19:52:11 UTC","nft":{"id":7},"price":"2","tx_hash":"0x2","seller":"0xA"}',
    ]);
    const { code, shown } = await replay([file, "--map", "token_id=nft.id"]);
    expect(code).toBe(2);
    expect(shown).toContain("line 2: is not JSON");
    expect([...platform.events.values()]).toMatchObject([
      {
        token_id: "115792089237316195423570985008687907853269984665640564039457584007913129639935",
        price: "0.000000000000000001",
      },
      { token_id: "7", price: "2", from: "0xa" },
    ]);
  });

  it("says which columns there are when it cannot find the time, or a column that was named", async () => {
    const file = await write("odd.csv", ["when,what", "2021-03-11,7"]);
    await expect(replay([file])).rejects.toThrow(
      /It has when, what: name the one by --map occurred_at=COLUMN/,
    );
    await expect(replay([file, "--map", "price=cost"])).rejects.toThrow(
      /has no column cost; it has when, what/,
    );
    expect((await replay([file, "--map", "occurred_at=when", "--map", "token_id=what"])).code).toBe(0);
  });

  it("says why a file cannot be opened or read to its end, after handing in what comes before", async () => {
    await expect(replay([join(folder, "none.csv")])).rejects.toThrow(/none\.csv cannot be opened: ENOENT/);
    const file = await write("broken.csv", [HEADER, ...sales(3), 'x,"never closed']);
    await expect(replay([file, "--batch", "3"])).rejects.toThrow(/history cannot be read: Quote Not Closed/);
    expect(platform.events.size).toBe(3);
  });
});
