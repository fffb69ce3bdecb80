import { maxRequestsPerMinute } from "../../shared/auth/api-keys/rate-limit.ts";
import type { KeyStanding } from "../../shared/auth/api-keys/read-key.ts";
import type { KeyUse } from "../../shared/auth/api-keys/save-key-use.ts";
import type { Permission } from "../../shared/contracts/access.ts";
import {
  type AccessRefusal,
  type KeyCheck,
  mayWatchAt,
  type SocketPlace,
} from "../../shared/contracts/accounts.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import { withDeadline } from "../../shared/platform/deadline.ts";
import { describeError } from "../../shared/platform/errors.ts";
import type { Log } from "../../shared/platform/log.ts";
import type { Sql } from "../room/sql.ts";
import { KeyMemory, type KnownKey } from "./memory.ts";
import { RequestWindow } from "./request-window.ts";
import { SerialRead } from "./serial-read.ts";

/** What is known is taken as it is for this long; then Postgres is asked beside the answer. */
export const FRESH_MS = 10_000;
/** Older than this, Postgres is asked before the answer. */
export const STALE_MS = 20_000;
/** How long an answer waits for Postgres where there is something to go on with. */
const PATIENCE_MS = 2000;
/** Postgres is asked again this long after it did not answer. */
const RETRY_MS = 5000;
/** Postgres is told of use this often at most, and the first time this long after it. */
export const SAVE_USE_MS = 60_000;
const FIRST_USE_MS = 5000;
/** An idle object stays in memory for longer than this, so that an eviction forgets no request. */
export const KEEP_COUNTS_MS = 5000;
/** A key that does not exist is not asked for again for this long. */
const ABSENT_MS = 10_000;

const NEVER = Number.POSITIVE_INFINITY;

export interface ApiKeyDeps {
  sql: Sql;
  now: Clock;
  log: Log;
  /** What Postgres says now. */
  load(key_hash: string): Promise<KeyStanding | null>;
  saveUse(key_id: string, use: KeyUse): Promise<void>;
  /** Closes the sockets of the key at one place. */
  closeSockets(place: SocketPlace, key_id: string): Promise<void>;
  /** Has `alarm` called at that time, and at no other that was named before. */
  wakeAt(time: number): void;
  /** Everybody may watch the market. */
  market_is_public: boolean;
  /** Lets work go on after the answer. */
  later(work: Promise<unknown>): void;
}

/** One API key as its gate sees it. Pure, over a narrow `Sql`. */
export class ApiKey {
  private readonly deps: ApiKeyDeps;
  private readonly memory: KeyMemory;
  private known: KnownKey | null;
  private readonly window: RequestWindow;
  private use: KeyUse;
  private told: { use: number; at: number };
  private key_hash = "";
  private readonly reading = new SerialRead(() => this.load());
  /** When what is known was asked for; nothing after an eviction. */
  private loadedAt = Number.NEGATIVE_INFINITY;
  private retryAt = Number.NEGATIVE_INFINITY;
  private absentUntil = Number.NEGATIVE_INFINITY;
  private changes = 0;
  /** What is due when. */
  private keepCountsAt = NEVER;
  private saveUseAt = NEVER;
  private closeAt = NEVER;

  constructor(deps: ApiKeyDeps) {
    this.deps = deps;
    this.memory = new KeyMemory(deps.sql);
    this.known = this.memory.read();
    if (this.known !== null) this.key_hash = this.known.key_hash;
    const { used_at, ip, told_use, told_at, counts } = this.memory.readActivity();
    this.window = new RequestWindow(counts);
    this.use = { used_at, ip };
    this.told = { use: told_use, at: told_at };
    if (used_at > told_use) this.saveUseAt = deps.now();
  }

  /** Whether the key's holder may act now, and as what; counts the request where it may. */
  async check(key_hash: string, ip: string): Promise<KeyCheck> {
    this.key_hash = key_hash;
    if (!(await this.level())) return { ok: false, reason: "unavailable" };
    if (this.known === null) return { ok: false, reason: "unknown" };
    const { standing } = this.known;
    const reason = this.refusal(standing);
    if (reason !== null) return { ok: false, reason };
    const limit = Math.min(standing.requests_per_minute, maxRequestsPerMinute(standing.owner));
    const { allowed, state: rate_limit } = this.window.take(this.deps.now(), limit);
    if (!allowed) return { ok: false, reason: "rate_limited", rate_limit };
    this.noteUse(ip);
    return {
      ok: true,
      key_id: standing.id,
      access: standing.owner,
      scopes: scopesOf(standing),
      expires_at: standing.expires_at,
      rate_limit,
    };
  }

  /** Reads anew what was committed. What cannot be read yet lets nobody act meanwhile. */
  async changed(): Promise<void> {
    this.changes += 1;
    this.absentUntil = Number.NEGATIVE_INFINITY;
    if (this.known === null) return;
    this.known.dirty = true;
    this.memory.write(this.known);
    if (!(await this.tryLoad())) this.schedule();
  }

  async watch(place: SocketPlace): Promise<void> {
    if (this.known === null) return;
    this.memory.addPlace(place);
    // The key may have ended between its check and now.
    await this.closeEnded();
    this.schedule();
  }

  /** Everything that time makes due. Running it twice does no harm. */
  async alarm(): Promise<void> {
    if (this.isDirty()) await this.tryLoad();
    if (this.deps.now() >= this.keepCountsAt) this.keepActivity();
    if (this.deps.now() >= this.saveUseAt) await this.saveUse();
    await this.closeEnded();
    this.schedule();
  }

