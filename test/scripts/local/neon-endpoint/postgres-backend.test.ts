import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../../../scripts/local/neon-endpoint/backend.ts";
import { openPostgresBackend } from "../../../../scripts/local/neon-endpoint/postgres-backend.ts";
import { eventually } from "../../../support/eventually.ts";
import { type FaultProxy, startFaultProxy } from "../../../support/fault-proxy.ts";
import { createTestDatabase, type TestDatabase, whyNoPostgres } from "../../../support/postgres.ts";

const never = new AbortController().signal;

describe.skipIf(await whyNoPostgres())("statements over a pool in front of PostgreSQL", () => {
  let database: TestDatabase;
  let proxy: FaultProxy;
  let backend: Backend;
  const ask = (query: string, signal: AbortSignal = never) =>
    backend.run([{ query, params: [] }], undefined, signal).then(([result]) => result?.rows);
  /** More than the pool has connections. */
  const crowd = <T>(work: () => Promise<T>) => Promise.allSettled(Array.from({ length: 12 }, work));

  beforeAll(async () => {
    database = await createTestDatabase();
    proxy = await startFaultProxy(database.url);
    backend = openPostgresBackend(proxy.via(database.url));
  });
  afterAll(async () => {
    await backend.close();
    await proxy.close();
    await database.drop();
  });

  it("fail alone when the server ends their sessions, and the next ones are answered", async () => {
    const asked = crowd(() => ask("select pg_sleep(0.4)"));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await ask(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    ).catch(() => {});
    expect((await asked).some(({ status }) => status === "rejected")).toBe(true);
    // Connections that rested are ended at the same time, and are known to be gone a moment later.
    await eventually(async () => expect(await ask("select 1")).toEqual([["1"]]));
  });

  it("fail alone when the network cuts them off, and the next ones are answered", async () => {
    const asked = crowd(() => ask("select pg_sleep(0.4)"));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await proxy.set("reset");
    expect((await asked).every(({ status }) => status === "rejected")).toBe(true);
    await proxy.set(null);
    expect(await ask("select 1")).toEqual([["1"]]);
  });

  it("that nobody waits for any more hold no connection, though the server says nothing", async () => {
    await crowd(() => ask("select 1"));
    await proxy.set("hang");
    await crowd(() => ask("select 1", AbortSignal.timeout(200)));
    await proxy.set(null);
    expect(await ask("select 1", AbortSignal.timeout(2000))).toEqual([["1"]]);
  });
});
