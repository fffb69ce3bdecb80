import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { redactLog } from "../../../shared/audit/redact-log.ts";
import { verifyChain } from "../../../shared/audit/verify-chain.ts";
import { audit_log } from "../../../shared/db/schema/index.ts";
import { testCtx } from "../../support/ctx.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";

const SECRET = "https://hooks.slack.example/services/T0/B0/secret";

describeOnEachBackend("addresses in the audit log", (backend) => {
  const record = (after: Record<string, unknown>) =>
    backend.transact((tx) =>
      recordAudit(tx, testCtx(), {
        action: "webhook.created",
        target: { type: "webhook", id: "whk_1" },
        after,
      }),
    );
  /** As an earlier version wrote it. */
  const recordWhole = (url: string) =>
    backend.db.execute(
      sql`insert into audit_log (id, at, actor_type, action, target_type, trace_id, after)
          values ('aud_' || gen_random_uuid(), now(), 'user', 'webhook.created', 'webhook', 't',
            jsonb_build_object('url', ${url}::text, 'price', 1.50))`,
    );
  const redact = () => redactLog(backend.db, backend.transact, testCtx());
  const stored = async () => JSON.stringify(await backend.db.select().from(audit_log));

  test("are written without what they open", async () => {
    await record({ url: SECRET, note: `moved from ${SECRET}` });
    expect(await stored()).not.toContain("services");
    expect(await backend.db.select().from(audit_log)).toMatchObject([
      { after: { url: "https://hooks.slack.example", note: "moved from https://hooks.slack.example" } },
    ]);
  });

  test("that were written before are taken out; the chain holds, with a head from before, and says how many", async () => {
    await record({ status: "active" });
    await recordWhole(SECRET);
    await recordWhole("https://plain.example");
    const { head } = await verifyChain(backend.db);
    expect(await redact()).toBe(1);
    expect(await stored()).not.toContain("services");
    expect(await verifyChain(backend.db, head)).toMatchObject({ ok: true, rows: 4, redacted: 1 });
    expect((await backend.db.select().from(audit_log)).at(-1)).toMatchObject({
      action: "audit.redacted",
      after: { rows: [{ seq: 2 }] },
    });
    // Again there is nothing to do, and the log stays closed to everybody else.
    expect(await redact()).toBe(0);
    await expect(backend.db.execute(sql`update audit_log set action = 'x'`)).rejects.toThrow();
  });

  test("a redaction vouches for what it left, and for nothing that is changed afterwards", async () => {
    await recordWhole(SECRET);
    await redact();
    await backend.db.batch([
      backend.db.execute(sql`alter table audit_log disable trigger user`),
      backend.db.execute(sql`update audit_log set actor_id = 'usr_x' where seq = 1`),
      backend.db.execute(sql`alter table audit_log enable trigger user`),
    ]);
    expect(await verifyChain(backend.db)).toMatchObject({ ok: false, broken: { seq: 1, reason: "changed" } });
  });
});
