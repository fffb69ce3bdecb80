import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { z } from "zod";
import { AccountMemory } from "../../../durable-objects/account/memory.ts";
import { AccountGate } from "../../../durable-objects/account-gate.ts";
import { AlertEngine } from "../../../durable-objects/alert-engine.ts";
import { KeyMemory } from "../../../durable-objects/api-key/memory.ts";
import { ApiKeyGate } from "../../../durable-objects/api-key-gate.ts";
import { CollectionRoom } from "../../../durable-objects/collection-room.ts";
import { RelayPositions } from "../../../durable-objects/live/relay-positions.ts";
import { LiveRelay } from "../../../durable-objects/live-relay.ts";
import { LoginGuard } from "../../../durable-objects/login-guard.ts";
import { objectSql } from "../../../durable-objects/object-sql.ts";
import { ProviderFeed } from "../../../durable-objects/provider-feed.ts";
import { ProviderGate } from "../../../durable-objects/provider-gate.ts";
import { StatusBoard } from "../../../durable-objects/status-board.ts";
import { KvCell } from "../../../durable-objects/storage/kv-cell.ts";
import { StoredJson } from "../../../durable-objects/storage/stored-json.ts";
import { UserRoom } from "../../../durable-objects/user-room.ts";
import { SenderMemory } from "../../../durable-objects/webhook/sender.ts";
import { WebhookSender } from "../../../durable-objects/webhook-sender.ts";
import { SnapshotFrame } from "../../../shared/contracts/live.ts";
import type { Bindings } from "../../../shared/platform/env.ts";
import { anEvent } from "../../support/events.ts";
import * as unversioned from "../../support/unversioned-storage.ts";
import { dump, restore, Stored, shapeOf } from "./stored.ts";

