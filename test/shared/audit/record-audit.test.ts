import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { audit_log } from "../../../shared/db/schema/index.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";

const ctx = {
  actor: { type: "system", job: "test" } as const,
  client: { ip: "192.0.2.1", user_agent: null },
  now: () => 1_700_000_000_000,
  trace: { trace_id: "a".repeat(32), span_id: "b".repeat(16), sampled: true },
};

describeOnEachBackend("the audit log", (backend) => {
  const record = (action: string) =>
    backend.transact((tx) => recordAudit(tx, ctx, { action, target: { type: "user", id: "usr_1" } }));

  test("each row is chained to the one before, without a hole, also when many are written at once", async () => {
    await Promise.all(Array.from({ length: 8 }, (_, i) => record(`user.changed_${i}`)));
    const rows = await backend.db.select().from(audit_log).orderBy(audit_log.seq);
    expect(rows.map((row) => row.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(rows.map((row) => row.prev_hash)).toEqual([
      "0".repeat(64),
      ...rows.slice(0, -1).map((row) => row.hash),
    ]);
  });

  test("a row cannot be changed, removed or swept away", async () => {
    await record("user.created");
    await expect(backend.db.execute(sql`update audit_log set action = 'x'`)).rejects.toThrow();
    await expect(backend.db.execute(sql`delete from audit_log`)).rejects.toThrow();
    await expect(backend.db.execute(sql`truncate audit_log`)).rejects.toThrow();
    expect(await backend.db.select().from(audit_log)).toHaveLength(1);
  });

  test("nothing is written where the transaction fails", async () => {
    await expect(
      backend.transact(async (tx) => {
        await recordAudit(tx, ctx, { action: "user.created", target: { type: "user", id: null } });
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(await backend.db.select().from(audit_log)).toHaveLength(0);
  });
});
