import type { EventKind, MarketEventInput } from "../../shared/contracts/market.ts";
import type { RejectedRow } from "../../shared/providers/replay/provider.ts";

/** So many rejected rows are listed; the others are counted by their reason. */
const MOST_LISTED = 100;

const count = (value: number) => value.toLocaleString("en-US");

/** A length of time for people, rounded up. */
export function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const describe = ({ errors }: RejectedRow) =>
  errors.map(({ pointer, message }) => `${pointer.slice(1)} ${message}`.trim()).join("; ");

interface Place {
  rows: number;
  bytes: number;
}

/** What has become of the rows so far. */
export class Tally {
  rows = 0;
  bytes = 0;
  sent = 0;
  accepted = 0;
  duplicate = 0;
  rejected = 0;
  private readonly reasons = new Map<string, number>();
  private readonly kinds = new Map<EventKind, number>();
  private first: string | null = null;
  private last: string | null = null;
  private readonly begun: number;
  private readonly size: number;
  private readonly now: () => number;

  constructor(size: number, now: () => number) {
    this.size = size;
    this.now = now;
    this.begun = now();
  }

  /** How far the reading is, `share` of the way from one place in the file to another. */
  reach(from: Place, to: Place, share: number): void {
    this.rows = from.rows + Math.round((to.rows - from.rows) * share);
    this.bytes = from.bytes + (to.bytes - from.bytes) * share;
  }

  addEvents(events: MarketEventInput[]): void {
    this.sent += events.length;
    for (const { kind, occurred_at } of events) {
      this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
      if (this.first === null || occurred_at < this.first) this.first = occurred_at;
      if (this.last === null || occurred_at > this.last) this.last = occurred_at;
    }
  }

  /** Counts a rejected row, and says how to list it, or `null` once there are too many. */
  reject(row: RejectedRow): string | null {
    this.rejected += 1;
    const reason = row.errors.map(({ pointer }) => pointer.slice(1) || "row").join(", ");
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
    return this.rejected <= MOST_LISTED ? `line ${row.line}: ${describe(row)}` : null;
  }

  progress(): string {
    const elapsed = Math.max(1, this.now() - this.begun);
    const share = this.size === 0 ? 1 : Math.min(1, this.bytes / this.size);
    const left = share === 0 ? "?" : duration((elapsed * (1 - share)) / share);
    return [
      `${count(this.rows)} rows (${(share * 100).toFixed(1)} %)`,
      `${count(Math.round((this.sent * 1_000) / elapsed))} events/s`,
      `accepted ${count(this.accepted)}`,
      `duplicate ${count(this.duplicate)}`,
      `rejected ${count(this.rejected)}`,
      `ETA ${left}`,
    ].join("  ");
  }

  summary(dryRun: boolean): string {
    const elapsed = Math.max(1, this.now() - this.begun);
    const kinds = [...this.kinds].map(([kind, number]) => `${kind} ${count(number)}`).join(", ");
    const lines = [
      `rows read  ${count(this.rows)}`,
      `events     ${count(this.sent)}${kinds === "" ? "" : ` (${kinds})`}`,
    ];
    if (this.first !== null) lines.push(`span       ${this.first} to ${this.last}`);
    if (!dryRun) {
      lines.push(`accepted   ${count(this.accepted)}`, `duplicate  ${count(this.duplicate)}`);
    }
    lines.push(`rejected   ${count(this.rejected)}`);
    if (this.rejected > MOST_LISTED)
      for (const [reason, number] of this.reasons) lines.push(`           ${count(number)} by ${reason}`);
    lines.push(
      `time       ${(elapsed / 1_000).toFixed(1)} s, ${count(Math.round((this.sent * 1_000) / elapsed))} events/s`,
    );
    return lines.join("\n");
  }
}
