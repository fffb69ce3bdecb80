import { eq, sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { z } from "zod";
import { insertKey } from "../../../../shared/auth/api-keys/insert-key.ts";
import { describeKey, newKeyText } from "../../../../shared/auth/api-keys/key-text.ts";
import { readRows } from "../../../../shared/db/rows.ts";
import { api_keys, sessions, users } from "../../../../shared/db/schema/index.ts";
import { isoTime } from "../../../../shared/platform/clock.ts";
import { usersApp } from "../../../../workers/users/app.ts";
import { accountApp, type Somebody } from "../../../support/account-app.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";

const Page = z.object({
  data: z.array(z.looseObject({ id: z.string(), name: z.string(), status: z.string() })),
  next_cursor: z.string().nullable(),
});

describeOnEachBackend("/users/{id}/api-keys", (backend) => {
  function app() {
    const app = accountApp(backend, usersApp);
    const keysTold: string[] = [];
    const unexpected = () => {
      throw new Error("the test did not expect it");
    };
    app.ctx.gates.apiKey = (hash) => ({
      check: unexpected,
      watch: unexpected,
      changed: async () => void keysTold.push(hash),
    });
    const addKey = async ({ id: user_id }: Somebody, name: string) => {
      app.clock.now += 1;
      const text = await describeKey(newKeyText());
      const given = { name, scopes: ["market:read" as const], requests_per_minute: 60, expires_at: null };
      const row = await app.ctx.transact((tx) => insertKey(tx, app.ctx, { ...given, user_id, text }));
      if (row === null) throw new Error("two random keys were the same");
      return row;
    };
    const audit = () =>
      readRows(
        backend.db,
        sql`select action, actor_id, target_id, after from audit_log order by seq`,
        z.object({ action: z.string(), actor_id: z.string(), target_id: z.string(), after: z.unknown() }),
      );
    return { ...app, keysTold, addKey, audit };
  }

  it("shows the keys of another account page by page, without what opens anything", async () => {
    const { enter, ask, addKey } = app();
    const [admin, ann] = [await enter("admin"), await enter("trader")];
    for (const name of ["first", "second", "third"]) await addKey(ann, name);
    await addKey(admin, "not hers");
    const path = `/users/${ann.id}/api-keys`;
    const one = Page.parse((await ask(admin, "GET", `${path}?limit=2`)).body);
    expect(one.data.map(({ name }) => name)).toEqual(["third", "second"]);
    const two = Page.parse((await ask(admin, "GET", `${path}?limit=2&cursor=${one.next_cursor}`)).body);
    expect(two).toMatchObject({ data: [{ name: "first", status: "active" }], next_cursor: null });
    expect(Object.keys(one.data[0] ?? {})).not.toContain("key_hash");
  });

  it("revokes one, tells its gate, and writes down who did it to whom; again changes nothing more", async () => {
    const { enter, ask, addKey, audit, keysTold } = app();
    const [admin, ann] = [await enter("admin"), await enter("trader")];
    const [key, other] = [await addKey(ann, "leaked"), await addKey(ann, "good")];
    const path = `/users/${ann.id}/api-keys/${key.id}`;
    expect((await ask(admin, "DELETE", path)).status).toBe(204);
    expect((await ask(admin, "DELETE", path)).status).toBe(204);
    expect(keysTold).toEqual([key.key_hash, key.key_hash]);
    const row = { action: "api_key.revoked", actor_id: admin.id, target_id: key.id };
    expect(await audit()).toEqual([{ ...row, after: { user_id: ann.id } }]);
    const left = await backend.db.select().from(api_keys).where(eq(api_keys.id, other.id));
    expect(left[0]?.revoked_at).toBeNull();
  });

  it("is closed for accounts that may do more, and for who may not change accounts", async () => {
    const { enter, ask, addKey, audit, keysTold } = app();
    const [admin, manager, chief] = [
      await enter("admin"),
      await enter("manager"),
      await enter("super_admin"),
    ];
    const key = await addKey(chief, "mine");
    for (const [who, detail] of [
      [admin, "This account holds what you do not hold yourself: signing_keys:rotate."],
      [manager, 'This account does not hold "users:write"'],
    ] as const)
      for (const [method, path] of [
        ["GET", `/users/${chief.id}/api-keys`],
        ["DELETE", `/users/${chief.id}/api-keys/${key.id}`],
      ] as const) {
        const answer = await ask(who, method, path);
        expect(answer.status).toBe(403);
        expect(answer.body.detail).toContain(detail);
      }
    expect([await audit(), keysTold]).toEqual([[], []]);
  });

  it("asks for a second factor proved just now, of who has one", async () => {
    const { ctx, enter, ask } = app();
    const [admin, ann] = [await enter("admin"), await enter("trader")];
    const at = isoTime(ctx.now());
    await backend.db.update(users).set({ mfa_enabled_at: at }).where(eq(users.id, admin.id));
    const path = `/users/${ann.id}/api-keys`;
    expect(await ask(admin, "GET", path)).toMatchObject({ status: 403, body: { code: "step_up_required" } });
    await backend.db.update(sessions).set({ mfa_at: at }).where(eq(sessions.id, admin.session_id));
    expect((await ask(admin, "GET", path)).status).toBe(200);
  });

  it("knows no key of somebody else under an account, no account that is not there, and no other ids", async () => {
    const { enter, ask, addKey } = app();
    const [admin, ann, bob] = [await enter("admin"), await enter("trader"), await enter("trader")];
    const key = await addKey(bob, "his");
    const nobody = `usr_${"0".repeat(32)}`;
    expect((await ask(admin, "DELETE", `/users/${ann.id}/api-keys/${key.id}`)).status).toBe(404);
    expect((await ask(admin, "DELETE", `/users/${nobody}/api-keys/${key.id}`)).status).toBe(404);
    expect((await ask(admin, "GET", `/users/${nobody}/api-keys`)).status).toBe(404);
    expect((await ask(admin, "DELETE", `/users/${ann.id}/api-keys/x`)).status).toBe(422);
  });
});
