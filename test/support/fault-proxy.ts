import { once } from "node:events";
import { createServer, connect as dial, type Server, type Socket } from "node:net";

/**
 * Ways in which a network fails:
 * - `refuse`: nobody listens, and who was connected is hung up on.
 * - `hang`: connections are taken and stand; nothing moves in either direction.
 * - `reset`: connections are cut with RST, new ones at their first bytes.
 * - `delay`: every part of a request comes late.
 * - `swallow`: requests arrive and are worked on, every answer is lost, and the connections stand.
 * - `lose-commit`: as `swallow`, but only the answer to COMMIT and to statements over HTTP, and with a hang-up.
 */
export const FAULTS = ["refuse", "hang", "reset", "delay", "swallow", "lose-commit"] as const;
export type Fault = (typeof FAULTS)[number];

export interface FaultProxy {
  /** An address of the target, by way of the proxy. */
  via(address: string): string;
  /** Breaks the network in one way; `null` mends it, for new connections. */
  set(fault: Fault | null): Promise<void>;
  close(): Promise<void>;
}

/** CommandComplete of COMMIT, or the head of an answer over HTTP that is no switch to WebSocket. */
function tellsOfCommit(answer: Buffer): boolean {
  return answer.includes("COMMIT\0") || answer.subarray(0, 12).equals(Buffer.from("HTTP/1.1 200"));
}

/**
 * A TCP proxy in front of the host and port of an address, whichever protocol is spoken over it. What was caught in a fault
 * stays caught: a connection that was hung or swallowed does not come back to life.
 */
export async function startFaultProxy(target: string, { delay_ms = 3000 } = {}): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  let fault: Fault | null = null;
  const open = new Set<Link>();

  class Link {
    dead = false;
    readonly #client: Socket;
    readonly #server: Socket;
    #late: Promise<void> = Promise.resolve();

    constructor(client: Socket) {
      this.#client = client;
      this.#server = dial(Number(port), hostname);
      open.add(this);
      for (const socket of [this.#client, this.#server]) {
        socket.setNoDelay(true);
        socket.on("error", () => {});
        socket.once("close", () => {
          if (!this.dead) this.cut();
        });
      }
      client.on("data", (bytes) => this.#ask(bytes));
      this.#server.on("data", (bytes) => this.#answer(bytes));
    }

    /** From now on nothing moves here, whatever the network does later. */
    freeze(): void {
      this.dead = true;
      this.#client.pause();
      this.#server.pause();
    }

    cut(how: "end" | "reset" = "end"): void {
      this.dead = true;
      open.delete(this);
      for (const socket of [this.#client, this.#server])
        if (how === "reset") socket.resetAndDestroy();
        else socket.destroy();
    }

    #ask(bytes: Buffer): void {
      if (this.dead) return;
      if (fault === "hang") this.freeze();
      else if (fault === "reset") this.cut("reset");
      else if (fault === "delay") this.#askLate(bytes);
      else this.#server.write(bytes);
    }

    #askLate(bytes: Buffer): void {
      const due = new Promise<void>((resolve) => setTimeout(resolve, delay_ms));
      this.#late = this.#late
        .then(() => due)
        .then(() => {
          if (!this.dead) this.#server.write(bytes);
        });
    }

    #answer(bytes: Buffer): void {
      if (this.dead || fault === "hang") return;
      if (fault === "swallow") this.dead = true;
      else if (fault === "lose-commit" && tellsOfCommit(bytes)) this.cut();
      else this.#client.write(bytes);
    }
  }

  let server: Server;
  const listen = async (at: number): Promise<number> => {
    server = createServer((client) => void new Link(client));
    server.listen(at, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy has no port");
    return address.port;
  };
  const stopListening = async () => {
    const closed = once(server, "close");
    server.close();
    for (const link of open) link.cut();
    await closed;
  };
  const listening = await listen(0);

  return {
    via(address) {
      const url = new URL(address);
      url.host = `127.0.0.1:${listening}`;
      return url.href;
    },
    async set(next) {
      const before = fault;
      fault = next;
      if (next === "refuse" && before !== "refuse") await stopListening();
      if (next !== "refuse" && before === "refuse") await listen(listening);
      if (next === "reset") for (const link of open) link.cut("reset");
      if (next === "hang") for (const link of open) link.freeze();
    },
    async close() {
      if (fault !== "refuse") await stopListening();
    },
  };
}
