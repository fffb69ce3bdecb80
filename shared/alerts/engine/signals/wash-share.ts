import { addMoney, divideMoney, multiplyMoney, subtractMoney } from "../../../domain/money.ts";
import type { SalePoint } from "../types.ts";
import { Volume } from "./aggregates.ts";
import type { Aggregate } from "./sliding-window.ts";

/** One wallet's dealings in one token, in the order of their instants. */
interface Dealings {
  sold: SalePoint[];
  bought: SalePoint[];
}

/**
 * Share, in percent, of the volume that lies in sales whose buyer is the seller, or whose token goes back to a wallet that
 * sold it before in the same window; to 18 digits after the point, and unknown without volume. A sale goes back if it comes
 * after the buyer's first sale of the token, so a sale that comes or goes concerns only the seller's purchases between.
 */
export class WashShare implements Aggregate<SalePoint> {
  readonly #all = new Volume();
  readonly #dealings = new Map<string, Dealings>();
  /** In the order of arrival, which settles what comes first within one instant. */
  readonly #order = new Map<SalePoint, number>();
  readonly #washed = new Set<SalePoint>();
  #washed_volume = "0";
  #arrived = 0;

  add(sale: SalePoint): void {
    this.#all.add(sale);
    this.#order.set(sale, this.#arrived++);
    if (isToSelf(sale)) this.#mark(sale, true);
    const { token_id, buyer, seller } = sale;
    if (token_id === null) return;
    if (buyer !== null && !isToSelf(sale)) {
      const { sold, bought } = this.#of(token_id, buyer);
      insert(bought, sale, this.#isBefore);
      const [first] = sold;
      this.#mark(sale, first !== undefined && this.#isBefore(first, sale));
    }
    if (seller !== null) {
      const dealings = this.#of(token_id, seller);
      insert(dealings.sold, sale, this.#isBefore);
      if (dealings.sold[0] === sale) this.#judge(dealings, dealings.sold[1]);
    }
  }

  remove(sale: SalePoint): void {
    this.#all.remove(sale);
    this.#mark(sale, false);
    const { token_id, buyer, seller } = sale;
    if (token_id !== null) {
      if (buyer !== null && !isToSelf(sale)) this.#leave(token_id, buyer, "bought", sale);
      if (seller !== null) {
        const dealings = this.#of(token_id, seller);
        const was_first = dealings.sold[0] === sale;
        this.#leave(token_id, seller, "sold", sale);
        if (was_first) this.#judge(dealings, dealings.sold[0]);
      }
    }
    this.#order.delete(sale);
  }

  read(): string | null {
    const volume = this.#all.read();
    return volume === "0" ? null : divideMoney(multiplyMoney(this.#washed_volume, "100"), volume);
  }

  readonly #isBefore = (one: SalePoint, other: SalePoint): boolean =>
    one.at === other.at ? (this.#order.get(one) ?? 0) < (this.#order.get(other) ?? 0) : one.at < other.at;

  #of(token_id: string, wallet: string): Dealings {
    const key = JSON.stringify([token_id, wallet]);
    const there = this.#dealings.get(key);
    if (there !== undefined) return there;
    const made = { sold: [], bought: [] };
    this.#dealings.set(key, made);
    return made;
  }

  #leave(token_id: string, wallet: string, side: keyof Dealings, sale: SalePoint): void {
    const dealings = this.#of(token_id, wallet);
    const place = dealings[side].indexOf(sale);
    if (place >= 0) dealings[side].splice(place, 1);
    if (dealings.sold.length + dealings.bought.length === 0)
      this.#dealings.delete(JSON.stringify([token_id, wallet]));
  }

  /** The first sale of a wallet is another one: its purchases up to `end` (the other first; all without one) are looked at. */
  #judge({ sold, bought }: Dealings, end: SalePoint | undefined): void {
    const [first] = sold;
    for (const purchase of bought) {
      if (end !== undefined && this.#isBefore(end, purchase)) break;
      this.#mark(purchase, first !== undefined && this.#isBefore(first, purchase));
    }
  }

  #mark(sale: SalePoint, washed: boolean): void {
    if (washed === this.#washed.has(sale)) return;
    const volume = sale.price === null ? "0" : multiplyMoney(sale.price, sale.items);
    if (washed) {
      this.#washed.add(sale);
      this.#washed_volume = addMoney(this.#washed_volume, volume);
    } else {
      this.#washed.delete(sale);
      this.#washed_volume = subtractMoney(this.#washed_volume, volume);
    }
  }
}

const isToSelf = ({ buyer, seller }: SalePoint) => buyer !== null && buyer === seller;

/** Almost always at the end. */
function insert(
  sales: SalePoint[],
  sale: SalePoint,
  isBefore: (one: SalePoint, other: SalePoint) => boolean,
): void {
  let place = sales.length;
  for (let last = sales[place - 1]; last !== undefined && isBefore(sale, last); last = sales[place - 1])
    place--;
  sales.splice(place, 0, sale);
}
