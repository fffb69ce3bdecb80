import { earlier, placeAfter } from "./point.ts";

/** A figure of a set of points that come and go. Cheap to change, whatever it holds. */
export interface Aggregate<P> {
  add(point: P): void;
  /** Of what was added; usually the oldest. */
  remove(point: P): void;
  /** Decimal text; `null`: nothing is known of an empty set. */
  read(): string | null;
}

/** The points of a window (t - lag - width, t - lag] that moves with time. Each enters and leaves the figure once. */
export class SlidingWindow<P extends { at: number }> {
  readonly #aggregate: Aggregate<P>;
  readonly #width: number;
  readonly #lag: number;
  readonly #points: P[] = [];
  /** Those in the window stand from here … */
  #left = 0;
  /** … to here; after them what is yet to enter. */
  #entered = 0;
  #t = Number.NEGATIVE_INFINITY;

  constructor(aggregate: Aggregate<P>, width: number, lag = 0) {
    this.#aggregate = aggregate;
    this.#width = width;
    this.#lag = lag;
  }

  push(point: P): void {
    const end = this.#t - this.#lag;
    if (point.at <= end - this.#width) return;
    const place = placeAfter(this.#points, point.at);
    if (place === this.#points.length) this.#points.push(point);
    else this.#points.splice(place, 0, point);
    if (point.at > end) return;
    this.#aggregate.add(point);
    this.#entered++;
  }

  /** Moves on to `t`. The figure, and when a point enters or leaves next. */
  at(t: number): { value: string | null; next_at: number | null } {
    this.#t = t;
    const end = t - this.#lag;
    let entering = this.#points[this.#entered];
    for (; entering !== undefined && entering.at <= end; entering = this.#points[++this.#entered])
      this.#aggregate.add(entering);
    let leaving = this.#points[this.#left];
    for (; leaving !== undefined && leaving.at <= end - this.#width; leaving = this.#points[++this.#left])
      this.#aggregate.remove(leaving);
    const next_at = earlier(
      entering === undefined ? null : entering.at + this.#lag,
      leaving === undefined ? null : leaving.at + this.#lag + this.#width,
    );
    this.#forget();
    return { value: this.#aggregate.read(), next_at };
  }

  #forget(): void {
    // In larger pieces: each moves all that stay.
    if (this.#left < 512 || this.#left < this.#points.length / 2) return;
    this.#points.splice(0, this.#left);
    this.#entered -= this.#left;
    this.#left = 0;
  }
}
