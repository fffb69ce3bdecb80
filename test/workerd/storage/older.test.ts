import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { AccountMemory } from "../../../durable-objects/account/memory.ts";
import type { AccountGate } from "../../../durable-objects/account-gate.ts";
import type { AlertEngine } from "../../../durable-objects/alert-engine.ts";
import { KeyMemory } from "../../../durable-objects/api-key/memory.ts";
import type { ApiKeyGate } from "../../../durable-objects/api-key-gate.ts";
import type { CollectionRoom } from "../../../durable-objects/collection-room.ts";
import { RelayPositions } from "../../../durable-objects/live/relay-positions.ts";
import type { LiveRelay } from "../../../durable-objects/live-relay.ts";
import type { LoginGuard } from "../../../durable-objects/login-guard.ts";
import { objectSql } from "../../../durable-objects/object-sql.ts";
import type { ProviderFeed } from "../../../durable-objects/provider-feed.ts";
import type { ProviderGate } from "../../../durable-objects/provider-gate.ts";
import type { StatusBoard } from "../../../durable-objects/status-board.ts";
import type { UserRoom } from "../../../durable-objects/user-room.ts";
import type { WebhookSender } from "../../../durable-objects/webhook-sender.ts";
import { SnapshotFrame } from "../../../shared/contracts/live.ts";
import { anEvent } from "../../support/events.ts";
import * as unversioned from "../../support/unversioned-storage.ts";
import { dump, restore, Stored, shapeOf } from "./stored.ts";

declare global {
  namespace Cloudflare {
    interface Env {
      COLLECTION_ROOM: DurableObjectNamespace<CollectionRoom>;
      LIVE_RELAY: DurableObjectNamespace<LiveRelay>;
      USER_ROOM: DurableObjectNamespace<UserRoom>;
      STATUS_BOARD: DurableObjectNamespace<StatusBoard>;
      ACCOUNT_GATE: DurableObjectNamespace<AccountGate>;
      API_KEY_GATE: DurableObjectNamespace<ApiKeyGate>;
      LOGIN_GUARD: DurableObjectNamespace<LoginGuard>;
      WEBHOOK_SENDER: DurableObjectNamespace<WebhookSender>;
      PROVIDER_GATE: DurableObjectNamespace<ProviderGate>;
      PROVIDER_FEED: DurableObjectNamespace<ProviderFeed>;
      ALERT_ENGINE: DurableObjectNamespace<AlertEngine>;
    }
  }
}

/** Ends the object that is there and begins it again over a storage as older code left it. */
async function openOver<T extends Rpc.DurableObjectBranded>(
  stub: DurableObjectStub<T>,
  stored: unknown,
): Promise<DurableObjectStub<T>> {
  await runInDurableObject(stub, (_object, state) => restore(state.storage, Stored.parse(stored)));
  await evictDurableObject(stub);
  return stub;
}

const { rows } = unversioned.collectionRoom;

test("a room from before storages had versions is read, resumed, written, woken and flushed", async () => {
  const room = await openOver(env.COLLECTION_ROOM.getByName("punks"), unversioned.collectionRoom);
  const epoch = rows.marks.find(({ name }) => name === "epoch")?.value;
  expect(await room.position()).toMatchObject({ epoch, head: 8 });
  const page = await room.page(2, 3);
  // As today's code writes them, with what came since.
  expect(page.events.map((text) => JSON.parse(text))).toMatchObject(
    ["l3", "s1", "s2"].map((event_key) => ({ event_key, corrected: [] })),
  );
  const snapshot = SnapshotFrame.parse(JSON.parse((await room.snapshot())?.text ?? ""));
  // The listing at 12 is left of three: one was sold, one costs 20 by now.
  expect(snapshot.floor).toMatchObject({ price: "12", order_id: "0x1" });
  expect(snapshot.last_sales.map(({ event_key, price }) => [event_key, price])).toEqual([
    ["s2", "9.5"],
    ["s1", "11"],
  ]);
  // Known keys are still known, and numbers go on.
  const again = await room.ingest("punks", [anEvent({ event_key: "l1" }), anEvent({ event_key: "new" })]);
  expect(again).toMatchObject({ accepted: [{ index: 1, seq: 9 }], duplicate: [0] });
  await runDurableObjectAlarm(room);
  await runInDurableObject(room, async (_object, state) => {
    // No database answers here: it will be tried again.
    expect(await state.storage.getAlarm()).toBeGreaterThan(Date.now());
  });
});

test("a user's room goes on with its numbers and knows what it was told", async () => {
  const room = await openOver(env.USER_ROOM.getByName("usr_1"), unversioned.userRoom);
  const sync = (id: string) => ({
    kind: "sync" as const,
    id,
    at: "2026-11-30T12:00:00.000Z",
    data: { scopes: ["alerts" as const], since: "2026-11-30T12:00:00.000Z" },
  });
  expect(await room.publish([sync("sync:1"), sync("sync:3")], null)).toMatchObject({ head: 3 });
});

