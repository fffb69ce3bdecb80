import { describe, expect, it } from "vitest";
import { decodeFrame, type PhoenixFrame } from "../../../durable-objects/feed/phoenix.ts";
import { type Failures, PhoenixConnection } from "../../../durable-objects/feed/phoenix-connection.ts";
import { recordLog } from "../../support/opensea/log.ts";

/** A connection with a clock of its own, whose socket is this test, and storage that may outlive it. */
function aConnection(stored: { failures: Failures | null } = { failures: null }, now = 1_000_000) {
  const clock = { now };
  const sent: PhoenixFrame[] = [];
  const calls: string[] = [];
  const messages: PhoenixFrame[] = [];
  const connection = new PhoenixConnection(
    {
      now: () => clock.now,
      random: () => 0.999999,
      log: recordLog().log,
      connect: () => calls.push("connect"),
      send: (text) =>
        sent.push(decodeFrame(text) ?? { join_ref: null, ref: null, topic: "?", event: "?", payload: null }),
      disconnect: (reason) => calls.push(`disconnect: ${reason}`),
      onJoined: (topic) => calls.push(`joined ${topic}`),
      onMessage: (frame) => messages.push(frame),
      onJunk: (text) => calls.push(`junk ${text}`),
      memory: {
        load: () => stored.failures,
        save: (failures) => {
          stored.failures = failures;
        },
      },
    },
    2,
  );
  const receive = (...frame: [string | null, string | null, string, string, unknown]) =>
    connection.received(JSON.stringify(frame));
  /** Answers the newest join of a topic. */
  const join = (topic: string, status = "ok") => {
    const ref = sent.findLast((frame) => frame.topic === topic && frame.event === "phx_join")?.ref ?? null;
    receive(ref, ref, topic, "phx_reply", { status, response: {} });
  };
  /** Lets time pass as an alarm would: in the steps that the connection asks for. */
  const pass = (ms: number) => {
    const end = clock.now + ms;
    for (;;) {
      const due = connection.nextDue();
      if (due > end) break;
      clock.now = Math.max(clock.now, due);
      connection.tick();
      if (sent.at(-1)?.event === "heartbeat" && answering)
        receive(null, sent.at(-1)?.ref ?? null, "phoenix", "phx_reply", { status: "ok", response: {} });
    }
    clock.now = end;
    connection.tick();
  };
  let answering = true;
  const open = (...topics: string[]) => {
    connection.follow(topics);
    connection.opened();
    for (const topic of topics) join(topic);
  };
  return {
    clock,
    sent,
    calls,
    messages,
    connection,
    receive,
    join,
    pass,
    open,
    stopAnswering: () => {
      answering = false;
    },
  };
}
const eventsOf = (frames: PhoenixFrame[]) => frames.map(({ event, topic }) => `${event} ${topic}`);

