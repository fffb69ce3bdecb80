import { beforeEach, describe, expect, test } from "vitest";
import { RequestFailed } from "../../web/src/api/problem.ts";
import { EventReader } from "../../web/src/live/event-reader.ts";
import { StreamLive } from "../../web/src/live/stream-live.ts";
import { ManualHost } from "./support/manual-host.ts";

describe("reading Server-Sent Events", () => {
  const TEXT =
    'retry: 2000\n\nevent: overview\nid: 7\ndata: {"a":\ndata: 1}\n\n: still here\n\ndata:x\r\n\r\nevent: lost\n\n';
  const READ = [
    { name: "overview", data: '{"a":\n1}' },
    { name: "message", data: "x" },
  ];

  test("comes to the same wherever the text is cut", () => {
    for (let cut = 0; cut <= TEXT.length; cut++) {
      const reader = new EventReader();
      expect([...reader.push(TEXT.slice(0, cut)), ...reader.push(TEXT.slice(cut))]).toEqual(READ);
    }
    const reader = new EventReader();
    expect([...TEXT].flatMap((letter) => reader.push(letter))).toEqual(READ);
  });
});

let world: ManualHost;
let live: StreamLive;
let opened: { write(text: string): void; end(): void; signal: AbortSignal }[];
let refusal: unknown;
let data: string[];
let phases: string[];

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

beforeEach(() => {
  world = new ManualHost();
  opened = [];
  refusal = null;
  data = [];
  phases = [];
  live = new StreamLive({
    host: world.host,
    open: async (signal) => {
      if (refusal !== null) throw refusal;
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const writer = writable.getWriter();
      signal.addEventListener("abort", () => void writer.abort(new Error("aborted")).catch(() => undefined));
      opened.push({
        signal,
        write: (text) => void writer.write(new TextEncoder().encode(text)).catch(() => undefined),
        end: () => void writer.close(),
      });
      return new Response(readable);
    },
    onEvent: (event) => data.push(event.data),
    onState: ({ phase }) => phases.push(phase),
    isFinal: (error) => error instanceof RequestFailed && error.status === 403,
  });
});

test("is live with the first event, and comes back at once when the server ends the stream", async () => {
  live.start();
  await settled();
  opened[0]?.write(": hello\n\n");
  await settled();
  expect(phases).toEqual(["connecting"]);
  opened[0]?.write("data: 1\n\n");
  await settled();
  expect(phases.at(-1)).toBe("live");
  opened[0]?.end();
  await settled();
  world.advance(250);
  await settled();
  opened[1]?.write("data: 2\n\n");
  await settled();
  expect(data).toEqual(["1", "2"]);
  expect(phases).not.toContain("offline");
});

test("waits and tries again after a failure, and gives up a stream that went silent", async () => {
  refusal = new RequestFailed(503, "away");
  live.start();
  await settled();
  expect(phases.at(-1)).toBe("offline");
  refusal = null;
  world.advance(30_000);
  await settled();
  opened[0]?.write("data: 1\n\n");
  await settled();
  expect(phases.at(-1)).toBe("live");
  world.advance(40_000);
  await settled();
  expect(opened[0]?.signal.aborted).toBe(true);
  expect(phases.at(-1)).toBe("offline");
});

test("does not ask again where it may not, nor once it was closed", async () => {
  refusal = new RequestFailed(403, "no");
  live.start();
  await settled();
  expect(phases.at(-1)).toBe("closed");
  refusal = null;
  live.start();
  await settled();
  live.close();
  await settled();
  expect([opened.length, opened[0]?.signal.aborted, phases.at(-1)]).toEqual([1, true, "closed"]);
  world.advance(600_000);
  world.wake();
  await settled();
  expect(opened).toHaveLength(1);
});
