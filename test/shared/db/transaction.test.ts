import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { patience } from "../../../shared/db/patience.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { createTransact, type Transact } from "../../../shared/db/transaction.ts";
import { CommitUnknownError, isContention, isDatabaseUnavailable } from "../../../shared/db/unavailable.ts";
import { BACKENDS, type OpenDatabase, openTestDatabase } from "../../support/database.ts";
import { FAULTS, type FaultProxy, startFaultProxy } from "../../support/fault-proxy.ts";

const DEADLINE_MS = 600;
/** What a transaction may take from its call to its failure. */
const WITHIN_MS = 4 * DEADLINE_MS + 1500;

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error("it was not expected to succeed");
    },
    (error: unknown) => error,
  );
}

describe.each(BACKENDS)("a transaction over a bad network, on $backend", ({ backend, skipped }) => {
  if (skipped !== undefined) {
    it.skip(`cannot be tried: ${skipped}`);
    return;
  }
  let database: OpenDatabase;
  let proxy: FaultProxy;
  let transact: Transact;
  const add = (key: string) => sql`insert into idempotency_keys (actor_id, key, request_hash, created_at)
    values ('somebody', ${key}, 'hash', now())`;
  const keys = async () =>
    (
      await readRows(
        database.db,
        sql`select key from idempotency_keys order by key`,
        z.object({ key: z.string() }),
      )
    ).map(({ key }) => key);

  beforeAll(async () => {
    database = await openTestDatabase(backend, { idleTransactionMs: 0.625 * DEADLINE_MS });
    proxy = await startFaultProxy(database.endpoint, { delay_ms: 1000 });
    transact = createTransact(database.url, proxy.via(database.endpoint), patience(DEADLINE_MS));
  }, 60_000);
  afterEach(async () => {
    await proxy.set(null);
    await database.empty();
  });
  afterAll(async () => {
    await proxy.close();
    await database.close();
  });

  it.each(FAULTS.filter((fault) => fault !== "lose-commit"))(
    "that meets %s before or in the midst of it fails in time, as one that could not be asked, and leaves nothing",
    async (fault) => {
      const start = Date.now();
      const inTheMidst = failureOf(
        transact(async (tx) => {
          await tx.execute(add("first"));
          await proxy.set(fault);
          await tx.execute(add("second"));
        }),
      );
      expect(await inTheMidst).toSatisfy(isDatabaseUnavailable);
      expect(await failureOf(transact((tx) => tx.execute(add("late"))))).toSatisfy(isDatabaseUnavailable);
      expect(Date.now() - start).toBeLessThan(2 * WITHIN_MS);
      await proxy.set(null);
      await transact((tx) => tx.execute(add("afterwards")));
      expect(await keys()).toEqual(["afterwards"]);
    },
  );

  it("whose COMMIT is not answered says that it may stand, and does not run again", async () => {
    let runs = 0;
    const failure = await failureOf(
      transact(async (tx) => {
        runs += 1;
        await tx.execute(add("kept"));
        await proxy.set("lose-commit");
      }),
    );
    expect(failure).toBeInstanceOf(CommitUnknownError);
    expect(runs).toBe(1);
    await proxy.set(null);
    expect(await keys()).toEqual(["kept"]);
  });

  it("that falls into a black hole keeps its row for no longer than a transaction may stand idle", async () => {
    await transact((tx) => tx.execute(add("row")));
    const lock = sql`update idempotency_keys set request_hash = 'other' where key = 'row'`;
    const lost = failureOf(
      transact(async (tx) => {
        await tx.execute(lock);
        await proxy.set("swallow");
        await tx.execute(sql`select 1`);
      }),
    );
    expect(await lost).toSatisfy(isDatabaseUnavailable);
    await proxy.set(null);
    await transact((tx) => tx.execute(lock));
  });

  it("keeps what its work decided, and what Postgres refused", async () => {
    expect(await failureOf(transact(() => Promise.reject(new TypeError("mine"))))).toBeInstanceOf(TypeError);
    expect(await failureOf(transact((tx) => tx.execute(sql`select 1/0`)))).not.toSatisfy(
      isDatabaseUnavailable,
    );
  });

  it("reads the formats that the code expects, whatever the database has set", async () => {
    const Formats = z.object({ at: z.string(), span: z.string(), bytes: z.string() });
    const asked = sql`select '2026-11-21T07:58:38Z'::timestamptz::text as at, '36 hours'::interval::text as span,
      '\\x00ff'::bytea::text as bytes`;
    const [row] = await transact((tx) => readRows(tx, asked, Formats));
    expect(row?.at).toMatch(/^2026-11-21 /);
    expect(row).toMatchObject({ span: "36:00:00", bytes: "\\x00ff" });
  });
});

const postgres = BACKENDS.find(({ backend }) => backend === "postgres");

describe.skipIf(postgres?.skipped !== undefined)("transactions that meet each other, on postgres", () => {
  let database: OpenDatabase;
  let transact: Transact;
  const change = (key: string) =>
    sql`update idempotency_keys set request_hash = request_hash || 'x' where key = ${key}`;
  beforeAll(async () => {
    database = await openTestDatabase("postgres");
    transact = createTransact(database.url, database.endpoint, patience(5000));
    await database.db.execute(sql`insert into idempotency_keys (actor_id, key, request_hash, created_at)
      values ('somebody', 'a', '', now()), ('somebody', 'b', '', now())`);
  }, 60_000);
  afterAll(() => database.close());

  it("and lock each other out both succeed: the one that Postgres chose runs again", async () => {
    const meeting = Promise.withResolvers<void>();
    let arrived = 0;
    const both = [
      ["a", "b"],
      ["b", "a"],
    ].map(([first = "", second = ""]) =>
      transact(async (tx) => {
        await tx.execute(change(first));
        arrived += 1;
        if (arrived === 2) meeting.resolve();
        await meeting.promise;
        await tx.execute(change(second));
      }),
    );
    await Promise.all(both);
    expect(arrived).toBeGreaterThan(2);
    const rows = await readRows(
      database.db,
      sql`select length(request_hash)::int as changes from idempotency_keys`,
      z.object({ changes: z.number() }),
    );
    expect(rows).toEqual([{ changes: 2 }, { changes: 2 }]);
  });

  it("and wait too long for a row give up, as with a database that cannot serve just now", async () => {
    const held = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const holder = createTransact(
      database.url,
      database.endpoint,
    )(async (tx) => {
      await tx.execute(change("a"));
      held.resolve();
      await release.promise;
    });
    await held.promise;
    const impatient = createTransact(database.url, database.endpoint, patience(400));
    const failure = await failureOf(impatient((tx) => tx.execute(change("a"))));
    expect(failure).toSatisfy(isContention);
    expect(failure).toSatisfy(isDatabaseUnavailable);
    release.resolve();
    await holder;
  });

  it("whose session is ended by an operator fail, as with a database that cannot serve just now", async () => {
    const failure = await failureOf(
      transact(async (tx) => {
        await tx.execute(sql`select pg_terminate_backend(pg_backend_pid())`);
      }),
    );
    expect(failure).toSatisfy(isDatabaseUnavailable);
  });
});
