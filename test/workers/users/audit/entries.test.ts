import { parse } from "csv-parse/sync";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { recordAudit } from "../../../../shared/audit/record-audit.ts";
import { exportEntries } from "../../../../workers/users/audit/export-entries.ts";
import { readEntries } from "../../../../workers/users/audit/read-entries.ts";
import { AuditEntry } from "../../../../workers/users/audit/schema.ts";
import { testCtx } from "../../../support/ctx.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const DAY = 86_400_000;

describeOnEachBackend("the audit log's entries", (backend) => {
  /** One row a day. */
  const write = async (
    ...rows: { action: string; actor?: string; target?: string; trace?: string; agent?: string }[]
  ) => {
    for (const [day, row] of rows.entries())
      await backend.transact((tx) =>
        recordAudit(
          tx,
          testCtx({
            now: () => START + day * DAY,
            trace: { trace_id: row.trace ?? "t".repeat(32), span_id: "b".repeat(16), sampled: true },
            client: { ip: "192.0.2.1", user_agent: row.agent ?? null },
          }),
          {
            action: row.action,
            actor: { type: "user", id: row.actor ?? "usr_1" },
            target: { type: row.action.split(".")[0] ?? "", id: row.target ?? null },
            after: { role: "admin" },
          },
        ),
      );
  };
  const list = async (query: Partial<Parameters<typeof readEntries>[1]> = {}) =>
    (await readEntries(backend.db, { limit: 50, ...query })).data.map(({ seq }) => seq);
  const ctx = () =>
    testCtx({
      db: backend.db,
      transact: backend.transact,
      actor: { type: "system", job: "test" },
      now: () => START,
    });

  test("are told newest first, as they were written", async () => {
    await write({ action: "user.created", target: "usr_9" }, { action: "group.created" });
    const { data, next_cursor } = await readEntries(backend.db, { limit: 50 });
    expect(next_cursor).toBeNull();
    expect(data.map(({ seq }) => seq)).toEqual([2, 1]);
    expect(AuditEntry.parse(data[1])).toMatchObject({
      at: "2026-01-01T00:00:00.000Z",
      actor: { type: "user", id: "usr_1" },
      action: "user.created",
      target: { type: "user", id: "usr_9" },
      before: null,
      after: { role: "admin" },
      ip: "192.0.2.1",
      prev_hash: "0".repeat(64),
    });
  });

  test("pass each filter, and several together", async () => {
    await write(
      { action: "user.created", actor: "usr_a", target: "usr_b" },
      { action: "user.role_changed", actor: "usr_b", trace: "c".repeat(32) },
      { action: "users.exported", actor: "usr_a" },
      { action: "group.created", actor: "usr_a", target: "grp_1" },
    );
    expect(await list({ actor: "usr_a" })).toEqual([4, 3, 1]);
    expect(await list({ action: "user.created" })).toEqual([1]);
    expect(await list({ action: "user.*" })).toEqual([2, 1]);
    expect(await list({ action: "user" })).toEqual([]);
    expect(await list({ target_type: "group" })).toEqual([4]);
    expect(await list({ target_id: "usr_b" })).toEqual([1]);
    expect(await list({ trace_id: "c".repeat(32) })).toEqual([2]);
    expect(await list({ from: "2026-01-02", to: "2026-01-04T00:00:00Z" })).toEqual([3, 2]);
    expect(await list({ actor: "usr_a", action: "user.*" })).toEqual([1]);
    await expect(list({ from: "2026-01-04", to: "2026-01-02" })).rejects.toThrow(
      "to must be later than from",
    );
  });

  test("come in pages without a gap or a double, also while new ones are written", async () => {
    await write(...Array.from({ length: 5 }, () => ({ action: "user.created" })));
    const first = await readEntries(backend.db, { limit: 2 });
    await write({ action: "user.created" });
    const second = await readEntries(backend.db, { limit: 2, cursor: first.next_cursor ?? "" });
    const third = await readEntries(backend.db, { limit: 2, cursor: second.next_cursor ?? "" });
    expect([first, second, third].flatMap(({ data }) => data.map(({ seq }) => seq))).toEqual([5, 4, 3, 2, 1]);
    expect(third.next_cursor).toBeNull();
    await expect(
      readEntries(backend.db, { limit: 2, action: "user.*", cursor: first.next_cursor ?? "" }),
    ).rejects.toThrow("belongs to a list with other filters");
  });

  test("are exported oldest first, more than are read at once, and the export is the last entry of its file", async () => {
    await backend.db.execute(
      sql`insert into audit_log (id, at, actor_type, action, target_type, trace_id)
          select 'aud_' || n, now(), 'system', 'job.ran', 'job', 't' from generate_series(1, 1500) n`,
    );
    const stream = await exportEntries(ctx(), { format: "ndjson" });
    // Written while it is read: not part of it.
    await write({ action: "user.created" });
    const lines = (await new Response(stream).text()).trimEnd().split("\n");
    const entries = lines.map((line) => AuditEntry.parse(JSON.parse(line)));
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 1501 }, (_, n) => n + 1));
    expect(entries.at(-1)).toMatchObject({
      action: "audit.exported",
      actor: { type: "system", id: "test" },
      after: { format: "ndjson" },
    });
  });

  test("are exported as CSV that a spreadsheet does not run, by the same filters", async () => {
    await write({ action: "user.created", agent: '=cmd|"x"' }, { action: "group.created" });
    const text = await new Response(await exportEntries(ctx(), { format: "csv", action: "user.*" })).text();
    const rows: Record<string, string>[] = parse(text, { columns: true });
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      seq: "1",
      at: "2026-01-01T00:00:00.000Z",
      actor_id: "usr_1",
      target_id: "",
      before: "",
      after: '{"role":"admin"}',
      user_agent: '\'=cmd|"x"',
    });
    expect((await readEntries(backend.db, { limit: 1 })).data[0]?.after).toEqual({
      format: "csv",
      action: "user.*",
    });
  });

  test("a filter that nothing passes makes a file without entries, and one that is none makes neither file nor entry", async () => {
    expect(await new Response(await exportEntries(ctx(), { format: "ndjson", actor: "usr_x" })).text()).toBe(
      "",
    );
    await expect(exportEntries(ctx(), { format: "ndjson", from: "soon" })).rejects.toThrow("from");
    expect(await list()).toEqual([1]);
  });
});
