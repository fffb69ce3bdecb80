import { type ChildProcess, fork } from "node:child_process";
import { LIVE_PROTOCOL } from "../../shared/contracts/live.ts";
import { hear, type Target } from "./run.ts";

/** Starts one of the peers in a process of its own. */
async function startPeer(file: string): Promise<{ child: ChildProcess; port: number; publish_port: number }> {
  const child = fork(new URL(file, import.meta.url));
  const { port, publish_port } = await hear(child, "listening");
  child.removeAllListeners("exit");
  return { child, port, publish_port };
}

/** A server that sends each event to each socket, with the package `ws`. */
export async function startWsPeer(): Promise<Target & { stop(): void }> {
  const { child, port, publish_port } = await startPeer("./ws-server.ts");
  return {
    name: "plain ws",
    load: { url: `ws://127.0.0.1:${port}/`, greet: [], readyPrefix: "hello", answers: {} },
    publish_url: `http://127.0.0.1:${publish_port}/`,
    headers: {},
    pids: () => (child.pid === undefined ? [] : [child.pid]),
    stop: () => void child.kill("SIGKILL"),
  };
}

/** Socket.IO; its clients are plain sockets that speak Engine.IO 4, so that they cost no more than the others'. */
export async function startSocketIoPeer(): Promise<Target & { stop(): void }> {
  const { child, port, publish_port } = await startPeer("./socketio-server.ts");
  return {
    name: "Socket.IO",
    load: {
      url: `ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`,
      greet: ["40"],
      readyPrefix: "40",
      answers: { "2": "3" },
    },
    publish_url: `http://127.0.0.1:${publish_port}/`,
    headers: {},
    pids: () => (child.pid === undefined ? [] : [child.pid]),
    stop: () => void child.kill("SIGKILL"),
  };
}

/** One room of a running platform. */
export function xsemaTarget(platform: { url: string; token: string; pids: () => number[] }): Target {
  return {
    name: "XSEMA room",
    load: {
      url: `${platform.url.replace(/^http/, "ws")}/api/v1/collections/bench/live`,
      protocol: LIVE_PROTOCOL,
      greet: ['{"op":"subscribe"}'],
      readyPrefix: '{"op":"snapshot"',
      answers: {},
    },
    publish_url: `${platform.url}/api/v1/market/events`,
    headers: { authorization: `Bearer ${platform.token}` },
    pids: platform.pids,
  };
}
