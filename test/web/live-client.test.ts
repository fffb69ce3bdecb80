import { describe, expect, test, vi } from "vitest";
import { eventually } from "../support/eventually.ts";
import { numbers } from "./support/recorder.ts";
import { live, reaches, withFakeRoom } from "./support/with-fake-room.ts";

const world = withFakeRoom();

describe("a client that is connected", () => {
  test("starts at a snapshot and is given every later event once, in order", async () => {
    world.room.publish(5);
    const recorder = world.follow();
    await live(recorder);
    expect(recorder.snapshots).toEqual([{ epoch: "e1", seq: 5, reset: null }]);
    world.room.publish(1);
    world.room.publish(3);
    await reaches(recorder, 9);
    expect(recorder.seqs()).toEqual(numbers(6, 9));
  });

  test("goes on from a position kept from an earlier run", async () => {
    world.room.publish(20);
    const from = { epoch: "e1", seq: 12 };
    const recorder = world.follow({ subscriptions: [{ collection: "cryptopunks", from }] });
    await reaches(recorder, 20);
    expect(recorder.snapshots).toEqual([]);
    expect(recorder.seqs()).toEqual(numbers(13, 20));
  });

  test("moves past events only after their handler is done", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let begun = false;
    const onEvents = () => {
      begun = true;
      return held;
    };
    const recorder = world.follow({ onEvents });
    await live(recorder);
    world.room.publish(1);
    await eventually(() => expect(begun).toBe(true));
    expect(recorder.client.position("cryptopunks")).toEqual({ epoch: "e1", seq: 0 });
    release();
    await reaches(recorder, 1);
  });

  test("with a filter, numbers without an event still move it on", async () => {
    const recorder = world.follow({ subscriptions: [{ collection: "cryptopunks", kinds: ["sale"] }] });
    await live(recorder);
    world.room.publish(2, "cryptopunks", { kind: "listing" });
    world.room.publish(1);
    await reaches(recorder, 3);
    expect(recorder.seqs()).toEqual([3]);
    world.room.cut();
    world.room.publish(1, "cryptopunks", { kind: "listing" });
    await reaches(recorder, 4);
    expect(world.subscribes().at(-1)).toMatchObject({ kinds: ["sale"], from: { epoch: "e1", seq: 3 } });
  });

  test("a changed filter takes effect at its position: nothing of the old one is taken in between", async () => {
    const recorder = world.follow({ subscriptions: [{ collection: "cryptopunks", kinds: ["sale"] }] });
    await live(recorder);
    const waiting: (() => void)[] = [];
    world.room.answer = (frame, socket) => waiting.push(() => world.room.subscribe(frame, socket));
    recorder.client.subscribe({ collection: "cryptopunks", kinds: ["sale", "listing"] });
    await eventually(() => expect(waiting).toHaveLength(1));
    world.room.publish(1, "cryptopunks", { kind: "listing" });
    recorder.client.subscribe({ collection: "cryptopunks", kinds: ["sale", "listing", "transfer"] });
    await eventually(() => expect(waiting).toHaveLength(2));
    waiting[0]?.();
    world.room.publish(1, "cryptopunks", { kind: "transfer" });
    waiting[1]?.();
    await reaches(recorder, 2);
    expect(recorder.events.map((event) => event.kind)).toEqual(["listing", "transfer"]);
  });

  test("letting go of one collection does not end the others", async () => {
    const recorder = world.follow({
      subscriptions: [{ collection: "cryptopunks" }, { collection: "doodles" }],
    });
    await live(recorder);
    recorder.client.unsubscribe("cryptopunks");
    await eventually(() =>
      expect(world.room.received).toContainEqual({ op: "unsubscribe", collection: "cryptopunks" }),
    );
    world.room.publish(2, "cryptopunks");
    world.room.publish(3, "doodles");
    await reaches(recorder, 3, "doodles");
    expect(recorder.seqs("doodles")).toEqual([1, 2, 3]);
    expect(recorder.seqs("cryptopunks")).toEqual([]);
    expect(recorder.client.state.phase).toBe("live");
  });

  test("a collection that is refused is reported and leaves the others live", async () => {
    world.room.answer = (frame, socket) => {
      if (frame.collection === "doodles") return world.room.subscribe(frame, socket);
      const { collection } = frame;
      world.room.send(socket, { op: "error", code: "not_found", message: "no such collection", collection });
    };
    const recorder = world.follow({ subscriptions: [{ collection: "nowhere" }, { collection: "doodles" }] });
    await live(recorder);
    expect(recorder.problems).toContainEqual({
      code: "not_found",
      message: "no such collection",
      collection: "nowhere",
    });
    expect(recorder.client.position("nowhere")).toBeNull();
  });

  test("errors that name no collection are placed by the order of the questions", async () => {
    const known = new Set(["doodles", "azuki"]);
    world.room.answer = (frame, socket) => {
      if (known.has(frame.collection ?? "")) return world.room.subscribe(frame, socket);
      world.room.send(socket, { op: "error", code: "not_found", message: "no such collection" });
    };
    const subscriptions = ["nowhere", "doodles", "elsewhere", "azuki"].map((collection) => ({ collection }));
    const recorder = world.follow({ subscriptions });
    await live(recorder);
    world.room.publish(2, "doodles");
    world.room.publish(1, "azuki");
    await reaches(recorder, 2, "doodles");
    await reaches(recorder, 1, "azuki");
    expect(world.room.connectionCount).toBe(1);
  });

  test("a collection that was taken for refused is followed when its answer comes after all", async () => {
    world.room.answer = (frame, socket) => {
      world.room.send(socket, { op: "error", code: "not_found", message: "no such subscription" });
      world.room.subscribe(frame, socket);
    };
    const recorder = world.follow();
    await live(recorder);
    world.room.publish(1);
    await reaches(recorder, 1);
  });

  test("a client whose only collection is refused does not call itself live", async () => {
    world.room.answer = (_frame, socket) =>
      world.room.send(socket, { op: "error", code: "not_found", message: "no such collection" });
    const recorder = world.follow();
    await eventually(() => expect(recorder.problems).toHaveLength(1));
    expect(recorder.client.state.phase).toBe("connecting");
  });

  test("answers a mark once what came before it was handled", async () => {
    const seen: number[] = [];
    const handling = Promise.withResolvers<void>();
    const recorder = world.follow({
      onEvents: async (_collection: string, events: { seq: number }[]) => {
        await handling.promise;
        seen.push(...events.map(({ seq }) => seq));
      },
    });
    await live(recorder);
    const answers = () => world.room.received.filter((frame) => frame.op === "ack");
    world.room.publish(2);
    world.room.sendToAll({ op: "mark", id: "m1" });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(answers()).toEqual([]);
    handling.resolve();
    await eventually(() => expect(answers()).toEqual([{ op: "ack", mark: "m1" }]));
    expect(seen).toEqual([1, 2]);
  });
});

