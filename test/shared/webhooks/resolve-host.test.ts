import { expect, it } from "vitest";
import { createHostCheck } from "../../../shared/webhooks/resolve-host.ts";

type Records = Record<string, { type: number; data: string }[] | number>;

/** A resolver that knows these records, by `type`; a number is a DNS status. */
function check(
  records: Records,
  { resolver = "https://dns.example/query" as string | null, broken = false } = {},
) {
  let now = 0;
  const asked: string[] = [];
  const resolve = createHostCheck({
    resolver,
    now: () => now,
    fetch: async (input) => {
      if (broken) throw new TypeError("no connection");
      const { searchParams } = new URL(String(input));
      asked.push(`${searchParams.get("name")} ${searchParams.get("type")}`);
      const known = records[searchParams.get("type") ?? ""] ?? [];
      return Response.json(typeof known === "number" ? { Status: known } : { Status: 0, Answer: known });
    },
  });
  return { resolve, asked, advance: (ms: number) => (now += ms) };
}

const PASSES = { refusal: null, unknown: null };

it("lets a name pass of which every address is public, aliases on the way included", async () => {
  const { resolve } = check({
    A: [
      { type: 5, data: "alias.example.net." },
      { type: 1, data: "93.184.215.14" },
    ],
    AAAA: [{ type: 28, data: "2606:2800:220:1::1" }],
  });
  expect(await resolve("hooks.example.com")).toEqual(PASSES);
});

it.each([
  ["A", 1, "127.0.0.1"],
  ["A", 1, "169.254.169.254"],
  ["AAAA", 28, "::1"],
  ["AAAA", 28, "::ffff:10.0.0.1"],
  ["AAAA", 28, "fd00::1"],
])("refuses a name with one %s record that is not public among others that are", async (kind, type, data) => {
  const good = { A: [{ type: 1, data: "93.184.215.14" }], AAAA: [{ type: 28, data: "2606:2800::1" }] };
  const { resolve } = check({ ...good, [kind]: [...good[kind === "A" ? "A" : "AAAA"], { type, data }] });
  expect((await resolve("hooks.example.com")).refusal).toContain(data);
});

it("does not let pass what has no address or cannot be looked up", async () => {
  expect((await check({ A: 3, AAAA: 3 }).resolve("gone.example.com")).unknown).toMatch(/no address/);
  expect((await check({ A: 2, AAAA: [] }).resolve("sick.example.com")).unknown).toMatch(/looked up/);
  expect((await check({}, { broken: true }).resolve("any.example.com")).unknown).toMatch(/looked up/);
});

it("asks again only after half a minute, and at once where it got no answer", async () => {
  const known = check({ A: [{ type: 1, data: "8.8.8.8" }] });
  await known.resolve("a.example.com");
  known.advance(29_999);
  await known.resolve("a.example.com");
  expect(known.asked).toHaveLength(2);
  known.advance(1);
  await known.resolve("a.example.com");
  expect(known.asked).toHaveLength(4);
  const sick = check({ A: 2 });
  await sick.resolve("b.example.com");
  await sick.resolve("b.example.com");
  expect(sick.asked).toHaveLength(4);
});

it("asks nobody about addresses, nor where no resolver is set", async () => {
  const { resolve, asked } = check({ A: [{ type: 1, data: "10.0.0.1" }] });
  expect(await resolve("8.8.8.8")).toEqual(PASSES);
  expect(await resolve("[2606::1]")).toEqual(PASSES);
  expect(asked).toEqual([]);
  expect(await check({}, { resolver: null }).resolve("hooks.example.com")).toEqual(PASSES);
});
