import { once } from "node:events";
import { PGlite } from "@electric-sql/pglite";
import { NeonDbError, neon, neonConfig, Pool } from "@neondatabase/serverless";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/neon-http";
import { bigint, customType, jsonb, numeric, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { openPgliteBackend } from "../../../../scripts/local/neon-endpoint/pglite-backend.ts";
import { openPostgresBackend } from "../../../../scripts/local/neon-endpoint/postgres-backend.ts";
import { type NeonEndpoint, startNeonEndpoint } from "../../../../scripts/local/neon-endpoint/server.ts";
import { eventually } from "../../../support/eventually.ts";
import { createTestDatabase, type TestDatabase, whyNoPostgres } from "../../../support/postgres.ts";

const bytea = customType<{ data: Uint8Array; driverData: string }>({ dataType: () => "bytea" });
const things = pgTable("things", {
  id: bigint("id", { mode: "number" }).primaryKey(),
  amount: numeric("amount", { precision: 78, scale: 0 }),
  body: jsonb("body"),
  hash: bytea("hash"),
  at: timestamp("at", { withTimezone: true, mode: "string", precision: 3 }),
  tags: text("tags").array(),
  note: text("note"),
});
const CREATE = `create table things (id bigint primary key, amount numeric(78,0), body jsonb, hash bytea,
  at timestamptz(3), tags text[], note text constraint short check (length(note) < 40))`;

/** The driver's latest WebSocket, so that a test can cut it. */
let lastSocket: WebSocket | undefined;
class KnownSocket extends WebSocket {
  constructor(address: string) {
    super(address);
    lastSocket = this;
  }
}

interface Database {
  url: string;
  endpoint: NeonEndpoint;
  stop(): Promise<void>;
}

async function openPglite(): Promise<Database> {
  const endpoint = await startNeonEndpoint(await openPgliteBackend(await PGlite.create()));
  return { url: "postgres://local:local@127.0.0.1:1/postgres", endpoint, stop: endpoint.close };
}

async function openPostgres(): Promise<Database> {
  const database: TestDatabase = await createTestDatabase();
  const endpoint = await startNeonEndpoint(openPostgresBackend(database.url));
  return {
    url: database.url,
    endpoint,
    stop: async () => {
      await endpoint.close();
      await database.drop();
    },
  };
}

const noPostgres = await whyNoPostgres();

describe.each([
  { name: "PGlite", open: openPglite, skipped: undefined },
  {
    name: `PostgreSQL${noPostgres === undefined ? "" : `: skipped, ${noPostgres}`}`,
    open: openPostgres,
    skipped: noPostgres,
  },
])("Neon's protocol in front of $name", ({ open, skipped }) => {
  if (skipped !== undefined) {
    it.skip(skipped, () => {});
    return;
  }
  let database: Database;
  const connect = () => drizzle({ client: neon(database.url) });
  const openPool = () => {
    neonConfig.webSocketConstructor = KnownSocket;
    neonConfig.wsProxy = () => `${database.endpoint.url.replace("http://", "")}/v2`;
    neonConfig.useSecureWebSocket = false;
    neonConfig.forceDisablePgSSL = true;
    neonConfig.pipelineTLS = false;
    neonConfig.pipelineConnect = false;
    return new Pool({ connectionString: database.url, max: 1 });
  };

  beforeAll(async () => {
    database = await open();
    neonConfig.fetchEndpoint = `${database.endpoint.url}/sql`;
    // The plain driver, also where another file of this process has opened a database by the platform's client.
    neonConfig.fetchFunction = undefined;
    await connect().execute(sql.raw(CREATE));
  }, 60_000);
  beforeEach(() => connect().execute(sql`truncate things`));
  afterAll(() => database.stop());

  it("answers a single statement with its rows, its command and its count", async () => {
    const result = await neon(database.url, { fullResults: true })`select ${41}::int + 1 as answer`;
    expect(result).toMatchObject({ rows: [{ answer: 42 }], command: "SELECT", rowCount: 1 });
    expect(result.fields[0]).toMatchObject({ name: "answer", dataTypeID: 23 });
  });

  it("counts what a write without rows did", async () => {
    const result = await connect()
      .insert(things)
      .values([{ id: 1 }, { id: 2 }]);
    expect(result).toMatchObject({ command: "INSERT", rowCount: 2, rows: [] });
  });

  it("brings every type back as it went in", async () => {
    const row = {
      id: Number.MAX_SAFE_INTEGER,
      amount: "9".repeat(78),
      body: { a: [1, "two", null], quote: `"'\\` },
      hash: new Uint8Array([0, 1, 127, 128, 255]),
      at: "2026-02-28T23:59:59.123Z",
      tags: ["plain", "with, comma", '"quoted"', "null", ""],
      note: "naïve 🙂 \\x41",
    };
    await connect().insert(things).values(row);
    const [stored] = await connect().select().from(things);
    expect({
      ...stored,
      at: new Date(stored?.at ?? 0).toISOString(),
      hash: [...(stored?.hash ?? [])],
    }).toEqual({
      ...row,
      hash: [...row.hash],
    });
  });

  it("keeps null apart from empty text", async () => {
    await connect()
      .insert(things)
      .values([{ id: 1, note: "" }, { id: 2 }]);
    const rows = await connect().select({ note: things.note }).from(things).orderBy(things.id);
    expect(rows).toEqual([{ note: "" }, { note: null }]);
  });

  it("takes whole columns as arrays", async () => {
    const ids = Array.from({ length: 2_000 }, (_, index) => index);
    const notes = ids.map((id) => (id % 2 === 0 ? null : `note, "${id}"`));
    await neon(
      database.url,
    )`insert into things (id, note) select * from unnest(${ids}::bigint[], ${notes}::text[])`;
    const [row] = await neon(
      database.url,
    )`select count(*)::int as all, count(note)::int as noted from things`;
    expect(row).toEqual({ all: 2_000, noted: 1_000 });
  });

  it("gives the fields of an error of Postgres", async () => {
    await connect().insert(things).values({ id: 1 });
    const failed = neon(database.url)`insert into things (id) values (1)`;
    await expect(failed).rejects.toBeInstanceOf(NeonDbError);
    await expect(failed).rejects.toMatchObject({
      code: "23505",
      severity: "ERROR",
      table: "things",
      constraint: "things_pkey",
      detail: "Key (id)=(1) already exists.",
      message: 'duplicate key value violates unique constraint "things_pkey"',
    });
  });

  it("points at the place of a mistake and goes on with the next statement", async () => {
    await expect(neon(database.url).query("select * from nowhere")).rejects.toMatchObject({
      code: "42P01",
      position: "15",
    });
    expect(await neon(database.url)`select 1 as one`).toEqual([{ one: 1 }]);
  });

  it("refuses two statements in one", async () => {
    await expect(neon(database.url).query("select 1; select 2")).rejects.toMatchObject({ code: "42601" });
  });

  it("applies a batch whole", async () => {
    const db = connect();
    const [, , rows] = await db.batch([
      db.insert(things).values({ id: 1 }),
      db.insert(things).values({ id: 2 }),
      db.select({ id: things.id }).from(things).orderBy(things.id),
    ]);
    expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it("applies nothing of a batch whose second statement fails", async () => {
    const db = connect();
    const batch = db.batch([db.insert(things).values({ id: 1 }), db.insert(things).values({ id: 1 })]);
    await expect(batch).rejects.toMatchObject({ code: "23505" });
    expect(await db.select().from(things)).toEqual([]);
  });

  it("opens a batch as its headers say", async () => {
    const query = neon(database.url);
    const [rows] = await query.transaction(
      [
        query`select current_setting('transaction_isolation') as level, current_setting('transaction_read_only') as ro`,
      ],
      { isolationLevel: "Serializable", readOnly: true },
    );
    expect(rows).toEqual([{ level: "serializable", ro: "on" }]);
    const writing = query.transaction([query`insert into things (id) values (1)`], { readOnly: true });
    await expect(writing).rejects.toMatchObject({ code: "25006" });
  });

  it("answers fifty callers at once, each with its own answer", async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const [row] = await neon(database.url)`select ${index}::int as mine, pg_sleep(0.002)`;
        return row?.mine;
      }),
    );
    expect(answers).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  it("lets a transaction over the WebSocket read and then write", async () => {
    const pool = openPool();
    try {
      const client = await pool.connect();
      await client.query("begin");
      await client.query("insert into things (id, note) values ($1, $2)", [1, "first"]);
      const { rows } = await client.query("select count(*)::int as n from things");
      await client.query("update things set note = $1 where id = 1", [`saw ${rows[0].n}`]);
      await client.query("commit");
      client.release();
    } finally {
      await pool.end();
    }
    expect(await connect().select({ note: things.note }).from(things)).toEqual([{ note: "saw 1" }]);
  });

  it("keeps a failed transaction over the WebSocket usable after its rollback", async () => {
    const pool = openPool();
    try {
      const client = await pool.connect();
      await client.query("begin");
      await expect(client.query("select 1 / 0")).rejects.toMatchObject({ code: "22012" });
      await expect(client.query("select 1")).rejects.toMatchObject({ code: "25P02" });
      await client.query("rollback");
      expect((await client.query("select 7 as n")).rows).toEqual([{ n: 7 }]);
      client.release();
    } finally {
      await pool.end();
    }
  });

  it("serves other callers again when a client dies inside its transaction, and keeps nothing of it", async () => {
    const pool = openPool();
    pool.on("error", () => {});
    const client = await pool.connect();
    client.on("error", () => {});
    await client.query("begin");
    await client.query("insert into things (id) values (1)");
    lastSocket?.terminate();
    expect(await connect().select().from(things)).toEqual([]);
    client.release(true);
    await pool.end();
  });

  it("cannot be asked while it is paused, and answers again afterwards", async () => {
    await database.endpoint.pause();
    await expect(neon(database.url)`select 1`).rejects.toThrow(/connecting to database/i);
    await database.endpoint.resume();
    await eventually(async () => expect(await neon(database.url)`select 1 as one`).toEqual([{ one: 1 }]));
  });

  it("refuses what comes from a web page", async () => {
    const post = (headers: Record<string, string>) =>
      fetch(`${database.endpoint.url}/sql`, { method: "POST", headers, body: '{"query":"select 1"}' });
    expect((await post({ origin: "https://elsewhere.test" })).status).toBe(403);
    expect((await post({})).status).toBe(200);
  });

  it("answers nobody who does not know the secret in its address", async () => {
    const { origin } = new URL(database.endpoint.url);
    for (const path of ["/sql", "/guessed/sql"]) {
      const answer = await fetch(origin + path, { method: "POST", body: '{"query":"select 1"}' });
      expect(answer.status).toBe(403);
    }
    const socket = new WebSocket(`${origin.replace("http", "ws")}/v2`);
    await expect(once(socket, "open")).rejects.toThrow("404");
  });

  it("says what is wrong with a body that is no statement", async () => {
    const response = await fetch(`${database.endpoint.url}/sql`, { method: "POST", body: "not json" });
    expect([response.status, await response.json()]).toEqual([
      400,
      { message: "the body is not JSON", code: "08P01" },
    ]);
  });
});
