import type { LiveSession } from "../../shared/auth/sessions/read-live-sessions.ts";
import type { SessionUse } from "../../shared/auth/sessions/save-session-use.ts";
import {
  type AccountAccess,
  mayWatchAt,
  type SessionCheck,
  type SocketPlace,
} from "../../shared/contracts/accounts.ts";
import { randomToken, sha256Hex } from "../../shared/platform/bytes.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import { withDeadline } from "../../shared/platform/deadline.ts";
import { describeError } from "../../shared/platform/errors.ts";
import type { Log } from "../../shared/platform/log.ts";
import type { Sql } from "../room/sql.ts";
import { AccountMemory, type KnownSession } from "./memory.ts";

/** What is known is taken as it is for this long; then Postgres is asked beside the answer. */
export const FRESH_MS = 5000;
/** Older than this, Postgres is asked before the answer. */
export const STALE_MS = 10_000;
/** How long an answer waits for Postgres; what comes later is still taken. */
const PATIENCE_MS = 3000;
/** Postgres is asked again this long after it did not answer. */
export const RETRY_MS = 5000;
/** Postgres is told of use this often. */
export const SAVE_USE_MS = 60_000;
/** The object's own storage, this often. */
const NOTE_USE_MS = 10_000;
const MAX_ABSENT = 1000;

export interface AccountDeps {
  sql: Sql;
  now: Clock;
  log: Log;
  /** A session that is not used for this long is over. */
  idle_ms: number;
  /** What Postgres says now. */
  load(user_id: string): Promise<{ access: AccountAccess | null; sessions: LiveSession[] }>;
  saveUse(uses: SessionUse[]): Promise<void>;
  /** Closes the sockets of a session at one place. */
  closeSockets(place: SocketPlace, session_id: string): Promise<void>;
  /** Has `alarm` called at that time, and at no other that was named before. */
  wakeAt(time: number): void;
  /** Everybody may watch the market. */
  market_is_public: boolean;
  /** Lets work go on after the answer. */
  later(work: Promise<unknown>): void;
}

interface State {
  user_id: string;
  access: AccountAccess | null;
  sessions: Map<string, KnownSession>;
  /** Something was committed that is not in here yet. */
  dirty: boolean;
}

/** One account as its gate sees it: who may act, and which sockets end with which session. Pure, over a narrow `Sql`. */
export class Account {
  private readonly deps: AccountDeps;
  private readonly memory: AccountMemory;
  private state: State | null;
  /** When what is known was asked for; nothing after an eviction. */
  private loadedAt = Number.NEGATIVE_INFINITY;
  private retryAt = Number.NEGATIVE_INFINITY;
  private running: Promise<void> | null = null;
  private next: Promise<void> | null = null;
  private changes = 0;
  /** When Postgres is told of use, and when sockets that could not be closed are tried again. */
  private saveUseAt = Number.POSITIVE_INFINITY;
  private closeAt = Number.POSITIVE_INFINITY;
  /** Sessions that Postgres does not have as live: ended ones never come back. */
  private readonly absent = new Set<string>();

  constructor(deps: AccountDeps) {
    this.deps = deps;
    this.memory = new AccountMemory(deps.sql);
    const kept = this.memory.read();
    this.state =
      kept === null
        ? null
        : { ...kept, sessions: new Map(kept.sessions.map((session) => [session.id, session])) };
    if (this.unsaved().length > 0) this.saveUseAt = deps.now();
  }

  /** Whether the holder of a token of this session, made under `version`, may act now, and as what. */
  async check(user_id: string, session_id: string, version: number): Promise<SessionCheck> {
    const asked = this.deps.now();
    if (!(await this.level(user_id, session_id, version))) return { ok: false, reason: "unavailable" };
    const verdict = this.judge(session_id, version);
    // It may have been used elsewhere, by a refresh, since it was last looked at.
    if (!verdict.ok && verdict.reason === "session_expired" && this.loadedAt < asked) {
      await this.tryLoad(user_id);
      return this.use(this.judge(session_id, version));
    }
    return this.use(verdict);
  }

  /** Reads anew what was committed. What cannot be read yet lets nobody act meanwhile. */
  async changed(user_id: string): Promise<void> {
    this.changes += 1;
    this.memory.markDirty(user_id);
    this.state ??= { user_id, access: null, sessions: new Map(), dirty: true };
    this.state.dirty = true;
    if (!(await this.tryLoad(user_id))) this.schedule();
  }