declare global {
  namespace Cloudflare {
    interface Env extends Pick<Bindings, "ASSETS" | "JOBS" | "DELIVERIES"> {
      [name: string]: unknown;
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

/** What a test does with an object that begins over a storage as older code left it. */
type Work<O> = (object: O, state: DurableObjectState) => Promise<void> | void;

/**
 * Makes the storage of a stub's object what `stored` says, and begins an object of its class over it: the one that is there
 * began over an empty one.
 */
async function over<O extends Rpc.DurableObjectBranded>(
  stub: DurableObjectStub<Rpc.DurableObjectBranded>,
  stored: unknown,
  Class: new (state: DurableObjectState, env: Bindings) => O,
  work: Work<O>,
): Promise<void> {
  await runInDurableObject(stub, async (_object, state) => {
    await restore(state.storage, Stored.parse(stored));
    await work(new Class(state, env), state);
  });
}

const { rows } = unversioned.collectionRoom;

test("a room from before storages had versions is read, resumed, written, woken and flushed", () =>
  over(
    env.COLLECTION_ROOM.getByName("punks"),
    unversioned.collectionRoom,
    CollectionRoom,
    async (room, state) => {
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
      await room.alarm();
      // No database answers here: it will be tried again.
      expect(await state.storage.getAlarm()).toBeGreaterThan(Date.now());
    },
  ));

test("a user's room goes on with its numbers and knows what it was told", () =>
  over(env.USER_ROOM.getByName("usr_1"), unversioned.userRoom, UserRoom, async (room) => {
    const sync = (id: string) => ({
      kind: "sync" as const,
      id,
      at: "2026-11-30T12:00:00.000Z",
      data: { scopes: ["alerts" as const], since: "2026-11-30T12:00:00.000Z" },
    });
    expect(await room.publish([sync("sync:1"), sync("sync:3")], null)).toMatchObject({ head: 3 });
  }));

test("the status board keeps its totals, its marks and since when parts are well", () =>
  over(env.STATUS_BOARD.getByName("older"), unversioned.statusBoard, StatusBoard, async (board) => {
    expect(await board.list()).toEqual([]);
    expect(await board.requests()).toMatchObject([{ route: "/api/v1/collections", count: 3, sum_s: 0.3 }]);
    expect((await board.markRequests(false)).before).toMatchObject({ requests: 3 });
    const [health] = unversioned.statusBoard.rows.health;
    const since = await board.noteHealth([{ name: "database", status: "ok" }]);
    expect(since).toEqual({ database: health?.since });
  }));

test("the gate of an account knows what it knew", () =>
  over(env.ACCOUNT_GATE.getByName("older"), unversioned.accountGate, AccountGate, (_gate, { storage }) => {
    const memory = new AccountMemory(objectSql(storage));
    expect(memory.read()).toMatchObject({
      user_id: "usr_1",
      dirty: false,
      access: { version: 3 },
      sessions: [{ id: "ses_1" }],
    });
    expect(memory.places()).toEqual([{ session_id: "ses_1", place: { kind: "collection", name: "punks" } }]);
    expect(memory.takeTicket("hash", Date.now())).toEqual({ session_id: "ses_1", version: 3 });
  }));

test("the gate of a key knows what it knew", () =>
  over(env.API_KEY_GATE.getByName("older"), unversioned.apiKeyGate, ApiKeyGate, (_gate, { storage }) => {
    const memory = new KeyMemory(objectSql(storage));
    expect(memory.read()).toMatchObject({ key_hash: "h", standing: { id: "key_1" } });
    expect(memory.readActivity()).toMatchObject({ ip: "127.0.0.1", counts: [[1795262400, 3]] });
    expect(memory.places()).toEqual([{ kind: "collection", name: "punks" }]);
  }));

test("failed attempts still count", () =>
  over(env.LOGIN_GUARD.getByName("older"), unversioned.loginGuard, LoginGuard, async (guard) => {
    const limits = { free: 9, base_ms: 1, max_ms: 1, forget_after_ms: 4e12 };
    expect(await guard.attempt("account:a", limits)).toEqual({ allowed: true, failures: 2 });
  }));

test("a relay knows how far it has sent each collection", () =>
  over(env.LIVE_RELAY.getByName("older"), unversioned.liveRelay, LiveRelay, (_relay, { storage }) => {
    const known = new RelayPositions(objectSql(storage)).all();
    expect(known).toEqual([{ collection: "punks", epoch: "ep_1", seq: 8 }]);
  }));

test("the gate of a provider goes on counting", () =>
  over(
    env.PROVIDER_GATE.getByName("opensea"),
    unversioned.providerGate,
    ProviderGate,
    async (gate, { storage }) => {
      await gate.acquire();
      expect(dump(storage).kv).toMatchObject({
        gate: { v: 1, value: { counts: [expect.arrayContaining([[expect.any(Number), 1]])] } },
      });
    },
  ));

test("a feed that nobody asks for any more is found to be one", () =>
  over(
    env.PROVIDER_FEED.getByName("opensea"),
    unversioned.providerFeed,
    ProviderFeed,
    async (feed, { storage }) => {
      await feed.alarm();
      expect(dump(storage).kv).toEqual({ failures: unversioned.providerFeed.kv.failures });
    },
  ));

test("an engine and a sender know whose they are", async () => {
  const { alertEngine, webhookSender } = unversioned;
  await over(env.ALERT_ENGINE.getByName("older"), alertEngine, AlertEngine, (_engine, { storage }) => {
    expect(new KvCell(storage.kv, "name", new StoredJson(z.string())).get()).toBe("collection:punks");
  });
  await over(env.WEBHOOK_SENDER.getByName("older"), webhookSender, WebhookSender, (_sender, { storage }) => {
    const memory = new KvCell(storage.kv, "memory", new StoredJson(SenderMemory)).get();
    expect(memory).toEqual(webhookSender.kv.memory);
  });
});

test("older storages come to have what new ones have", async () => {
  const shapes = async (
    Class: new (state: DurableObjectState, env: Bindings) => Rpc.DurableObjectBranded,
    made: DurableObjectStub<Rpc.DurableObjectBranded>,
    old: { stub: DurableObjectStub<Rpc.DurableObjectBranded>; stored: unknown },
  ) => {
    const shape = await runInDurableObject(made, (_object, { storage }) => shapeOf(storage));
    await over(old.stub, old.stored, Class, (_object, { storage }) =>
      expect(shapeOf(storage)).toEqual(shape),
    );
  };
  const room = env.COLLECTION_ROOM.getByName("fresh");
  await room.ingest("fresh", [anEvent({ collection: "fresh" })]);
  const old = { stub: env.COLLECTION_ROOM.getByName("old"), stored: unversioned.collectionRoom };
  await shapes(CollectionRoom, room, old);
  const user = env.USER_ROOM.getByName("fresh");
  const at = "2026-11-30T12:00:00.000Z";
  await user.publish([{ kind: "sync", id: "sync:1", at, data: { scopes: ["alerts"], since: at } }], null);
  await shapes(UserRoom, user, { stub: env.USER_ROOM.getByName("old"), stored: unversioned.userRoom });
  const guard = env.LOGIN_GUARD.getByName("fresh");
  await guard.attempt("a", { free: 9, base_ms: 1, max_ms: 1, forget_after_ms: 60_000 });
  await shapes(LoginGuard, guard, { stub: env.LOGIN_GUARD.getByName("old"), stored: unversioned.loginGuard });
  const board = env.STATUS_BOARD.getByName("fresh");
  await board.requests();
  const oldBoard = env.STATUS_BOARD.getByName("old");
  await shapes(StatusBoard, board, { stub: oldBoard, stored: unversioned.statusBoard });
});
