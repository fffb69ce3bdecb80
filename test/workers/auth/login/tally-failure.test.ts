import { sql } from "drizzle-orm";
import { describe, expect, it, test } from "vitest";
import { z } from "zod";
import { verifyChain } from "../../../../shared/audit/verify-chain.ts";
import { emailKey } from "../../../../shared/auth/email-key.ts";
import { readRows } from "../../../../shared/db/rows.ts";
import { createLog } from "../../../../shared/platform/log.ts";
import { recordFailure } from "../../../../workers/auth/login/record-failure.ts";
import { rowsFor } from "../../../../workers/auth/login/tally-failure.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";
import { loginApp } from "../../../support/login-app.ts";

const ANN = "ann@example.org";
const Row = z.object({ action: z.string(), after: z.record(z.string(), z.unknown()) });
const readAudit = (backend: Backend) =>
  readRows(backend.db, sql`select action, after from audit_log order by seq`, Row);

describe("rows for failures", () => {
  test("stand together for every failure up to the last of them, and grow by doubling", () => {
    let counted = 0;
    const written: number[] = [];
    for (let nth = 1; nth <= 1000; nth++) {
      const stands_for = rowsFor(nth);
      if (stands_for === 0) continue;
      counted += stands_for;
      expect(counted).toBe(nth);
      written.push(nth);
    }
    expect(written).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 40, 80, 160, 320, 640]);
  });
});

describeOnEachBackend("very many failed log-ins", (backend: Backend) => {
  const failing = (last_free: boolean) => ({
    failures: 7,
    takeBack: async () => {},
    fail: async () => ({ failures: 7, last_free }),
  });
  const attempt = failing(false);

  it("for an account from an address write ten rows an hour and then fewer, which say what they stand for", async () => {
    const { join, ctx, clock } = loginApp(backend);
    const { id: user_id } = await join(ANN);
    const lines: string[] = [];
    const of = { email_key: emailKey(ANN), user_id };
    const here = { ...ctx, log: createLog("info", {}, undefined, (line) => lines.push(line)) };
    for (let nth = 1; nth <= 45; nth++) await recordFailure(here, of, attempt);
    const stands = (await readAudit(backend)).map(({ after }) => after.stands_for ?? 1);
    expect(stands).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 10, 20]);
    expect(lines).toHaveLength(45 - 12);
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({
      action: "user.login_failed",
      user_id,
      within_the_hour: 45,
    });
    expect(lines.join()).not.toContain("192.0.2.1");

    // From elsewhere, of somebody else and in the next hour they count anew.
    await recordFailure({ ...here, client: { ip: "198.51.100.7", user_agent: null } }, of, attempt);
    await recordFailure(here, { email_key: "bob@example.org", user_id: null }, attempt);
    clock.now += 3_600_000;
    await recordFailure(here, of, attempt);
    expect(await readAudit(backend)).toHaveLength(15);
    expect(await verifyChain(backend.db)).toMatchObject({ ok: true, rows: 15 });
  });

  it("leave the row of the lock-out, whatever the count", async () => {
    const { ctx } = loginApp(backend);
    const of = { email_key: emailKey("nobody@example.org"), user_id: null };
    for (let nth = 1; nth <= 11; nth++) await recordFailure(ctx, of, attempt);
    await recordFailure(ctx, of, failing(true));
    const actions = (await readAudit(backend)).map(({ action }) => action);
    expect(actions).toHaveLength(11);
    expect(actions.at(-1)).toBe("user.locked_out");
  });

  it("with the right password of a suspended account are bounded too", { timeout: 60_000 }, async () => {
    const { join, logIn } = loginApp(backend);
    await join(ANN, { status: "suspended" });
    for (let nth = 1; nth <= 21; nth++) expect((await logIn(ANN)).status).toBe(403);
    const rows = await readAudit(backend);
    expect(rows).toHaveLength(11);
    expect(rows.at(-1)).toEqual({
      action: "user.login_refused",
      after: { status: "suspended", stands_for: 10 },
    });
  });
});
