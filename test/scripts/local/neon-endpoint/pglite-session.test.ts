import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { PGlite, protocol } from "@electric-sql/pglite";
import { Client, neonConfig } from "@neondatabase/serverless";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { Backend } from "../../../../scripts/local/neon-endpoint/backend.ts";
import { openPgliteBackend } from "../../../../scripts/local/neon-endpoint/pglite-backend.ts";
import { type NeonEndpoint, startNeonEndpoint } from "../../../../scripts/local/neon-endpoint/server.ts";
import { readMessages } from "../../../../scripts/local/neon-endpoint/wire.ts";

setFlagsFromString("--expose-gc");
/** The collector of V8, which shows itself once it is asked to. */
function collectGarbage(): void {
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("the collector cannot be called");
  collect();
}

const { serialize } = protocol;
const startup = serialize.startup({ user: "someone", database: "anything" });

describe("a client of the wire protocol in front of PGlite", () => {
  let backend: Backend;
  let endpoint: NeonEndpoint;
  const run = (query: string) =>
    backend.run([{ query, params: [] }], undefined, new AbortController().signal);

  /** Speaks the protocol by hand; `answer` gives all that came by the time `until` has come. */
  async function connect() {
    const socket = new WebSocket(`${endpoint.url.replace("http", "ws")}/v2?address=any:5432`);
    let received = Buffer.alloc(0);
    socket.on("message", (data: Buffer) => {
      received = Buffer.concat([received, data]);
    });
    await once(socket, "open");
    return {
      socket,
      send: (...parts: Uint8Array[]) => socket.send(Buffer.concat(parts)),
      answer: async (until: string) => {
        const types = () => readMessages(received).messages.map(({ type }) => type);
        while (!types().includes(until)) await once(socket, "message");
        const all = types();
        received = Buffer.alloc(0);
        return all.join("");
      },
    };
  }

  beforeAll(async () => {
    backend = await openPgliteBackend(await PGlite.create(), { idleTransactionMs: 150 });
    endpoint = await startNeonEndpoint(backend);
    await run("create table notes (note text)");
  }, 60_000);
  beforeEach(() => run("truncate notes"));
  afterAll(() => endpoint.close());

  it("ends a transaction that its client leaves idle, and says why", async () => {
    const client = await connect();
    client.send(startup, serialize.query("begin; insert into notes values ('left')"));
    await client.answer("C");
    const waiting = run("select count(*) from notes");
    expect(await client.answer("E")).toContain("E");
    await once(client.socket, "close");
    expect((await waiting)[0]?.rows).toEqual([["0"]]);
  });

  it("lets others in when a client goes away between Parse and Sync", async () => {
    const client = await connect();
    client.send(startup);
    await client.answer("Z");
    client.send(serialize.parse({ text: "insert into notes values ('half')" }), serialize.flush());
    await client.answer("1");
    client.socket.terminate();
    expect((await run("select count(*) from notes"))[0]?.rows).toEqual([["0"]]);
  });

  it("understands messages that arrive byte by byte", async () => {
    const client = await connect();
    for (const byte of Buffer.concat([startup, serialize.query("select 1")]))
      client.send(Buffer.from([byte]));
    expect(await client.answer("D")).toMatch(/^RS+KZTD/);
    client.socket.close();
  });

  it("says no to encryption and goes on in the clear", async () => {
    const client = await connect();
    client.send(serialize.requestSsl());
    const [reply] = await once(client.socket, "message");
    expect(String(reply)).toBe("N");
    client.socket.close();
  });

  it("hangs up on what is not the protocol", async () => {
    const client = await connect();
    client.send(startup, Buffer.from("GET / HTTP/1.1\r\n\r\n"));
    expect(await client.answer("E")).toContain("E");
    await once(client.socket, "close");
    expect((await run("select 1"))[0]?.rows).toEqual([["1"]]);
  });

  it("serves the driver as it comes, which sends its password unasked", async () => {
    neonConfig.webSocketConstructor = WebSocket;
    neonConfig.wsProxy = () => `${endpoint.url.replace("http://", "")}/v2`;
    neonConfig.useSecureWebSocket = false;
    neonConfig.pipelineConnect = "password";
    const client = new Client("postgres://local:unasked@127.0.0.1/postgres");
    await client.connect();
    expect((await client.query("select 2 as n")).rows).toEqual([{ n: 2 }]);
    await client.end();
  });

  it("lets clients with transactions of their own take turns", async () => {
    const counts = await Promise.all(
      [1, 2, 3, 4, 5].map(async (number) => {
        const client = await connect();
        client.send(startup);
        await client.answer("Z");
        client.send(serialize.query("begin"));
        await client.answer("Z");
        client.send(serialize.query(`insert into notes values ('${number}')`));
        await client.answer("Z");
        client.send(serialize.query("commit"));
        client.socket.close(await client.answer("Z").then(() => 1000));
        return number;
      }),
    );
    expect((await run("select count(*) from notes"))[0]?.rows).toEqual([[String(counts.length)]]);
  });

  it("keeps nothing of what it answered, over HTTP or by the wire protocol", async () => {
    const large = "select repeat('x', 1000) || n from generate_series(1, 3000) n";
    const client = await connect();
    client.send(startup);
    await client.answer("Z");
    const ask = async (times: number) => {
      for (let i = 0; i < times; i++) {
        await run(large);
        client.send(serialize.query(large));
        await client.answer("Z");
      }
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const before = await ask(2);
    // 60 MB of answers.
    expect((await ask(10)) - before).toBeLessThan(15_000_000);
    client.socket.close();
  });
});
