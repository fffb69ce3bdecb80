import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../shared/db/client.ts";
import { TimeColumn } from "../../shared/db/instant.ts";
import { readRows } from "../../shared/db/rows.ts";
import { addMoney, canonicalMoney, compareMoney, multiplyMoney } from "../../shared/domain/money.ts";
import type { FlushEvent } from "../../shared/market/flush-batch.ts";

const Amount = z.string().transform(canonicalMoney);
const Count = z.coerce.number();

const RollupRow = z.object({
  grain: z.string(),
  bucket: TimeColumn,
  unit: z.string(),
  sales: Count,
  priced_sales: Count,
  items: Amount,
  priced_items: Amount,
  volume: Amount,
  usd_sales: Count,
  volume_usd: Amount,
  open: Amount.nullable(),
  high: Amount.nullable(),
  low: Amount.nullable(),
  close: Amount.nullable(),
  listings: Count,
  bids: Count,
  transfers: Count,
  cancels: Count,
  sources: z.array(z.string()),
});
type Rollup = z.infer<typeof RollupRow>;

const WalletRow = z.object({ day: z.string(), address: z.string(), bought: Count, sold: Count });
type Wallet = z.infer<typeof WalletRow>;

/** What is counted of all events together. */
export interface Counted {
  rollups: Rollup[];
  wallets: Wallet[];
  last_sale: { at: string | null; price: string | null };
}

const GRAINS = { minute: 16, hour: 13, day: 10 } as const;

function bucketOf(at: string, grain: keyof typeof GRAINS): string {
  return at.slice(0, GRAINS[grain]) + "0000-01-01T00:00:00.000Z".slice(GRAINS[grain]);
}

/** By time, then number: how sales of one collection are ordered. */
function byTime(a: FlushEvent, b: FlushEvent): number {
  return a.occurred_at === b.occurred_at ? a.seq - b.seq : a.occurred_at < b.occurred_at ? -1 : 1;
}

/** The events that no other of them corrects; none corrects itself. */
export function standing(events: FlushEvent[]): FlushEvent[] {
  const corrections = events.filter((event) => event.corrects !== event.event_key);
  const corrected = new Set(corrections.map((event) => event.corrects));
  return events.filter((event) => !corrected.has(event.event_key));
}

function rollUp(grain: string, bucket: string, unit: string, events: FlushEvent[]): Rollup {
  const sales = events.filter((event) => event.kind === "sale").sort(byTime);
  const priced = sales.filter((sale) => sale.total_price !== null);
  const usd = sales.filter((sale) => sale.price_usd !== null);
  const prices = priced.map((sale) => sale.price ?? "").sort(compareMoney);
  const canonical = (text: string | null | undefined) => (text == null ? null : canonicalMoney(text));
  const count = (kind: string) => events.filter((event) => event.kind === kind).length;
  return {
    grain,
    bucket,
    unit,
    sales: sales.length,
    priced_sales: priced.length,
    items: addMoney(...sales.map((sale) => sale.quantity)),
    priced_items: addMoney(...priced.map((sale) => sale.quantity)),
    volume: addMoney(...priced.map((sale) => sale.total_price ?? "")),
    usd_sales: usd.length,
    volume_usd: addMoney(...usd.map((sale) => multiplyMoney(sale.price_usd ?? "", sale.quantity))),
    open: canonical(priced.at(0)?.price),
    high: canonical(prices.at(-1)),
    low: canonical(prices.at(0)),
    close: canonical(priced.at(-1)?.price),
    listings: count("listing"),
    bids: count("bid"),
    transfers: count("transfer"),
    cancels: count("cancel"),
    sources: [...new Set(sales.map((sale) => sale.source))].sort(),
  };
}

/** Counts events of a collection in `currency` the long way round, from all of them at once. */
export function countAll(events: FlushEvent[], currency = "ETH"): Counted {
  const counting = standing(events);
  const groups = new Map<string, FlushEvent[]>();
  const wallets = new Map<string, Wallet>();
  for (const event of counting) {
    if (event.kind === "metadata" || (event.kind === "cancel" && event.corrects !== null)) continue;
    for (const grain of ["day", "hour", "minute"] as const) {
      const unit = event.price === null ? "" : (event.unit ?? "");
      const key = [grain, bucketOf(event.occurred_at, grain), unit].join("|");
      groups.set(key, [...(groups.get(key) ?? []), event]);
    }
    if (event.kind !== "sale") continue;
    const day = event.occurred_at.slice(0, 10);
    for (const [address, bought, sold] of [
      [event.to, 1, 0],
      [event.from, 0, 1],
    ] as const) {
      if (address === null || /^0x0+$/.test(address)) continue;
      const key = `${day}|${address}`;
      const wallet = wallets.get(key) ?? { day, address, bought: 0, sold: 0 };
      wallets.set(key, { ...wallet, bought: wallet.bought + bought, sold: wallet.sold + sold });
    }
  }
  const last = counting
    .filter((event) => event.kind === "sale" && event.price !== null && event.unit === currency)
    .sort(byTime)
    .at(-1);
  return {
    rollups: [...groups.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, members]) => {
        const [grain = "", bucket = "", unit = ""] = key.split("|");
        return rollUp(grain, bucket, unit, members);
      }),
    wallets: [...wallets.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, wallet]) => wallet),
    last_sale: {
      at: last?.occurred_at ?? null,
      price: last?.price == null ? null : canonicalMoney(last.price),
    },
  };
}

/** What the database has counted of a collection. */
export async function readCounted(db: Db, slug = "punks"): Promise<Counted> {
  const id = sql`(select id from collections where slug = ${slug})`;
  const rollups = await readRows(
    db,
    sql`select * from rollups where collection_id = ${id} order by grain collate "C", bucket, unit collate "C"`,
    RollupRow,
  );
  const wallets = await readRows(
    db,
    sql`select day::text, address, bought, sold from wallet_days where collection_id = ${id}
      order by day, address collate "C"`,
    WalletRow,
  );
  const [state] = await readRows(
    db,
    sql`select last_sale_at as at, last_price as price from collection_state where collection_id = ${id}`,
    z.object({ at: TimeColumn.nullable(), price: Amount.nullable() }),
  );
  return { rollups, wallets, last_sale: state ?? { at: null, price: null } };
}
