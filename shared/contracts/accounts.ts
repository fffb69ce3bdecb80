import { z } from "zod";
import type { Permission, Plan, Role, UserStatus } from "./access.ts";

/** What an account may do now, as Postgres has it. */
export interface AccountAccess {
  user_id: string;
  email: string;
  role: Role;
  plan: Plan;
  status: UserStatus;
  /** Grows with every change of role, groups, status or password; an access token carries the one it was made under. */
  version: number;
  /** Role and groups together, sorted. */
  permissions: Permission[];
  mfa_enabled: boolean;
  must_change_password: boolean;
}

/** Why a credential that was good is good no more. */
export type AccessRefusal =
  | "session_ended"
  | "session_expired"
  | "access_changed"
  | "account_not_active"
  | "key_revoked"
  | "key_expired"
  | "unknown";

/** Where sockets of a session or key sit, so that they can be closed with it. */
export interface SocketPlace {
  kind: "collection" | "relay" | "user" | "board";
  name: string;
}

const WATCH_PERMISSION = {
  collection: "market:read",
  relay: "market:read",
  user: "activity:read",
  board: "monitoring:read",
} as const satisfies Record<SocketPlace["kind"], Permission>;

/** Whether sockets at a place are for whoever holds these permissions; where the market is public, its are for all. */
export function mayWatchAt(
  { kind }: SocketPlace,
  permissions: readonly Permission[],
  market_is_public: boolean,
): boolean {
  const needed = WATCH_PERMISSION[kind];
  return (needed === "market:read" && market_is_public) || permissions.includes(needed);
}

export const PlaceKind = z.enum(["collection", "relay", "user", "board"]);

/** What `AccountGate` says of a session. `mfa_at`: when its holder last proved a second factor, ms since 1970. */
export type SessionCheck =
  | { ok: true; access: AccountAccess; session_id: string; expires_at: number; mfa_at: number | null }
  /** `unavailable`: nothing is known yet, or it is known to be out of date, and Postgres is away. */
  | { ok: false; reason: AccessRefusal | "unavailable" };

/**
 * One object a user id: the deny-list, and the places of live sockets. It holds what Postgres said of the account
 * and its sessions, reads it anew when told that something changed and every few seconds while it is used, and goes
 * on with what it has while Postgres is away.
 */
export interface AccountGateRpc {
  /** @param version the `ver` claim of the access token. */
  check(user_id: string, session_id: string, version: number): Promise<SessionCheck>;
  /** Something about the account or a session was committed: read it anew, close the sockets of ended sessions. */
  changed(user_id: string): Promise<void>;
  /** A socket of the session was opened there. */
  watch(session_id: string, place: SocketPlace): Promise<void>;
  /**
   * A one-use ticket for a socket, valid for `ttl_ms` and for what the account may do now; `redeem` gives the session
   * once, then `null`.
   */
  issueTicket(session_id: string, ttl_ms: number): Promise<string>;
  redeemTicket(secret: string): Promise<{ session_id: string; version: number } | null>;
}

/** The rate limit of a key at this request, for the `RateLimit` headers. */
export interface RateLimitState {
  limit: number;
  remaining: number;
  /** Seconds until the window has room again. */
  reset_s: number;
}

export type KeyCheck =
  | {
      ok: true;
      key_id: string;
      access: AccountAccess;
      /** The key's scopes that its owner still holds. */
      scopes: Permission[];
      expires_at: number | null;
      rate_limit: RateLimitState;
    }
  /** `unavailable`: nothing is known yet, or it is known to be out of date, and Postgres is away. */
  | { ok: false; reason: AccessRefusal | "unavailable" }
  | { ok: false; reason: "rate_limited"; rate_limit: RateLimitState };

/** One object an API key, named by the hex SHA-256 of the key: its record, its rate limit, its last use. */
export interface ApiKeyGateRpc {
  check(key_hash: string, client_ip: string): Promise<KeyCheck>;
  changed(): Promise<void>;
  watch(place: SocketPlace): Promise<void>;
}

/**
 * Whether somebody may try to log in now. `failures` counts this attempt as one, and those that count beside it. `busy`:
 * nothing failed, but the outcome of others was waited for too long.
 */
export type LoginVerdict =
  | { allowed: true; failures: number }
  | { allowed: false; retry_after_ms: number; busy?: boolean };

/** Failures after which it takes longer and longer: `free` are for nothing, then `base_ms` doubled each time up to `max_ms`. */
export interface LoginLimits {
  free: number;
  base_ms: number;
  max_ms: number;
  /** Failures are forgotten after this long without one. */
  forget_after_ms: number;
}

/** Counts failures at one account name, known device, address or mailbox, atomically. */
export interface LoginGuardRpc {
  /**
   * Begins an attempt, which counts as failed until `succeeded` or `failed` tells its outcome. Where those under way
   * could use up what is free, it waits for theirs: a hundred guesses at once are few, and many right ones are let in.
   */
  attempt(limits: LoginLimits): Promise<LoginVerdict>;
  succeeded(): Promise<void>;
  /** @returns how many failures count now. */
  failed(): Promise<number>;
  /** Counts what needs no outcome, such as a request of which there may be only so many. */
  count(limits: LoginLimits): Promise<LoginVerdict>;
  /** Forgets every failure, and with them the wait. */
  reset(): Promise<void>;
}

/** What one object does for each of the guards that it holds, by their names. */
export type LoginGuardsRpc = {
  [Method in keyof LoginGuardRpc]: (
    name: string,
    ...given: Parameters<LoginGuardRpc[Method]>
  ) => ReturnType<LoginGuardRpc[Method]>;
};
