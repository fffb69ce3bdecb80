import {
  addMoney,
  canonicalMoney,
  divideMoney,
  multiplyMoney,
  subtractMoney,
} from "../../../domain/money.ts";
import { compareDecimals, type Decimal, decimalOf } from "../decimal.ts";
import { Heap } from "../heap.ts";
import type { SalePoint, ValuePoint } from "../types.ts";
import type { Aggregate } from "./sliding-window.ts";

/** How many there are. */
export class Count implements Aggregate<unknown> {
  #count = 0;

  add(): void {
    this.#count++;
  }

  remove(): void {
    this.#count--;
  }

  read(): string {
    return String(this.#count);
  }
}

/** What sales brought in; one whose price is unknown counts nothing. */
export class Volume implements Aggregate<SalePoint> {
  #volume = "0";

  add({ price, items }: SalePoint): void {
    if (price !== null) this.#volume = addMoney(this.#volume, multiplyMoney(price, items));
  }

  remove({ price, items }: SalePoint): void {
    if (price !== null) this.#volume = subtractMoney(this.#volume, multiplyMoney(price, items));
  }

  read(): string {
    return this.#volume;
  }
}

/** Volume by the items that it was paid for, to 18 digits after the point; unknown without any. */
export class AveragePrice implements Aggregate<SalePoint> {
  readonly #volume = new Volume();
  #items = 0n;

  add(sale: SalePoint): void {
    this.#volume.add(sale);
    if (sale.price !== null) this.#items += BigInt(sale.items);
  }

  remove(sale: SalePoint): void {
    this.#volume.remove(sale);
    if (sale.price !== null) this.#items -= BigInt(sale.items);
  }

  read(): string | null {
    return this.#items === 0n ? null : divideMoney(this.#volume.read(), this.#items.toString());
  }
}

/** Mean of readings, to 18 digits after the point; unknown without any. */
export class Mean implements Aggregate<ValuePoint> {
  #sum = "0";
  #count = 0;

  add({ value }: ValuePoint): void {
    if (value === null) return;
    this.#sum = addMoney(this.#sum, value);
    this.#count++;
  }

  remove({ value }: ValuePoint): void {
    if (value === null) return;
    this.#sum = subtractMoney(this.#sum, value);
    this.#count--;
  }

  read(): string | null {
    return this.#count === 0 ? null : divideMoney(this.#sum, String(this.#count));
  }
}

/** Highest price per item; unknown without any. */
export class TopSale implements Aggregate<SalePoint> {
  readonly #there = new Set<SalePoint>();
  readonly #highest = new Heap<{ price: Decimal; sale: SalePoint }>(
    (left, right) => compareDecimals(left.price, right.price) > 0,
  );

  add(sale: SalePoint): void {
    if (sale.price === null) return;
    this.#there.add(sale);
    this.#highest.push({ price: decimalOf(canonicalMoney(sale.price)), sale });
  }

  remove(sale: SalePoint): void {
    this.#there.delete(sale);
  }

  read(): string | null {
    let top = this.#highest.peek();
    for (; top !== undefined && !this.#there.has(top.sale); top = this.#highest.peek()) this.#highest.pop();
    return top?.price.text ?? null;
  }
}
