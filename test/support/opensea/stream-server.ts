import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { decodeFrame, encodeFrame, type PhoenixVersion } from "../../../durable-objects/feed/phoenix.ts";

export interface OpenSeaStream {
  /** The address up to and with `/websocket`. */
  url: string;
  /** How often somebody connected. */
  connections: number;
  /** Topics joined by whoever is connected now. */
  topics: Map<string, string>;
  /** How many joins were granted. */
  joins: number;
  heartbeats: number;
  /** What each further topic's join is answered with. */
  refusals: Map<string, unknown>;
  answersHeartbeats: boolean;
  /** Sends a message on the collection's topic, if somebody joined it; otherwise it is lost, as it would be. */
  tell(slug: string, message: Record<string, unknown>): void;
  /** Sends anything at all. */
  sendText(text: string): void;
  /** Says that a topic has crashed. */
  crash(topic: string): void;
  /** Cuts every connection without a word. */
  drop(): void;
  close(): Promise<void>;
}

/** A stand-in for OpenSea's Stream: Phoenix channels of either version, and every way in which they go wrong. */
export async function startOpenSeaStream(token: string, version: PhoenixVersion = 2): Promise<OpenSeaStream> {
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  const stream: OpenSeaStream = {
    url: "",
    connections: 0,
    topics: new Map(),
    joins: 0,
    heartbeats: 0,
    refusals: new Map(),
    answersHeartbeats: true,
    tell(slug, message) {
      const topic = [`collection:${slug}`, "collection:*"].find((name) => stream.topics.has(name));
      if (topic === undefined) return;
      const join_ref = stream.topics.get(topic) ?? null;
      stream.sendText(
        encodeFrame(version, {
          join_ref,
          ref: null,
          topic,
          event: String(message.event_type),
          payload: message,
        }),
      );
    },
    sendText(text) {
      for (const socket of sockets.clients) socket.send(text);
    },
    crash(topic) {
      stream.topics.delete(topic);
      stream.sendText(
        encodeFrame(version, { join_ref: null, ref: null, topic, event: "phx_error", payload: {} }),
      );
    },
    drop() {
      stream.topics.clear();
      for (const socket of sockets.clients) socket.terminate();
    },
    async close() {
      stream.drop();
      server.close();
      await once(server, "close");
    },
  };

  function take(socket: WebSocket, text: string): void {
    const frame = decodeFrame(text);
    if (frame === null) return;
    const reply = (payload: unknown) =>
      socket.send(
        encodeFrame(version, {
          join_ref: frame.join_ref,
          ref: frame.ref,
          topic: frame.topic,
          event: "phx_reply",
          payload,
        }),
      );
    if (frame.event === "heartbeat") {
      stream.heartbeats += 1;
      if (stream.answersHeartbeats) reply({ status: "ok", response: {} });
      return;
    }
    if (frame.event === "phx_leave") stream.topics.delete(frame.topic);
    if (frame.event !== "phx_join") return;
    const refusal = stream.refusals.get(frame.topic);
    if (refusal === undefined) {
      stream.topics.set(frame.topic, frame.ref ?? "");
      stream.joins += 1;
    }
    reply(refusal === undefined ? { status: "ok", response: {} } : { status: "error", response: refusal });
  }

  server.on("upgrade", (request, socket, head) => {
    const url = new URL(request.url ?? "/", "http://stream.test");
    const welcome = url.pathname === "/socket/websocket" && url.searchParams.get("token") === token;
    if (!welcome) {
      socket.end("HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      stream.connections += 1;
      client.on("close", () => stream.topics.clear());
      client.on("message", (data) => take(client, String(data)));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stream.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/socket/websocket`;
  return stream;
}
