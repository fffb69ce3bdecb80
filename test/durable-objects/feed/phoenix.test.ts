import { describe, expect, it } from "vitest";
import {
  decodeFrame,
  encodeFrame,
  heartbeatFrame,
  joinFrame,
  leaveFrame,
  readReply,
} from "../../../durable-objects/feed/phoenix.ts";
import { recordedText } from "../../support/opensea/recorded.ts";

describe("Phoenix frames", () => {
  it("writes joins, leaves and heartbeats as version 2 arrays", () => {
    expect(encodeFrame(2, joinFrame("collection:doodles-official", "1"))).toBe(
      '["1","1","collection:doodles-official","phx_join",{}]',
    );
    expect(encodeFrame(2, leaveFrame("collection:doodles-official", "1", "3"))).toBe(
      '["1","3","collection:doodles-official","phx_leave",{}]',
    );
    expect(encodeFrame(2, heartbeatFrame("2"))).toBe('[null,"2","phoenix","heartbeat",{}]');
  });

  it("writes version 1 objects", () => {
    expect(JSON.parse(encodeFrame(1, joinFrame("collection:boredapeyachtclub", "0")))).toMatchObject({
      topic: "collection:boredapeyachtclub",
      event: "phx_join",
      payload: {},
      ref: "0",
    });
  });

  it("reads recorded frames of both versions", () => {
    for (const frame of JSON.parse(recordedText("stream-frames-2026-09.json")))
      expect(decodeFrame(JSON.stringify(frame))).toMatchObject({
        topic: "collection:argonauts",
        join_ref: "1",
        ref: null,
      });
    expect(decodeFrame(recordedText("stream-sale-v1-2023-05.json"))).toMatchObject({
      topic: "collection:*",
      event: "item_sold",
      ref: null,
    });
  });

  it("reads references that are numbers", () => {
    expect(decodeFrame('{"topic":"phoenix","event":"phx_reply","payload":{},"ref":0}')?.ref).toBe("0");
  });

  it.each([["hello"], ["[]"], ["[1,2,3]"], ["{}"], ["null"], ['["1","1",5,"x",{}]'], [""]])(
    "makes nothing of %s",
    (text) => {
      expect(decodeFrame(text)).toBeNull();
    },
  );

  it("reads what a reply says", () => {
    expect(readReply({ status: "ok", response: {} })).toEqual({ ok: true, reason: "" });
    expect(readReply({ status: "error", response: { reason: "unauthorized" } })).toEqual({
      ok: false,
      reason: '{"reason":"unauthorized"}',
    });
    expect(readReply(5).ok).toBe(false);
  });
});
