import { afterEach, beforeEach, expect, vi } from "vitest";
import type { LiveClientOptions } from "../../../web/src/live/live-types.ts";
import { FakeRoom } from "./fake-room.ts";
import { type Recorder, recordClient } from "./recorder.ts";

/** For each test of the file a server of its own, and clients of it that end with the test. */
export function withFakeRoom() {
  let room: FakeRoom;
  let recorders: Recorder[];

  beforeEach(async () => {
    room = await FakeRoom.start();
    recorders = [];
  });
  afterEach(async () => {
    for (const { client } of recorders) client.close();
    await room.stop();
  });

  return {
    get room() {
      return room;
    },
    follow(options: Partial<LiveClientOptions> = {}): Recorder {
      const recorder = recordClient({ url: room.url, ...options });
      recorders.push(recorder);
      return recorder;
    },
    subscribes: () => room.received.filter((frame) => frame.op === "subscribe"),
  };
}

export function live(recorder: Recorder): Promise<unknown> {
  return vi.waitFor(() => expect(recorder.client.state.phase).toBe("live"), { timeout: 30_000, interval: 5 });
}

export function reaches(recorder: Recorder, seq: number, collection = "cryptopunks"): Promise<unknown> {
  const check = () => expect(recorder.client.position(collection)?.seq).toBe(seq);
  return vi.waitFor(check, { timeout: 30_000, interval: 5 });
}
