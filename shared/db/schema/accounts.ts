import { sql } from "drizzle-orm";
import { bigint, boolean, index, integer, pgTable, primaryKey, text, uniqueIndex } from "drizzle-orm/pg-core";
import type { Permission, Plan, Role, UserStatus } from "../../contracts/access.ts";
import { time } from "./columns.ts";

const ofUser = (name = "user_id") =>
  text(name)
    .notNull()
    .references(() => users.id, { onDelete: "cascade" });

export const users = pgTable(
  "users",
  {
    id: text("id").primaryKey(),
    /** As its owner wrote it. */
    email: text("email").notNull(),
    /** As it is compared: trimmed, NFKC, lower case. */
    email_key: text("email_key").notNull(),
    name: text("name"),
    role: text("role").$type<Role>().notNull(),
    plan: text("plan").$type<Plan>().notNull().default("free"),
    status: text("status").$type<UserStatus>().notNull(),
    /** PHC text; absent until an invited user chooses one. */
    password_hash: text("password_hash"),
    password_changed_at: time("password_changed_at"),
    must_change_password: boolean("must_change_password").notNull().default(false),
    email_verified_at: time("email_verified_at"),
    /** Grows with whatever must end access tokens. */
    access_version: integer("access_version").notNull().default(1),
    /** Base32, sealed; present but not enabled while it is being set up. */
    mfa_secret: text("mfa_secret"),
    mfa_enabled_at: time("mfa_enabled_at"),
    /** The newest TOTP time step that was accepted; an older or equal one never is again. */
    mfa_last_step: bigint("mfa_last_step", { mode: "number" }),
    last_login_at: time("last_login_at"),
    invited_by: text("invited_by"),
    /** For `If-Match`. */
    revision: integer("revision").notNull().default(1),
    created_at: time("created_at").notNull(),
    updated_at: time("updated_at").notNull(),
  },
  (table) => [
    uniqueIndex("users_email_key").on(table.email_key),
    index("users_created").on(table.created_at, table.id),
    index("users_role").on(table.role),
  ],
);

/** Hashes of passwords that were, newest first; kept only where a history is configured. */
export const password_history = pgTable(
  "password_history",
  {
    user_id: ofUser(),
    password_hash: text("password_hash").notNull(),
    created_at: time("created_at").notNull(),
  },
  (table) => [index("password_history_user").on(table.user_id, table.created_at)],
);

/** One row a recovery code; `code_hash` is hex. A used one keeps its row and counts no more. */
export const recovery_codes = pgTable(
  "recovery_codes",
  { user_id: ofUser(), code_hash: text("code_hash").notNull(), used_at: time("used_at") },
  (table) => [primaryKey({ columns: [table.user_id, table.code_hash] })],
);

/** A browser or program that has logged in with success; its own failures do not lock the account for others. */
export const known_devices = pgTable(
  "known_devices",
  {
    id: text("id").primaryKey(),
    user_id: ofUser(),
    token_hash: text("token_hash").notNull(),
    user_agent: text("user_agent"),
    created_at: time("created_at").notNull(),
    last_used_at: time("last_used_at").notNull(),
  },
  (table) => [
    uniqueIndex("known_devices_token").on(table.token_hash),
    index("known_devices_user").on(table.user_id),
  ],
);

export const sessions = pgTable(
  "sessions",
  {
    id: text("id").primaryKey(),
    user_id: ofUser(),
    device_id: text("device_id"),
    ip: text("ip").notNull(),
    user_agent: text("user_agent"),
    /** How it was proved: `pwd`, `otp`, `recovery` (RFC 8176 where it names them). */
    methods: text("methods").array().notNull(),
    /** When a second factor was last proved in it. */
    mfa_at: time("mfa_at"),
    created_at: time("created_at").notNull(),
    last_used_at: time("last_used_at").notNull(),
    /** Absolute end; the idle one follows from `last_used_at`. */
    expires_at: time("expires_at").notNull(),
    ended_at: time("ended_at"),
    end_reason: text("end_reason"),
  },
  (table) => [
    index("sessions_user").on(table.user_id, table.created_at),
    index("sessions_ended").on(table.ended_at),
  ],
);