test("the status board keeps its totals, its marks and since when parts are well", async () => {
  const board = await openOver(env.STATUS_BOARD.getByName("older"), unversioned.statusBoard);
  expect(await board.list()).toEqual([]);
  expect(await board.requests()).toMatchObject([{ route: "/api/v1/collections", count: 3, sum_s: 0.3 }]);
  expect((await board.markRequests(false)).before).toMatchObject({ requests: 3 });
  const [health] = unversioned.statusBoard.rows.health;
  expect(await board.noteHealth([{ name: "database", status: "ok" }])).toEqual({ database: health?.since });
});

test("gates know what they knew of accounts, keys and attempts", async () => {
  const account = await openOver(env.ACCOUNT_GATE.getByName("usr_older"), unversioned.accountGate);
  await runInDurableObject(account, (_object, state) => {
    const memory = new AccountMemory(objectSql(state.storage));
    expect(memory.read()).toMatchObject({
      user_id: "usr_1",
      dirty: false,
      access: { version: 3 },
      sessions: [{ id: "ses_1" }],
    });
    expect(memory.places()).toEqual([{ session_id: "ses_1", place: { kind: "collection", name: "punks" } }]);
    expect(memory.takeTicket("hash", Date.now())).toEqual({ session_id: "ses_1", version: 3 });
  });
  const key = await openOver(env.API_KEY_GATE.getByName("key_older"), unversioned.apiKeyGate);
  await runInDurableObject(key, (_object, state) => {
    const memory = new KeyMemory(objectSql(state.storage));
    expect(memory.read()).toMatchObject({ key_hash: "h", standing: { id: "key_1" } });
    expect(memory.readActivity()).toMatchObject({ ip: "127.0.0.1", counts: [[1795262400, 3]] });
    expect(memory.places()).toEqual([{ kind: "collection", name: "punks" }]);
  });
  const guard = await openOver(env.LOGIN_GUARD.getByName("older"), unversioned.loginGuard);
  const limits = { free: 9, base_ms: 1, max_ms: 1, forget_after_ms: 4e12 };
  expect(await guard.attempt("account:a", limits)).toEqual({ allowed: true, failures: 2 });
});

test("a relay knows how far it has sent each collection", async () => {
  const relay = await openOver(env.LIVE_RELAY.getByName("older"), unversioned.liveRelay);
  await runInDurableObject(relay, (_object, state) => {
    const known = new RelayPositions(objectSql(state.storage)).all();
    expect(known).toEqual([{ collection: "punks", epoch: "ep_1", seq: 8 }]);
  });
});

test("providers, engines and senders go on with what they kept", async () => {
  const gate = await openOver(env.PROVIDER_GATE.getByName("opensea"), unversioned.providerGate);
  await gate.acquire();
  const feed = await openOver(env.PROVIDER_FEED.getByName("opensea"), unversioned.providerFeed);
  const engine = await openOver(env.ALERT_ENGINE.getByName("collection:punks"), unversioned.alertEngine);
  await engine.wake("collection:other", null);
  const sender = await openOver(env.WEBHOOK_SENDER.getByName("whk_1"), unversioned.webhookSender);
  await sender.wake("whk_1", null);
  const kept = (stub: DurableObjectStub<Rpc.DurableObjectBranded>) =>
    runInDurableObject(stub, (_object, state) => dump(state.storage).kv);
  expect(await kept(gate)).toMatchObject({
    gate: { v: 1, value: { counts: [expect.arrayContaining([[expect.any(Number), 1]])] } },
  });
  expect(await kept(engine)).toEqual({ name: { v: 1, value: "collection:other" } });
  expect(await kept(sender)).toMatchObject({ memory: unversioned.webhookSender.kv.memory });
  // Nobody asks for this feed any more, which its alarm finds.
  await runInDurableObject(feed, (object) => object.alarm());
  expect(await kept(feed)).toEqual({ failures: unversioned.providerFeed.kv.failures });
});

test.each([
  ["room", env.COLLECTION_ROOM, unversioned.collectionRoom],
  ["user", env.USER_ROOM, unversioned.userRoom],
  ["board", env.STATUS_BOARD, unversioned.statusBoard],
  ["guard", env.LOGIN_GUARD, unversioned.loginGuard],
] as const)("an older storage of a %s comes to have what a new one has", async (_name, namespace, stored) => {
  const made: DurableObjectStub<Rpc.DurableObjectBranded> = namespace.getByName("fresh");
  const old: DurableObjectStub<Rpc.DurableObjectBranded> = namespace.getByName("old");
  await openOver(old, stored);
  const shape = (stub: typeof made) => runInDurableObject(stub, (_object, state) => shapeOf(state.storage));
  await writeSomething();
  expect(await shape(old)).toEqual(await shape(made));
});

async function writeSomething(): Promise<void> {
  await env.COLLECTION_ROOM.getByName("fresh").ingest("fresh", [anEvent({ collection: "fresh" })]);
  const at = "2026-11-30T12:00:00.000Z";
  const data = { scopes: ["alerts" as const], since: at };
  await env.USER_ROOM.getByName("fresh").publish([{ kind: "sync", id: "sync:1", at, data }], null);
  await env.STATUS_BOARD.getByName("fresh").requests();
  const limits = { free: 9, base_ms: 1, max_ms: 1, forget_after_ms: 60_000 };
  await env.LOGIN_GUARD.getByName("fresh").attempt("a", limits);
}
