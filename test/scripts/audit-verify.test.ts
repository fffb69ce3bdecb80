import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { redactAudit } from "../../scripts/commands/audit-redact.ts";
import { verifyAudit } from "../../scripts/commands/audit-verify.ts";
import type { Command } from "../../scripts/local/command.ts";
import { lockDataDir } from "../../scripts/local/data-lock.ts";
import { MIGRATIONS } from "../../scripts/local/paths.ts";
import { openFolderDatabase } from "../../scripts/local/pglite-database.ts";
import { withDatabase } from "../../scripts/local/read-database.ts";
import { verifyChain } from "../../shared/audit/verify-chain.ts";
import { runCommand, runScript } from "../support/command.ts";

const run = async (args: string[], env: Record<string, string>, command: Command = verifyAudit) => {
  const { code, out, errors } = await runCommand(command, args, { env });
  return { code, shown: out + errors };
};

describe("npm run audit:verify", () => {
  let folder: string;
  let env: { DATA_DIR: string };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "xsema-audit-"));
    env = { DATA_DIR: folder };
    const made = await openFolderDatabase(join(folder, "postgres"), MIGRATIONS);
    await made.exec(`insert into audit_log (id, at, actor_type, action, target_type, trace_id)
      select 'aud_' || n, now(), 'system', 'job.ran', 'job', 't' from generate_series(1, 4) n`);
    await made.close();
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true }));

  const tamper = (statement: string) =>
    withDatabase(env, (db) =>
      db.batch([
        db.execute(sql`alter table audit_log disable trigger user`),
        db.execute(sql.raw(statement)),
        db.execute(sql`alter table audit_log enable trigger user`),
      ]),
    );

  test("ends with 0 for a log that holds, and prints the head that finds a later cut", async () => {
    const { code, shown } = await run([], env);
    expect([code, shown]).toEqual([
      0,
      expect.stringMatching(/^The audit log holds: 4 rows\.\nKeep .*: 4:[0-9a-f]{64}\n$/),
    ]);
    const [head = ""] = /4:[0-9a-f]{64}/.exec(shown) ?? [];
    expect(await withDatabase(env, (db) => verifyChain(db))).toMatchObject({
      head: { seq: 4, hash: head.slice(2) },
    });
    expect((await run(["--expect-head", head], env)).code).toBe(0);
    await tamper("delete from audit_log where seq > 2");
    expect((await run([], env)).code).toBe(0);
    const cut = await run(["--expect-head", head], env);
    expect([cut.code, cut.shown]).toEqual([
      2,
      expect.stringContaining("broken at row 3: the log ends before"),
    ]);
  }, 60_000);

  test("says how many rows npm run audit:redact has redacted, which leaves the log as it holds", async () => {
    await withDatabase(env, (db) =>
      db.execute(sql`insert into audit_log (id, at, actor_type, action, target_type, trace_id, after)
        values ('aud_x', now(), 'user', 'webhook.created', 'webhook', 't', '{"url":"https://a.example/secret"}')`),
    );
    const redacted = await run([], env, redactAudit);
    expect([redacted.code, redacted.shown]).toEqual([0, expect.stringMatching(/^Redacted 1 row;/)]);
    const verified = await run([], env);
    expect([verified.code, verified.shown]).toEqual([0, expect.stringContaining("Of them 1 were redacted")]);
  }, 60_000);

  test("ends with 2 for a log that was tampered with", async () => {
    await tamper("update audit_log set action = 'x' where seq = 1");
    expect(await runScript("audit-verify.ts", [], { env })).toEqual({
      code: 2,
      out: "",
      errors: "The audit log is broken at row 1: the row is not what was written. Rows before it hold: 0.\n",
    });
  }, 60_000);

  test("npm run audit:redact ends with 1 and how it is called for what it does not know", async () => {
    const { code, errors } = await runScript("audit-redact.ts", ["--all"], { env });
    expect([code, errors]).toEqual([1, expect.stringContaining("npm run audit:redact")]);
  }, 60_000);

  test("ends with 1 and one message for what it cannot read", async () => {
    expect(await run(["--expect-head", "x"], env)).toMatchObject({
      code: 1,
      shown: expect.stringContaining("64 hex digits"),
    });
    expect(await run(["--head"], env)).toMatchObject({
      code: 1,
      shown: expect.stringContaining("npm run audit:verify"),
    });
    expect(await run([], { DATA_DIR: join(folder, "none") })).toMatchObject({
      code: 1,
      shown: expect.stringMatching(/^There is no database in .*none/),
    });
    const unlock = await lockDataDir(folder);
    expect((await run([], env)).code).toBe(1);
    await unlock();
  }, 60_000);
});