describe("a connection that is dead although nothing closed it", () => {
  test("is found by a ping without an answer and replaced", async () => {
    world.room.heartbeat_ms = 20;
    const recorder = world.follow({ patience_ms: 60 });
    await live(recorder);
    await eventually(() => expect(world.room.received).toContainEqual({ op: "ping" }));
    expect(world.room.connectionCount).toBe(1);
    world.room.sabotage = null;
    await vi.waitFor(() => expect(recorder.client.state.reason).toBe("heartbeat_timeout"));
    world.room.sabotage = (text) => [text];
    world.room.publish(2);
    await reaches(recorder, 2);
    expect(recorder.seqs()).toEqual([1, 2]);
  });

  test("a server that accepts and never greets is given up", async () => {
    world.room.sabotage = null;
    const recorder = world.follow({ patience_ms: 40 });
    await vi.waitFor(() => expect(recorder.states.map((state) => state.reason)).toContain("connect_timeout"));
    world.room.sabotage = (text) => [text];
    await live(recorder);
  });

  test("a subscription that is never answered is given up", async () => {
    world.room.answer = () => undefined;
    const recorder = world.follow({ patience_ms: 40 });
    await eventually(() => expect(recorder.states.map((state) => state.reason)).toContain("no_answer"));
    world.room.answer = (frame, socket) => world.room.subscribe(frame, socket);
    await live(recorder);
  });

  test("a server that says what is missing and does not send it is given up", async () => {
    world.room.publish(4);
    world.room.sabotage = (text, frame) =>
      frame.op === "events" && world.room.connectionCount === 1 ? [] : [text];
    const from = { epoch: "e1", seq: 1 };
    const recorder = world.follow({ patience_ms: 40, subscriptions: [{ collection: "cryptopunks", from }] });
    await reaches(recorder, 4);
    expect(recorder.states.map((state) => state.reason)).toContain("no_answer");
    expect(recorder.seqs()).toEqual([2, 3, 4]);
  });
});