  /** Makes what is known as new as it must be. False where nothing can be said. */
  private async level(): Promise<boolean> {
    const now = this.deps.now();
    if (this.known === null) return now < this.absentUntil || this.tryLoad();
    if (this.isDirty()) return this.tryLoad();
    // What was revoked stays so.
    if (this.known.standing.revoked || now - this.loadedAt <= FRESH_MS || now < this.retryAt) return true;
    const settled = this.reading.join().catch((error: unknown) => this.failed(error));
    // While Postgres is away nobody waits for it a second time.
    const away = this.retryAt > Number.NEGATIVE_INFINITY;
    if (away || now - this.loadedAt <= STALE_MS) this.deps.later(settled);
    else await this.waitFor(settled);
    // A change may have been committed meanwhile.
    return !this.isDirty();
  }

  private isDirty(): boolean {
    return this.known?.dirty === true;
  }

  private async waitFor(settled: Promise<void>): Promise<void> {
    try {
      await withDeadline(PATIENCE_MS, () => settled);
    } catch (error) {
      this.failed(error);
      this.deps.later(settled);
    }
  }

  /** Asks Postgres, beginning after this call. False where it does not answer. */
  private async tryLoad(): Promise<boolean> {
    try {
      await this.reading.anew();
      return true;
    } catch (error) {
      this.failed(error);
      return false;
    }
  }

  private failed(error: unknown): void {
    this.retryAt = this.deps.now() + RETRY_MS;
    this.deps.log.warn("an API key could not be read anew", { error: describeError(error) });
  }

  private async load(): Promise<void> {
    const { changes, key_hash } = this;
    const asked = this.deps.now();
    const found = await this.deps.load(key_hash);
    this.loadedAt = asked;
    this.retryAt = Number.NEGATIVE_INFINITY;
    const dirty = changes !== this.changes;
    if (found !== null) this.learn({ key_hash, standing: found, dirty });
    // A key that went with its account.
    else if (this.known !== null)
      this.learn({ key_hash, standing: { ...this.known.standing, revoked: true }, dirty });
    else if (!dirty) this.absentUntil = asked + ABSENT_MS;
    await this.closeEnded();
    this.schedule();
  }

  private learn(next: KnownKey): void {
    if (JSON.stringify(next) !== JSON.stringify(this.known)) this.memory.write(next);
    this.known = next;
  }

  private refusal({ revoked, expires_at, owner }: KeyStanding): AccessRefusal | null {
    if (revoked) return "key_revoked";
    if (expires_at !== null && this.deps.now() >= expires_at) return "key_expired";
    return owner.status === "active" ? null : "account_not_active";
  }

  private noteUse(ip: string): void {
    const now = this.deps.now();
    this.use = { used_at: now, ip };
    if (this.keepCountsAt === NEVER) this.keepCountsAt = now + KEEP_COUNTS_MS;
    if (this.saveUseAt === NEVER) this.saveUseAt = Math.max(now + FIRST_USE_MS, this.told.at + SAVE_USE_MS);
    this.schedule();
  }

  private keepActivity(): void {
    this.keepCountsAt = NEVER;
    if (this.known === null) return;
    const { use, told } = this;
    this.memory.writeActivity({
      ...use,
      told_use: told.use,
      told_at: told.at,
      counts: this.window.snapshot(),
    });
  }

  private async saveUse(): Promise<void> {
    this.saveUseAt = NEVER;
    if (this.known === null) return;
    const { use } = this;
    const at = this.deps.now();
    try {
      await this.deps.saveUse(this.known.standing.id, use);
    } catch (error) {
      this.deps.log.warn("the use of an API key waits for Postgres", { error: describeError(error) });
      this.saveUseAt = this.deps.now() + SAVE_USE_MS;
      return;
    }
    this.told = { use: use.used_at, at };
    if (this.use.used_at > use.used_at) this.saveUseAt = at + SAVE_USE_MS;
    this.keepActivity();
  }

  /** Whether sockets of the key may stay open at a place of that kind. */
  private mayWatch(standing: KeyStanding, place: SocketPlace): boolean {
    if (this.refusal(standing) !== null) return false;
    return mayWatchAt(place, scopesOf(standing), this.deps.market_is_public);
  }

  private async closeEnded(): Promise<void> {
    this.closeAt = NEVER;
    const standing = this.known?.standing;
    if (standing === undefined) return;
    const ended = this.memory.places().filter((place) => !this.mayWatch(standing, place));
    await Promise.all(
      ended.map(async (place) => {
        try {
          await this.deps.closeSockets(place, standing.id);
          this.memory.removePlace(place);
        } catch (error) {
          this.deps.log.warn("sockets of an API key that ended are still open", {
            place: `${place.kind}:${place.name}`,
            error: describeError(error),
          });
          this.closeAt = this.deps.now() + RETRY_MS;
        }
      }),
    );
  }

  /** Wakes for the first thing that is due. */
  private schedule(): void {
    const { known } = this;
    const watching =
      known !== null && this.memory.places().some((place) => this.mayWatch(known.standing, place));
    const ends = watching ? (known.standing.expires_at ?? NEVER) : NEVER;
    const read = known?.dirty ? this.deps.now() + RETRY_MS : NEVER;
    const next = Math.min(read, this.keepCountsAt, this.saveUseAt, this.closeAt, ends);
    if (next < NEVER) this.deps.wakeAt(next);
  }
}

/** The key's scopes that its owner still holds. */
function scopesOf({ scopes, owner }: KeyStanding): Permission[] {
  return scopes.filter((scope) => owner.permissions.includes(scope));
}
