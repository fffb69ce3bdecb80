import type { PGlite } from "@electric-sql/pglite";
import { Client } from "@neondatabase/serverless";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../../../scripts/local/neon-endpoint/backend.ts";
import { openPgliteBackend } from "../../../../scripts/local/neon-endpoint/pglite-backend.ts";
import { guardText } from "../../../../scripts/local/neon-endpoint/pglite-guard.ts";
import { confine } from "../../../../scripts/local/neon-endpoint/pglite-role.ts";
import { type NeonEndpoint, startNeonEndpoint } from "../../../../scripts/local/neon-endpoint/server.ts";
import { MIGRATIONS } from "../../../../scripts/local/paths.ts";
import { openMemoryDatabase } from "../../../../scripts/local/pglite-database.ts";

describe("a client of the embedded database", () => {
  let db: PGlite;
  let backend: Backend;
  let endpoint: NeonEndpoint;
  const overHttp = (query: string) =>
    backend.run([{ query, params: [] }], undefined, new AbortController().signal);
  async function overSocket(query: string) {
    const client = new Client("postgres://local:local@127.0.0.1/postgres");
    client.neonConfig.wsProxy = () => `${endpoint.url.replace("http://", "")}/v2`;
    client.neonConfig.useSecureWebSocket = false;
    client.neonConfig.pipelineConnect = false;
    client.on("error", () => {});
    await client.connect();
    try {
      return await client.query(query);
    } finally {
      client.connection.stream.destroy();
    }
  }
  const who = async () =>
    (await overHttp("select current_user, session_user, current_setting('is_superuser')"))[0]?.rows;

  beforeAll(async () => {
    db = await openMemoryDatabase(MIGRATIONS);
    await confine(db);
    backend = await openPgliteBackend(db);
    endpoint = await startNeonEndpoint(backend);
  }, 60_000);
  afterAll(() => endpoint.close());

  it("reads and writes rows", async () => {
    await overHttp(
      "insert into audit_log (id, at, actor_type, action, target_type, trace_id) select 'a', now(), 'system', 'job.ran', 'job', 't'",
    );
    expect((await overHttp("select count(*) from audit_log"))[0]?.rows).toEqual([["1"]]);
    await expect(overHttp("delete from audit_log")).rejects.toThrow();
  });

  it.each([
    "copy collections to program 'true'",
    "copy collections to '/tmp/collections'",
    "select pg_read_file('PG_VERSION')",
    "select lo_import('PG_VERSION')",
    "create table mine (n int)",
    "create temp table mine (n int)",
    "create function pg_temp.escape() returns int language sql set role = postgres as 'select 1'",
    "do $$ begin execute 'reset role'; end $$",
    "alter role xsema superuser",
    "select set_config('ro' || 'le', 'postgres', false)",
    "select query_to_xml('select set_config(''role'', ''postgres'', false)', true, false, '')",
    "update pg_settings set setting = 'postgres' where name = 'role'",
    "select pg_terminate_backend(pg_backend_pid())",
    "set role postgres",
    "set session authorization postgres",
    'set local "session_authorization" = postgres',
    'set U&"r\\006fle" = postgres',
    "reset session authorization",
    "RESET ROLE",
    "select 1; reset role",
    "-- a remark\nreset role",
    "/* a remark */ reset role",
    "select 'it''s; fine'; reset role",
    "select $x$ ' $x$; reset role",
    "discard all",
    "set idle_session_timeout = 1",
    "set local idle_in_transaction_session_timeout to '1ms'",
  ])("is refused: %s", async (statement) => {
    await expect(overHttp(statement)).rejects.toThrow();
    await expect(overSocket(statement)).rejects.toThrow();
    expect(await who()).toEqual([["xsema", "xsema", "off"]]);
  });

  it("gets what stands in strings and columns through untouched", () => {
    const text = "update webhooks set role = 'reset role; set role x' where note = $1";
    expect(guardText(text)).toBe(text);
    expect(guardText("select 1; select '; reset role' -- done")).toBe(
      "select 1; select '; reset role' -- done",
    );
  });

  it("does not end the database by falling silent in a transaction", async () => {
    await overSocket("begin; set local idle_in_transaction_session_timeout = 1; select 1");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await who()).toEqual([["xsema", "xsema", "off"]]);
  });
});
