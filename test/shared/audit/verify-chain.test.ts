import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { verifyChain } from "../../../shared/audit/verify-chain.ts";
import { audit_log } from "../../../shared/db/schema/index.ts";
import { testCtx } from "../../support/ctx.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";

const ZEROS = "0".repeat(64);

describeOnEachBackend("a check of the audit log", (backend) => {
  const write = (count: number) =>
    backend.transact(async (tx) => {
      for (let n = 1; n <= count; n++)
        await recordAudit(tx, testCtx(), {
          action: "user.role_changed",
          target: { type: "user", id: `usr_${n}` },
          before: { role: "viewer", note: 'ünïcode "quoted" \u2028' },
          after: { role: "admin", limits: [1, 2.5, null] },
        });
    });
  /** As somebody does who may do everything in the database. */
  const tamper = (statement: ReturnType<typeof sql>) =>
    backend.db.batch([
      backend.db.execute(sql`set local session_replication_role = replica`),
      backend.db.execute(statement),
    ]);
  const check = (expected?: Parameters<typeof verifyChain>[1]) => verifyChain(backend.db, expected);
  const hashOf = async (seq: number) =>
    (await backend.db.select().from(audit_log)).find((row) => row.seq === seq)?.hash ?? "";

  test("finds nothing in an empty log, nor in one that was only written to", async () => {
    expect(await check()).toEqual({
      ok: true,
      rows: 0,
      redacted: 0,
      head: { seq: 0, hash: ZEROS },
      broken: null,
    });
    await write(5);
    const head = { seq: 5, hash: await hashOf(5) };
    expect(await check()).toEqual({ ok: true, rows: 5, redacted: 0, head, broken: null });
    await write(2);
    expect(await check(head)).toMatchObject({ ok: true, rows: 7 });
  });

  test.each([
    ["its action", sql`update audit_log set action = 'user.created' where seq = 3`],
    ["who did it", sql`update audit_log set actor_id = 'usr_x' where seq = 3`],
    ["when", sql`update audit_log set at = at + interval '1 millisecond' where seq = 3`],
    ["its values", sql`update audit_log set after = jsonb_set(after, '{limits,0}', '2') where seq = 3`],
    ["its hash", sql`update audit_log set hash = repeat('a', 64) where seq = 3`],
    ["a value that is gone", sql`update audit_log set ip = null where seq = 3`],
  ])("finds a row that was changed behind the triggers' back: %s", async (_what, statement) => {
    await write(5);
    await tamper(statement);
    expect(await check()).toEqual({
      ok: false,
      rows: 2,
      redacted: 0,
      head: { seq: 2, hash: await hashOf(2) },
      broken: { seq: 3, reason: "changed" },
    });
  });

  test("finds a row that was changed and given its new hash, by the row after it", async () => {
    await write(5);
    await tamper(sql`update audit_log set action = 'x' where seq = 3`);
    await tamper(
      sql`update audit_log set hash =
            encode(sha256(convert_to(prev_hash || chr(10) || audit_content(audit_log), 'UTF8')), 'hex') where seq = 3`,
    );
    expect((await check()).broken).toEqual({ seq: 4, reason: "unchained" });
  });

  test.each([1, 3])("finds that row %i was removed", async (seq) => {
    await write(5);
    await tamper(sql`delete from audit_log where seq = ${seq}`);
    expect(await check()).toMatchObject({ ok: false, rows: seq - 1, broken: { seq, reason: "missing" } });
  });

  test("finds by a head that was kept that the end was cut off, or written anew", async () => {
    await write(5);
    const head = { seq: 5, hash: await hashOf(5) };
    await tamper(sql`delete from audit_log where seq > 3`);
    expect((await check()).ok).toBe(true);
    expect((await check(head)).broken).toEqual({ seq: 4, reason: "cut_off" });
    // Others in their place, with good hashes of their own.
    await backend.transact((tx) =>
      recordAudit(tx, testCtx(), { action: "user.other", target: { type: "user", id: null } }),
    );
    await write(2);
    expect(await check()).toMatchObject({ ok: true, rows: 6 });
    expect(await check(head)).toMatchObject({ ok: false, rows: 4, broken: { seq: 5, reason: "rewritten" } });
  });

  test("goes on over more rows than it reads at once", async () => {
    await backend.db.execute(
      sql`insert into audit_log (id, at, actor_type, action, target_type, trace_id)
          select 'aud_' || n, now(), 'system', 'job.ran', 'job', 't' from generate_series(1, 2300) n`,
    );
    expect(await check()).toMatchObject({ ok: true, rows: 2300 });
    await tamper(sql`update audit_log set ip = '::1' where seq = 2299`);
    expect((await check()).broken).toEqual({ seq: 2299, reason: "changed" });
  }, 60_000);
});