  async watch(session_id: string, place: SocketPlace): Promise<void> {
    this.memory.addPlace(session_id, place);
    // The session may have ended between its check and now.
    await this.closeEnded();
    this.schedule();
  }

  async issueTicket(session_id: string, ttl_ms: number): Promise<string> {
    // Whoever asks for it was checked just now, so the version is known; a ticket without one would open nothing.
    const version = this.state?.access?.version ?? 0;
    const secret = randomToken();
    const hash = await sha256Hex(secret);
    const now = this.deps.now();
    this.memory.addTicket(hash, session_id, version, now + ttl_ms, now);
    return secret;
  }

  async redeemTicket(secret: string): Promise<{ session_id: string; version: number } | null> {
    return this.memory.takeTicket(await sha256Hex(secret), this.deps.now());
  }

  /** Everything that time makes due. Running it twice does no harm. */
  async alarm(): Promise<void> {
    const now = this.deps.now();
    if (this.state?.dirty) await this.tryLoad(this.state.user_id);
    if (now >= this.saveUseAt) await this.saveUse();
    await this.closeEnded();
    this.schedule();
  }

  /** Makes what is known as new as it must be. False where nothing can be said. */
  private async level(user_id: string, session_id: string, version: number): Promise<boolean> {
    const now = this.deps.now();
    if (this.state === null || this.state.dirty) {
      if (!(await this.tryLoad(user_id))) return false;
    } else if (now - this.loadedAt > FRESH_MS && now >= this.retryAt) await this.renew(user_id, now);
    if (this.isNews(session_id, version)) return this.tryLoad(user_id);
    return true;
  }

  /** A session or version that can only have come about since Postgres was last asked. */
  private isNews(session_id: string, version: number): boolean {
    const { state } = this;
    if (state === null) return true;
    if (!state.sessions.has(session_id)) return !this.absent.has(session_id);
    return state.access !== null && version > state.access.version;
  }

  private async renew(user_id: string, now: number): Promise<void> {
    const load = this.running ?? this.begin(user_id);
    const settled = load.catch((error: unknown) => this.failed(error));
    if (now - this.loadedAt <= STALE_MS) {
      this.deps.later(settled);
      return;
    }
    try {
      await withDeadline(PATIENCE_MS, () => settled);
    } catch (error) {
      this.failed(error);
      this.deps.later(settled);
    }
  }

  private failed(error: unknown): void {
    this.retryAt = this.deps.now() + RETRY_MS;
    this.deps.log.warn("an account could not be read anew", { error: describeError(error) });
  }

  /** Asks Postgres, beginning after this call. False where it does not answer in time. */
  private async tryLoad(user_id: string): Promise<boolean> {
    try {
      await withDeadline(PATIENCE_MS, () => this.loadAnew(user_id));
      return true;
    } catch (error) {
      this.failed(error);
      return false;
    }
  }

  /** One question at a time, so that an older answer never comes after a newer one. */
  private loadAnew(user_id: string): Promise<void> {
    if (this.running === null) return this.begin(user_id);
    const settled = this.running.then(
      () => undefined,
      () => undefined,
    );
    this.next ??= settled.then(() => {
      this.next = null;
      // Whoever came first after the end has begun, which is late enough for all who wait.
      return this.running ?? this.begin(user_id);
    });
    return this.next;
  }

  private begin(user_id: string): Promise<void> {
    const load = this.load(user_id).finally(() => {
      if (this.running === load) this.running = null;
    });
    this.running = load;
    return load;
  }

  private async load(user_id: string): Promise<void> {
    const { changes } = this;
    const asked = this.deps.now();
    const { access, sessions } = await this.deps.load(user_id);
    this.loadedAt = asked;
    this.retryAt = Number.NEGATIVE_INFINITY;
    this.apply(user_id, access, sessions, changes !== this.changes);
    await this.closeEnded();
    this.schedule();
  }

  private apply(user_id: string, access: AccountAccess | null, live: LiveSession[], dirty: boolean): void {
    const before = this.state;
    const sessions = new Map(
      live.map((session): [string, KnownSession] => {
        const known = before?.sessions.get(session.id);
        const { used_at = 0, saved_at = 0 } = known ?? {};
        return [session.id, { ...session, used_at, saved_at }];
      }),
    );
    for (const id of before?.sessions.keys() ?? []) if (!sessions.has(id)) this.noteAbsent(id);
    this.state = { user_id, access, sessions, dirty };
    const same =
      before !== null &&
      before.dirty === dirty &&
      JSON.stringify([before.access, [...before.sessions.values()]]) ===
        JSON.stringify([access, [...sessions.values()]]);
    if (!same) this.memory.write(user_id, access, dirty, [...sessions.values()]);
  }