/** A family of refresh tokens is a session. `token_hash` is hex SHA-256. */
export const refresh_tokens = pgTable(
  "refresh_tokens",
  {
    token_hash: text("token_hash").primaryKey(),
    session_id: text("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    created_at: time("created_at").notNull(),
    expires_at: time("expires_at").notNull(),
    used_at: time("used_at"),
    /** The token that took its place, sealed: a tab that asks again within the reuse window is given the same. */
    successor: text("successor"),
    /** The hash of the token that it took the place of. Where an answer was lost, several took the place of one. */
    parent_hash: text("parent_hash"),
  },
  (table) => [
    index("refresh_tokens_session").on(table.session_id),
    // Of the successors of one token a single one is ever used: two mean that two parties hold the session.
    uniqueIndex("refresh_tokens_one_line").on(table.parent_hash).where(sql`used_at is not null`),
  ],
);

/**
 * Single-use tokens sent by mail: `verify`, `reset`, `invite`, `change_email`, `cancel_email`. `token_hash` is hex
 * SHA-256.
 */
export const email_tokens = pgTable(
  "email_tokens",
  {
    token_hash: text("token_hash").primaryKey(),
    user_id: ofUser(),
    purpose: text("purpose").notNull(),
    /** The address that it proves. */
    email: text("email").notNull(),
    /** Of `verify`: what its own registration asked for. It counts once the link and the password come together. */
    password_hash: text("password_hash"),
    name: text("name"),
    created_at: time("created_at").notNull(),
    expires_at: time("expires_at").notNull(),
    used_at: time("used_at"),
  },
  (table) => [index("email_tokens_user").on(table.user_id, table.purpose)],
);

/** A log-in that waits for its second factor. */
export const mfa_challenges = pgTable(
  "mfa_challenges",
  {
    token_hash: text("token_hash").primaryKey(),
    user_id: ofUser(),
    attempts: integer("attempts").notNull().default(0),
    created_at: time("created_at").notNull(),
    expires_at: time("expires_at").notNull(),
    used_at: time("used_at"),
  },
  (table) => [index("mfa_challenges_user").on(table.user_id)],
);

export const groups = pgTable(
  "groups",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    name_key: text("name_key").notNull(),
    description: text("description"),
    permissions: text("permissions").array().$type<Permission[]>().notNull(),
    revision: integer("revision").notNull().default(1),
    created_at: time("created_at").notNull(),
    updated_at: time("updated_at").notNull(),
  },
  (table) => [uniqueIndex("groups_name_key").on(table.name_key)],
);

export const group_members = pgTable(
  "group_members",
  {
    group_id: text("group_id")
      .notNull()
      .references(() => groups.id, { onDelete: "cascade" }),
    user_id: ofUser(),
    added_at: time("added_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.group_id, table.user_id] }),
    index("group_members_user").on(table.user_id),
  ],
);

export const api_keys = pgTable(
  "api_keys",
  {
    id: text("id").primaryKey(),
    user_id: ofUser(),
    name: text("name").notNull(),
    /** Its first characters, by which its owner tells it from others. */
    prefix: text("prefix").notNull(),
    /** Hex SHA-256 of the whole key: 256 random bits need no slow hash. */
    key_hash: text("key_hash").notNull(),
    scopes: text("scopes").array().$type<Permission[]>().notNull(),
    requests_per_minute: integer("requests_per_minute").notNull(),
    created_at: time("created_at").notNull(),
    expires_at: time("expires_at"),
    last_used_at: time("last_used_at"),
    last_used_ip: text("last_used_ip"),
    revoked_at: time("revoked_at"),
    /** The key that took its place at a rotation; both work until `expires_at`. */
    replaced_by: text("replaced_by"),
  },
  (table) => [
    uniqueIndex("api_keys_hash").on(table.key_hash),
    index("api_keys_user").on(table.user_id, table.created_at),
    index("api_keys_revoked").on(table.revoked_at).where(sql`revoked_at is not null`),
  ],
);

/** Keys that sign access tokens; the private half is sealed. */
export const signing_keys = pgTable(
  "signing_keys",
  {
    kid: text("kid").primaryKey(),
    algorithm: text("algorithm").notNull(),
    public_jwk: text("public_jwk").notNull(),
    private_jwk: text("private_jwk").notNull(),
    created_at: time("created_at").notNull(),
    /** Signs from then on, once everybody who keeps a copy of the JWKS has seen it. */
    active_from: time("active_from").notNull(),
    /** Set when a newer one takes over: verifies until then. */
    retires_at: time("retires_at"),
  },
  (table) => [
    // Two workers that both find no key at the first start make one.
    uniqueIndex("signing_keys_current").on(table.algorithm).where(sql`retires_at is null`),
  ],
);

/** Mail that is to be sent. The text is sealed, and removed once it is sent: it may hold tokens. */
export const mails = pgTable(
  "mails",
  {
    id: text("id").primaryKey(),
    kind: text("kind").notNull(),
    /** Who must be active when it is sent, and hold `needs`; null: it goes whoever that is. */
    user_id: text("user_id"),
    needs: text("needs").$type<Permission>(),
    /** Sealed JSON: to, subject, text, html. */
    content: text("content"),
    attempts: integer("attempts").notNull().default(0),
    next_attempt_at: time("next_attempt_at").notNull(),
    created_at: time("created_at").notNull(),
    sent_at: time("sent_at"),
    failed_at: time("failed_at"),
    last_error: text("last_error"),
  },
  (table) => [index("mails_due").on(table.next_attempt_at).where(sql`sent_at is null and failed_at is null`)],
);
