import type { Permission, Plan, Role } from "../contracts/access.ts";
import type { AccountGateRpc, ApiKeyGateRpc, LoginGuardRpc } from "../contracts/accounts.ts";
import type { AlertEngineRpc } from "../contracts/alerts.ts";
import type { JobEnvelope } from "../contracts/jobs.ts";
import type { CollectionRoomRpc, StatusBoardRpc } from "../contracts/room.ts";
import type { UserRoomRpc } from "../contracts/user-room.ts";
import type { WebhookSenderRpc } from "../contracts/webhooks.ts";
import type { Db } from "../db/client.ts";
import type { Transact } from "../db/transaction.ts";
import type { MailDriver } from "../mail/mail-driver.ts";
import type { ProviderLinks } from "../providers/links.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Log } from "./log.ts";
import type { Seal } from "./seal.ts";
import type { Trace } from "./trace.ts";

/** A person with a session. */
export interface UserActor {
  type: "user";
  user_id: string;
  email: string;
  role: Role;
  plan: Plan;
  session_id: string;
  permissions: ReadonlySet<Permission>;
  /** When the session last proved a second factor, ms since 1970. */
  mfa_at: number | null;
  mfa_enabled: boolean;
  must_change_password: boolean;
}

/** A program with a key; `permissions` are the key's scopes that its owner still holds. */
export interface ApiKeyActor {
  type: "api_key";
  key_id: string;
  /** Hex SHA-256 of the key, the name of its gate. */
  key_hash: string;
  user_id: string;
  role: Role;
  plan: Plan;
  permissions: ReadonlySet<Permission>;
}

/** Who acts. */
export type Actor = { type: "anonymous" } | UserActor | ApiKeyActor | { type: "system"; job: string };

/** Where a request came from, for the audit log, sessions and limits. */
export interface Client {
  ip: string;
  user_agent: string | null;
}

/** An object that answers fetch: rooms, relays and the asset store. */
export interface Fetcher {
  fetch(request: Request): Promise<Response>;
}

export interface Rooms {
  /** The room of a collection, by its slug. */
  collection(slug: string): CollectionRoomRpc;
  /** Where the runtime keeps the room of a collection: the object's id, and the key of its class. */
  collectionObject(slug: string): { id: string; class_key: string };
  /** A relay that serves many collections over one socket. */
  relay(name: string): Fetcher;
  /** The room of a user's devices, by the user's id. */
  user(user_id: string): UserRoomRpc;
  board: StatusBoardRpc;
}

/** The objects that guard accounts. */
export interface Gates {
  account(user_id: string): AccountGateRpc;
  /** By the hex SHA-256 of the key. */
  apiKey(key_hash: string): ApiKeyGateRpc;
  /** By what is counted, such as `address:192.0.2.1`. */
  login(name: string): LoginGuardRpc;
}

/** What a queue says of itself; not every runtime can tell. */
export interface QueueGauge {
  metrics?(): Promise<{ backlogCount: number; oldestMessageTimestamp?: Date | undefined }>;
}

/** What a request, a queue message or a tick is handled with; built once for each, never kept. */
export interface Ctx {
  /** Single statements and `batch`. */
  db: Db;
  /** An interactive transaction, for what must read and then write. */
  transact: Transact;
  actor: Actor;
  client: Client;
  now: Clock;
  log: Log;
  trace: Trace;
  rooms: Rooms;
  gates: Gates;
  /** Secrets at rest. */
  seal: Seal;
  /** Carries mails; `null` where this deployment sends none. Verbs use `enqueueMail`. */
  mail: MailDriver | null;
  providers: ProviderLinks;
  queue: { send(message: JobEnvelope, options?: { delaySeconds: number }): Promise<unknown> } & QueueGauge;
  /** The queue of webhook deliveries, which waits behind no other job. Verbs use `wakeWebhooks`. */
  deliveries: { send(message: JobEnvelope): Promise<unknown> };
  /** An endpoint's own object, which sends. */
  webhookSender(webhook_id: string): WebhookSenderRpc;
  /** The object that evaluates a collection's or user's alert rules. Verbs use `wakeAlerts`. */
  alertEngine(name: string): AlertEngineRpc;
  fetch: typeof fetch;
  /** Lets work go on after the answer. */
  later(work: Promise<unknown>): void;
  config: Config;
}