  private noteAbsent(session_id: string): void {
    if (this.absent.size >= MAX_ABSENT) this.absent.clear();
    this.absent.add(session_id);
  }

  private endOf(session: KnownSession): number {
    return Math.min(session.expires_at, Math.max(session.last_used_at, session.used_at) + this.deps.idle_ms);
  }

  private judge(session_id: string, version: number): SessionCheck {
    const { state } = this;
    const session = state?.sessions.get(session_id);
    if (!state?.access || session === undefined) {
      this.noteAbsent(session_id);
      return { ok: false, reason: "session_ended" };
    }
    if (this.deps.now() >= this.endOf(session)) return { ok: false, reason: "session_expired" };
    if (state.access.status !== "active") return { ok: false, reason: "account_not_active" };
    if (version !== state.access.version) return { ok: false, reason: "access_changed" };
    const expires_at = this.endOf(session);
    return { ok: true, access: state.access, session_id, expires_at, mfa_at: session.mfa_at };
  }

  /** Notes that the session was used, where it may be. */
  private use(verdict: SessionCheck): SessionCheck {
    const session = verdict.ok ? this.state?.sessions.get(verdict.session_id) : undefined;
    if (session === undefined) return verdict;
    const now = this.deps.now();
    if (now - session.used_at >= NOTE_USE_MS) {
      session.used_at = now;
      this.memory.writeSession(session);
      if (this.saveUseAt === Number.POSITIVE_INFINITY) this.saveUseAt = now + SAVE_USE_MS;
      this.schedule();
    }
    return verdict;
  }

  private unsaved(): KnownSession[] {
    return [...(this.state?.sessions.values() ?? [])].filter((session) => session.used_at > session.saved_at);
  }

  private async saveUse(): Promise<void> {
    const uses = this.unsaved().map(({ id, used_at }) => ({ id, used_at }));
    this.saveUseAt = Number.POSITIVE_INFINITY;
    if (uses.length === 0) return;
    try {
      await this.deps.saveUse(uses);
    } catch (error) {
      this.deps.log.warn("the use of sessions waits for Postgres", { error: describeError(error) });
      this.saveUseAt = this.deps.now() + SAVE_USE_MS;
      return;
    }
    for (const { id, used_at } of uses) {
      const session = this.state?.sessions.get(id);
      if (session === undefined) continue;
      session.saved_at = used_at;
      this.memory.writeSession(session);
    }
  }

  /** Whether sockets of the session may stay open at a place of that kind. */
  private mayWatch(session_id: string, place: SocketPlace): boolean {
    const { state } = this;
    // Nothing is known yet: the check that comes first decides.
    if (state === null) return true;
    const session = state.sessions.get(session_id);
    if (session === undefined || this.deps.now() >= this.endOf(session)) return false;
    if (state.access?.status !== "active") return false;
    return mayWatchAt(place, state.access.permissions, this.deps.market_is_public);
  }

  private async closeEnded(): Promise<void> {
    this.closeAt = Number.POSITIVE_INFINITY;
    const ended = this.memory.places().filter(({ session_id, place }) => !this.mayWatch(session_id, place));
    await Promise.all(
      ended.map(async ({ session_id, place }) => {
        try {
          await this.deps.closeSockets(place, session_id);
          this.memory.removePlace(session_id, place);
        } catch (error) {
          this.deps.log.warn("sockets of an ended session are still open", {
            place: `${place.kind}:${place.name}`,
            error: describeError(error),
          });
          this.closeAt = this.deps.now() + RETRY_MS;
        }
      }),
    );
  }

  /** Wakes for the first thing that is due: a session whose sockets are open ends, or something is to be tried again. */
  private schedule(): void {
    const ends = this.memory.places().flatMap(({ session_id, place }) => {
      const session = this.state?.sessions.get(session_id);
      return session !== undefined && this.mayWatch(session_id, place) ? [this.endOf(session)] : [];
    });
    const read = this.state?.dirty ? this.deps.now() + RETRY_MS : Number.POSITIVE_INFINITY;
    const next = Math.min(read, this.saveUseAt, this.closeAt, ...ends);
    if (next < Number.POSITIVE_INFINITY) this.deps.wakeAt(next);
  }
}