describe("a Phoenix connection", () => {
  it("joins one topic for each collection and says when each has joined", () => {
    const { connection, sent, calls, join } = aConnection();
    connection.follow(["a", "b"]);
    expect(connection.stateName).toBe("connecting");
    connection.opened();
    expect(eventsOf(sent)).toEqual(["phx_join a", "phx_join b"]);
    join("b");
    expect(connection.joinedTopics()).toEqual(["b"]);
    join("a");
    expect(calls).toEqual(["connect", "joined b", "joined a"]);
  });

  it("joins and leaves as the list changes, without touching the others", () => {
    const { connection, sent, open } = aConnection();
    open("a", "b");
    sent.length = 0;
    connection.follow(["b", "c"]);
    expect(eventsOf(sent)).toEqual(["phx_leave a", "phx_join c"]);
    expect(connection.joinedTopics()).toEqual(["b"]);
  });

  it("sends a heartbeat every 30 seconds and stays as long as it is answered", () => {
    const { connection, sent, pass, open } = aConnection();
    open("a");
    pass(5 * 60_000);
    expect(sent.filter(({ event }) => event === "heartbeat").length).toBe(10);
    expect(connection.stateName).toBe("open");
  });

  it("gives a connection up whose heartbeat is not answered", () => {
    const { connection, calls, pass, open, stopAnswering } = aConnection();
    open("a");
    stopAnswering();
    pass(40_500);
    expect(calls).toContain("disconnect: no heartbeat reply");
    expect(connection.stateName).toBe("waiting");
    expect(connection.lastError).toBe("no heartbeat reply");
  });

  it("gives a connection up that answers heartbeats and is silent otherwise, more patiently each time", () => {
    const { calls, connection, pass, open } = aConnection();
    open("a");
    const silences: number[] = [];
    for (let time = 0; time < 2; time += 1) {
      let minutes = 0;
      while (connection.stateName === "open") {
        pass(60_000);
        minutes += 1;
      }
      silences.push(minutes);
      pass(2_000);
      connection.opened();
    }
    expect(silences).toEqual([10, 20]);
    expect(calls).toContain("disconnect: silent for too long");
  });

  it("comes back after a growing, bounded while", () => {
    const { connection, clock, pass } = aConnection();
    connection.follow(["a"]);
    const waits: number[] = [];
    for (let time = 0; time < 9; time += 1) {
      connection.closed("closed with 1006");
      waits.push(Math.round((connection.nextDue() - clock.now) / 1000));
      pass(connection.nextDue() - clock.now);
      expect(connection.stateName).toBe("connecting");
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 120, 120]);
  });

  it("does not hammer a server that accepts it and hangs up at once", () => {
    const { connection, clock, join, pass } = aConnection();
    connection.follow(["a"]);
    const waits: number[] = [];
    for (let time = 0; time < 4; time += 1) {
      connection.opened();
      join("a");
      connection.closed("closed with 1011");
      waits.push(Math.round((connection.nextDue() - clock.now) / 1000));
      pass(connection.nextDue() - clock.now);
    }
    expect(waits).toEqual([1, 2, 4, 8]);
  });

  it("begins anew after a connection that held for a while", () => {
    const { connection, clock, pass, open } = aConnection();
    connection.follow(["a"]);
    for (let time = 0; time < 5; time += 1) {
      connection.closed("closed");
      pass(connection.nextDue() - clock.now);
    }
    open("a");
    pass(61_000);
    connection.closed("closed");
    expect(Math.round((connection.nextDue() - clock.now) / 1000)).toBe(1);
  });

  it("waits as long as it would have when its object begins anew", () => {
    const stored: { failures: Failures | null } = { failures: null };
    const before = aConnection(stored);
    before.connection.follow(["a"]);
    for (let failure = 1; failure < 7; failure++) {
      before.connection.closed("refused");
      before.pass(before.connection.nextDue() - before.clock.now);
    }
    before.connection.closed("refused");
    const after = aConnection(stored, before.clock.now + 1000);
    after.connection.follow(["a"]);
    expect(after.calls).toEqual([]);
    expect(after.connection.nextDue() - after.clock.now).toBeGreaterThan(50_000);
    after.pass(after.connection.nextDue() - after.clock.now);
    expect(after.calls).toEqual(["connect"]);
    after.connection.closed("refused");
    expect(stored.failures?.count).toBe(8);
  });

  it("takes no open socket for a good sign whose joins are refused", () => {
    const stored: { failures: Failures | null } = { failures: null };
    const { connection, join, pass } = aConnection(stored);
    connection.follow(["a"]);
    connection.closed("refused");
    pass(2000);
    connection.opened();
    join("a", "error");
    pass(90_000);
    connection.closed("refused");
    expect(stored.failures?.count).toBe(2);
    expect(connection.missingTopics()).toEqual(["a"]);
  });

  it("does not wait for ever for an upgrade", () => {
    const { connection, calls, pass } = aConnection();
    connection.follow(["a"]);
    pass(15_000);
    expect(calls).toContain("disconnect: no answer to the upgrade");
    expect(connection.stateName).toBe("waiting");
  });

  it("joins a refused, crashed or unanswered topic again, and leaves the others in peace", () => {
    const { connection, sent, calls, join, pass, receive } = aConnection();
    connection.follow(["a", "b", "c"]);
    connection.opened();
    join("a");
    join("b", "error");
    sent.length = 0;
    receive(null, null, "a", "phx_error", {});
    pass(1_000);
    expect(eventsOf(sent)).toEqual(["phx_join a", "phx_join b"]);
    pass(11_000);
    expect(eventsOf(sent)).toContain("phx_join c");
    join("a");
    expect(calls.filter((call) => call === "joined a").length).toBe(2);
    expect(connection.stateName).toBe("open");
  });

  it("does not take the end of an older join for the end of the new one", () => {
    const { connection, sent, receive, open, pass, join } = aConnection();
    open("a");
    const older = sent[0]?.ref ?? "";
    receive(null, null, "a", "phx_error", {});
    pass(1_000);
    join("a");
    receive(older, older, "a", "phx_close", {});
    expect(connection.joinedTopics()).toEqual(["a"]);
    receive(null, null, "a", "phx_close", {});
    expect(connection.joinedTopics()).toEqual([]);
  });

  it("hands messages on, in whatever version they come, and reports junk", () => {
    const { connection, messages, calls, open } = aConnection();
    open("a");
    connection.received('["1",null,"a","item_sold",{"n":1}]');
    connection.received('{"topic":"a","event":"item_sold","payload":{"n":2},"ref":null}');
    connection.received("<junk>");
    expect(messages.map(({ payload }) => payload)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(calls).toContain("junk <junk>");
  });

  it("ends when nothing is to be followed any more, and begins again when something is", () => {
    const { connection, calls, open } = aConnection();
    open("a");
    connection.follow([]);
    expect(connection.stateName).toBe("idle");
    expect(connection.nextDue()).toBe(Number.POSITIVE_INFINITY);
    connection.closed("late news of the old socket");
    expect(connection.stateName).toBe("idle");
    connection.follow(["b"]);
    expect(calls.filter((call) => call === "connect").length).toBe(2);
  });
});
