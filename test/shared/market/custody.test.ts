import { describe, expect, test } from "vitest";
import { type CustodyMove, followCustody } from "../../../shared/market/custody.ts";
import { readHistory, whyNoHistories } from "../../support/histories.ts";

const DAY = "2026-01-10T00:00:00.000Z";
const move = (
  seq: number,
  from: string | null,
  to: string | null,
  more: Partial<CustodyMove> = {},
): CustodyMove => ({
  ...{ kind: "sale", from, to, occurred_at: DAY, block_number: null, log_index: null, seq },
  ...more,
});
const end = (...moves: CustodyMove[]) => {
  const custody = followCustody(moves);
  return custody && (custody.address ?? custody.unknown);
};

describe("moves of one instant", () => {
  test("are a chain in which whoever got the token is the next to give it away", () => {
    expect(end(move(1, "c", "d"), move(2, "a", "b"), move(3, "b", "c"))).toBe("d");
    expect(end(move(1, "b", "a"), move(2, "a", "b"), move(3, "a", "b"))).toBe("b");
  });
  test("that come back to where they began need to know where that was", () => {
    const round = [move(2, "a", "b"), move(3, "b", "a")];
    expect(end(...round)).toBe("order_not_known");
    expect(end(move(1, "z", "b", { occurred_at: "2026-01-09T00:00:00.000Z" }), ...round)).toBe("b");
  });
  test("that do not hang together, or lead to two ends, tell nothing", () => {
    expect(end(move(1, "a", "b"), move(2, "c", "d"))).toBe("order_not_known");
    expect(end(move(1, "a", "b"), move(2, "a", "c"))).toBe("order_not_known");
  });
  test("count a sale and the transfer that carried it once", () => {
    const transfer = { kind: "transfer" } as const;
    expect(end(move(1, "a", "b"), move(2, "a", "b", transfer), move(3, "b", "c"))).toBe("c");
    expect(end(move(1, "a", null), move(2, "a", "b", transfer))).toBe("b");
  });
  test("go by block and log index where all of them have one", () => {
    const at = (block_number: number, log_index: number) => ({ block_number, log_index });
    expect(end(move(1, "a", "b", at(2, 1)), move(2, "c", "d", at(1, 9)))).toBe("b");
    expect(end(move(1, "a", "b", at(2, 1)), move(2, "c", "d"))).toBe("order_not_known");
  });
});

test("a last sale that names no buyer leaves the holder unknown, for that reason", () => {
  expect(end(move(1, "a", null))).toBe("buyer_not_named");
  expect(end()).toBeNull();
});

/** The moves of each token, oldest first. */
async function movesOf(file: string, withoutPlaces: boolean) {
  const tokens = new Map<string, CustodyMove[]>();
  for (const event of await readHistory(file, "punks")) {
    if (event.token_id === null) continue;
    const place = withoutPlaces ? { block_number: null, log_index: null } : {};
    const known = tokens.get(event.token_id) ?? [];
    tokens.set(event.token_id, [...known, { ...event, kind: "sale", ...place }]);
  }
  for (const moves of tokens.values())
    moves.sort((a, b) => Date.parse(a.occurred_at) - Date.parse(b.occurred_at) || a.seq - b.seq);
  return tokens;
}

test.skipIf(whyNoHistories)(
  "days of real histories end with whoever the order on the chain says, or with nobody",
  async () => {
    let [right, wrong] = [0, 0];
    for (const moves of (await movesOf("cryptopunks-onchain.csv", true)).values()) {
      const days = Map.groupBy(moves, ({ occurred_at }) => occurred_at.slice(0, 10));
      for (const [day, sales] of days) {
        const last = sales.at(-1);
        if (sales.length < 2 || last?.to == null) continue;
        // As a history that knows days only would tell them: in any order.
        const told = sales.toReversed().map((sale) => ({ ...sale, occurred_at: `${day}T00:00:00.000Z` }));
        const before = moves.filter(({ occurred_at }) => occurred_at.slice(0, 10) < day);
        const address = followCustody([...before, ...told])?.address ?? null;
        if (address === last.to) right += 1;
        else if (address !== null) wrong += 1;
      }
    }
    expect(right).toBeGreaterThan(100);
    expect(wrong).toBe(0);
  },
);
