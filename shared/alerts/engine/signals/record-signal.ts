import { compareDecimals, type Decimal, decimalOf } from "../decimal.ts";
import type { Observation, SalePoint, Signal } from "../types.ts";
import { placeAfter } from "./point.ts";
import type { Aggregate } from "./sliding-window.ts";
import { type WindowedSettings, WindowedSignal } from "./windowed-signal.ts";

interface Priced {
  at: number;
  price: Decimal;
  /** The highest up to it and with it. */
  top: Decimal;
}

interface Marked {
  at: number;
  record: boolean;
}

class Records implements Aggregate<Marked> {
  #count = 0;

  add({ record }: Marked): void {
    if (record) this.#count++;
  }

  remove({ record }: Marked): void {
    if (record) this.#count--;
  }

  read(): string {
    return String(this.#count);
  }
}

const exceeds = (price: Decimal, high: Decimal | null) => high === null || compareDecimals(price, high) > 0;

/**
 * Sales of the window whose price per item is above that of every sale before them, by the order of their instants. The
 * first of all is above nothing, and no record. A late sale may take it from those after it: then all is counted anew.
 */
export class RecordSignal implements Signal<SalePoint> {
  readonly #settings: WindowedSettings;
  #signal: WindowedSignal<Marked>;
  #sales: Priced[] = [];
  /** Above all that are older than those. */
  #high: Decimal | null;
  #t = Number.NEGATIVE_INFINITY;

  /** @param high highest price before all that will be pushed; `null`: there was no sale. */
  constructor(settings: WindowedSettings, high: string | null) {
    this.#settings = settings;
    this.#signal = new WindowedSignal(() => new Records(), settings);
    this.#high = high === null ? null : decimalOf(high);
  }

  push({ at, price: text }: SalePoint): void {
    if (text === null) return;
    const price = decimalOf(text);
    const place = placeAfter(this.#sales, at);
    const high = this.#sales[place - 1]?.top ?? this.#high;
    const higher = exceeds(price, high);
    this.#sales.splice(place, 0, { at, price, top: higher || high === null ? price : high });
    if (higher && place + 1 < this.#sales.length) this.#countAnew();
    else this.#signal.push({ at, record: higher && high !== null });
  }

  at(t: number): { observation: Observation; next_at: number | null } {
    this.#t = t;
    this.#forget();
    return this.#signal.at(t);
  }

  #countAnew(): void {
    this.#signal = new WindowedSignal(() => new Records(), this.#settings);
    let high = this.#high;
    for (const sale of this.#sales) {
      const higher = exceeds(sale.price, high);
      this.#signal.push({ at: sale.at, record: higher && high !== null });
      if (higher) high = sale.price;
      sale.top = high ?? sale.price;
    }
  }

  #forget(): void {
    const { window_ms, change } = this.#settings;
    const count = placeAfter(this.#sales, this.#t - window_ms * (change ? 2 : 1));
    // In larger pieces: each moves all that stay. What stays too long changes nothing, as it stands before the window.
    if (count < 512 || count < this.#sales.length / 2) return;
    this.#high = this.#sales[count - 1]?.top ?? this.#high;
    this.#sales = this.#sales.slice(count);
  }
}
