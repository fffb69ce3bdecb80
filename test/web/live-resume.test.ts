import { describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { buildEvent } from "./support/market-events.ts";
import { numbers } from "./support/recorder.ts";
import { live, reaches, withFakeRoom } from "./support/with-fake-room.ts";

const world = withFakeRoom();

describe("a client that is disconnected", () => {
  test.each([[undefined], [1012], [4001], [4008]])(
    "resumes without hole or repeat (close code %s)",
    async (code) => {
      const recorder = world.follow();
      await live(recorder);
      world.room.publish(3);
      await reaches(recorder, 3);
      world.room.cut(code);
      world.room.publish(40);
      await reaches(recorder, 43);
      expect(recorder.seqs()).toEqual(numbers(1, 43));
      expect(recorder.snapshots).toHaveLength(1);
      expect(world.subscribes().at(-1)).toMatchObject({ from: { epoch: "e1", seq: 3 } });
      expect(recorder.states.map((state) => state.phase)).toContain("resuming");
    },
  );

  test("while a handler runs, is not given the same events again", async () => {
    const given: number[] = [];
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const recorder = world.follow({
      onEvents: async (_collection, events) => {
        given.push(...events.map((event) => event.seq));
        await held;
      },
    });
    await live(recorder);
    world.room.publish(2);
    await eventually(() => expect(given).toEqual([1, 2]));
    world.room.publish(2);
    world.room.cut();
    await eventually(() => expect(world.room.connectionCount).toBe(2));
    release();
    await reaches(recorder, 4);
    expect(given).toEqual([1, 2, 3, 4]);
    expect(world.subscribes().at(-1)).toMatchObject({ from: { epoch: "e1", seq: 2 } });
  });

  test("is given the same events again when their handler threw", async () => {
    const given: number[][] = [];
    const recorder = world.follow({
      onEvents: (_collection, events) => {
        given.push(events.map((event) => event.seq));
        if (given.length === 1) throw new Error("disk full");
      },
    });
    await live(recorder);
    world.room.publish(2);
    await reaches(recorder, 2);
    expect(given).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(recorder.problems).toContainEqual({ code: "handler_failed", message: "disk full" });
  });

  test("is not blamed on the server when a handler takes longer than the client's patience", async () => {
    world.room.publish(20);
    const recorder = world.follow({
      patience_ms: 30,
      subscriptions: [{ collection: "cryptopunks", from: { epoch: "e1", seq: 0 } }],
      onEvents: () => new Promise((resolve) => setTimeout(resolve, 50)),
    });
    await reaches(recorder, 20);
    expect(world.room.connectionCount).toBe(1);
  });

  test("stays away once the application has closed it", async () => {
    const recorder = world.follow();
    await live(recorder);
    recorder.client.close();
    expect(recorder.client.state).toMatchObject({ phase: "closed", reason: "closed_by_app" });
    world.room.publish(1);
    expect(recorder.seqs()).toEqual([]);
    recorder.client.start();
    await reaches(recorder, 1);
    expect(recorder.seqs()).toEqual([1]);
  });
});

describe("when the server's log does not reach back", () => {
  test("takes the snapshot and tells the application where to read what it missed", async () => {
    const recorder = world.follow();
    await live(recorder);
    world.room.publish(3);
    await reaches(recorder, 3);
    world.room.cut();
    world.room.publish(50);
    world.room.room().prunedTo = 30;
    await reaches(recorder, 53);
    expect(recorder.snapshots.at(-1)).toMatchObject({
      seq: 53,
      reset: { reason: "log_pruned", read_from: "/events?after=3" },
    });
    world.room.publish(1);
    await reaches(recorder, 54);
    expect(recorder.seqs()).toEqual([1, 2, 3, 54]);
  });

  test("a new epoch is adopted together with its number, never one without the other", async () => {
    const recorder = world.follow();
    await live(recorder);
    world.room.publish(9);
    await reaches(recorder, 9);
    world.room.restart("e2");
    world.room.publish(4);
    world.room.cut();
    await eventually(() => expect(recorder.client.position("cryptopunks")).toEqual({ epoch: "e2", seq: 4 }));
    world.room.publish(1);
    await reaches(recorder, 5);
    expect(recorder.events.at(-1)).toMatchObject({ epoch: "e2", seq: 5 });
    expect(recorder.snapshots.at(-1)?.reset?.reason).toBe("epoch_changed");
  });

  test("events of another epoch are never applied, although their numbers would fit", async () => {
    const recorder = world.follow();
    await live(recorder);
    world.room.publish(4);
    await reaches(recorder, 4);
    world.room.restart("e2");
    world.room.publish(5);
    const stray = buildEvent(5, { epoch: "e2" });
    world.room.sendRaw(
      JSON.stringify({
        op: "events",
        collection: "cryptopunks",
        epoch: "e2",
        first: 5,
        last: 5,
        events: [stray],
      }),
    );
    await eventually(() => expect(recorder.client.position("cryptopunks")).toEqual({ epoch: "e2", seq: 5 }));
    expect(recorder.seqs()).toEqual([1, 2, 3, 4]);
    expect(recorder.snapshots.at(-1)?.reset?.reason).toBe("epoch_changed");
  });

  test("an answer that resumes another epoch is not believed", async () => {
    const recorder = world.follow({
      subscriptions: [{ collection: "cryptopunks", from: { epoch: "e1", seq: 4 } }],
    });
    let answers = 0;
    world.room.publish(6);
    world.room.answer = (frame, socket) => {
      answers += 1;
      if (answers > 1) return world.room.subscribe(frame, socket);
      world.room.send(socket, { op: "resumed", collection: "cryptopunks", epoch: "e9", seq: 4, head: 6 });
    };
    await reaches(recorder, 6);
    expect(recorder.seqs()).toEqual([5, 6]);
    expect(recorder.client.position("cryptopunks")?.epoch).toBe("e1");
  });

  test("keeps its old position, and the notice, until the snapshot has been handled", async () => {
    world.room.publish(10);
    world.room.room().prunedTo = 8;
    let cutBeforeSnapshot = true;
    world.room.sabotage = (text, frame) => {
      if (frame.op !== "snapshot" || !cutBeforeSnapshot) return [text];
      cutBeforeSnapshot = false;
      return "cut";
    };
    const recorder = world.follow({
      subscriptions: [{ collection: "cryptopunks", from: { epoch: "e1", seq: 2 } }],
    });
    await reaches(recorder, 10);
    const asked = world.subscribes().map((frame) => frame.from);
    expect(asked).toEqual([
      { epoch: "e1", seq: 2 },
      { epoch: "e1", seq: 2 },
    ]);
    expect(recorder.snapshots).toHaveLength(1);
    expect(recorder.snapshots[0]?.reset?.reason).toBe("log_pruned");
  });

  test("a reset that nobody asked for is followed as well", async () => {
    const recorder = world.follow();
    await live(recorder);
    world.room.publish(2);
    await reaches(recorder, 2);
    world.room.restart("e2");
    world.room.publish(7);
    const reset = {
      op: "reset",
      collection: "cryptopunks",
      epoch: "e2",
      reason: "epoch_changed",
      read_from: "/e",
    };
    world.room.sendRaw(JSON.stringify(reset));
    const stray = buildEvent(3);
    world.room.sendRaw(
      JSON.stringify({
        op: "events",
        collection: "cryptopunks",
        epoch: "e1",
        first: 3,
        last: 3,
        events: [stray],
      }),
    );
    const [socket] = world.room.sockets;
    if (socket) world.room.sendSnapshot(socket);
    await eventually(() => expect(recorder.client.position("cryptopunks")).toEqual({ epoch: "e2", seq: 7 }));
    expect(recorder.seqs()).toEqual([1, 2]);
    expect(recorder.client.state.phase).toBe("live");
  });
});
