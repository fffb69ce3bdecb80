import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { z } from "zod";
import { readAccess } from "../../../../shared/auth/permissions/read-access.ts";
import { readRows } from "../../../../shared/db/rows.ts";
import { usersApp } from "../../../../workers/users/app.ts";
import { GroupPage, MemberPage } from "../../../../workers/users/groups/schema.ts";
import { accountApp, type Somebody } from "../../../support/account-app.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";

const NOWHERE = `/groups/grp_${"0".repeat(32)}`;

describeOnEachBackend("groups", (backend: Backend) => {
  async function world() {
    const app = accountApp(backend, usersApp);
    const root = await app.enter("super_admin");
    const make = async (name: string, permissions: string[], who: Somebody = root) =>
      String((await app.ask(who, "POST", "/groups", { name, permissions })).body.id);
    const join = (group: string, { id }: Somebody, who: Somebody = root) =>
      app.ask(who, "POST", `/groups/${group}/members`, { user_id: id });
    const holds = async ({ id }: Somebody) => (await readAccess(backend.db, id))?.permissions ?? [];
    return { ...app, root, make, join, holds };
  }

  it("are made with a name, a description and permissions, each once", async () => {
    const { ask, root } = await world();
    const wanted = { name: " Desk ", permissions: ["audit:read", "market:read", "audit:read"] };
    const made = await ask(root, "POST", "/groups", wanted);
    expect(made).toMatchObject({
      status: 201,
      body: {
        name: "Desk",
        description: null,
        permissions: ["market:read", "audit:read"],
        members: 0,
        revision: 1,
      },
    });
    expect(made.headers.get("etag")).toBe('"1"');
    expect((await ask(root, "GET", `/groups/${made.body.id}`)).body).toEqual(made.body);
  });

  it("have names that are unique without case, at creation and after", async () => {
    const { ask, root, make } = await world();
    await make("Desk", []);
    const other = await make("Other", []);
    const again = { name: "DESK", permissions: [] };
    expect((await ask(root, "POST", "/groups", again)).status).toBe(409);
    expect((await ask(root, "PATCH", `/groups/${other}`, { name: "desk" })).status).toBe(409);
    expect((await ask(root, "PATCH", `/groups/${other}`, { name: "OTHER" })).status).toBe(200);
    const both = await Promise.all([
      ask(root, "POST", "/groups", { name: "new", permissions: [] }),
      ask(root, "POST", "/groups", { name: "New", permissions: [] }),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([201, 409]);
  });

  it("are listed by name, searched, and paged, each once", async () => {
    const { ask, root, make } = await world();
    for (const name of ["b", "C", "a", "100%"]) await make(name, []);
    const list = async (query: string) => GroupPage.parse((await ask(root, "GET", `/groups${query}`)).body);
    const names = ({ data }: GroupPage) => data.map(({ name }) => name);
    expect(names(await list(""))).toEqual(["100%", "a", "b", "C"]);
    expect(names(await list("?search=%25"))).toEqual(["100%"]);
    const first = await list("?limit=3");
    expect(names(await list(`?limit=3&cursor=${first.next_cursor}`))).toEqual(["C"]);
    expect((await ask(root, "GET", "/groups?limit=x")).status).toBe(422);
  });

  it("grant to a member at once, whose access tokens of before end, and take away as fast", async () => {
    const { ask, send, tokenOf, root, make, join, enter, told } = await world();
    const [group, ann] = [await make("desk", ["groups:read"]), await enter("viewer")];
    const before = await tokenOf(ann);
    expect((await send(before, "GET", "/groups")).status).toBe(403);
    expect((await join(group, ann)).body).toMatchObject({ user_id: ann.id, email: ann.email });
    expect(told).toEqual([ann.id]);
    expect(await send(before, "GET", "/groups")).toMatchObject({
      status: 401,
      body: { code: "token_expired" },
    });
    expect((await ask(ann, "GET", "/groups")).status).toBe(200);
    expect((await ask(root, "DELETE", `/groups/${group}/members/${ann.id}`)).status).toBe(204);
    expect((await ask(ann, "GET", "/groups")).status).toBe(403);
  });

  it("refuse who is a member already, and find none who is not", async () => {
    const { ask, root, make, join, enter } = await world();
    const [group, ann] = [await make("desk", []), await enter("viewer")];
    expect((await join(group, ann)).status).toBe(201);
    expect((await join(group, ann)).status).toBe(409);
    await ask(root, "DELETE", `/groups/${group}/members/${ann.id}`);
    expect((await ask(root, "DELETE", `/groups/${group}/members/${ann.id}`)).status).toBe(404);
    const nobody = { id: `usr_${"0".repeat(32)}`, email: "", session_id: "" };
    expect((await join(group, nobody)).status).toBe(404);
    expect((await ask(root, "POST", `/groups/${group}/members`, {})).status).toBe(422);
  });

  it("list their members by page", async () => {
    const { ask, root, make, join, enter } = await world();
    const group = await make("desk", []);
    const members = [await enter("viewer"), await enter("viewer"), await enter("viewer")];
    for (const member of members) await join(group, member);
    const list = async (query: string) =>
      MemberPage.parse((await ask(root, "GET", `/groups/${group}/members${query}`)).body);
    const first = await list("?limit=2");
    const second = await list(`?limit=2&cursor=${first.next_cursor}`);
    expect([...first.data, ...second.data].map(({ user_id }) => user_id)).toEqual(
      members.map(({ id }) => id),
    );
    expect(second.next_cursor).toBeNull();
    expect((await ask(root, "GET", `/groups/${group}`)).body.members).toBe(3);
  });

  it("change for all members when their permissions change, and not when only their name does", async () => {
    const { ask, root, make, join, enter, holds, told } = await world();
    const group = await make("desk", ["audit:read"]);
    const members = [await enter("viewer"), await enter("viewer")];
    for (const member of members) await join(group, member);
    const versions = () =>
      readRows(
        backend.db,
        sql`select access_version as v from users order by id`,
        z.object({ v: z.number() }),
      );
    told.length = 0;
    const before = await versions();
    await ask(root, "PATCH", `/groups/${group}`, { name: "Desk", description: "x" });
    expect([told, await versions()]).toEqual([[], before]);
    const changed = await ask(root, "PATCH", `/groups/${group}`, { permissions: ["audit:export"] });
    expect(changed.body).toMatchObject({ permissions: ["audit:export"], revision: 3 });
    expect(told.toSorted()).toEqual(members.map(({ id }) => id).toSorted());
    expect((await versions()).filter(({ v }, index) => v !== before[index]?.v)).toHaveLength(2);
    for (const member of members) {
      expect(await holds(member)).toContain("audit:export");
      expect(await holds(member)).not.toContain("audit:read");
    }
  });

  it("tell every gate of a large group, the first before the answer and the rest after it", async () => {
    const { ask, root, make, ctx, told } = await world();
    const group = await make("all", []);
    const id = sql`'usr_' || lpad(n::text, 32, '0')`;
    await ctx.db.execute(sql`insert into users (id, email, email_key, role, status, created_at, updated_at)
      select ${id}, n || '@example.org', n || '@example.org', 'viewer', 'active', now(), now()
      from generate_series(1, 60) n`);
    await ctx.db.execute(sql`insert into group_members (group_id, user_id, added_at)
      select ${group}, ${id}, now() from generate_series(1, 60) n`);
    const after: Promise<unknown>[] = [];
    ctx.later = (work) => void after.push(work);
    await ask(root, "PATCH", `/groups/${group}`, { permissions: ["market:read"] });
    expect(after).toHaveLength(1);
    await Promise.all(after);
    expect(new Set(told).size).toBe(60);
    expect(told).toHaveLength(60);
  });

  it("end what they granted when they are removed", async () => {
    const { ask, root, make, join, enter, holds, told } = await world();
    const [group, ann] = [await make("desk", ["audit:read"]), await enter("viewer")];
    await join(group, ann);
    told.length = 0;
    expect((await ask(root, "DELETE", `/groups/${group}`)).status).toBe(204);
    expect(told).toEqual([ann.id]);
    expect(await holds(ann)).not.toContain("audit:read");
    expect((await ask(root, "GET", `/groups/${group}`)).status).toBe(404);
  });

  it("refuse an edit made from an older revision", async () => {
    const { ask, root, make } = await world();
    const group = await make("desk", []);
    const edit = (description: string) =>
      ask(root, "PATCH", `/groups/${group}`, { description }, { "if-match": '"1"' });
    expect((await edit("first")).status).toBe(200);
    expect(await edit("second")).toMatchObject({ status: 412, body: { code: "stale_edit" } });
    expect((await ask(root, "GET", `/groups/${group}`)).body.description).toBe("first");
    const broken = await ask(root, "PATCH", `/groups/${group}`, { name: "x" }, { "if-match": "1" });
    expect(broken).toMatchObject({ status: 422, body: { errors: [{ pointer: "header:if-match" }] } });
  });

  it("can be given, changed, filled and removed by nobody who lacks what they grant", async () => {
    const { ask, make, join, enter, root } = await world();
    const [admin, ann] = [await enter("admin"), await enter("viewer")];
    const more = { name: "more", permissions: ["signing_keys:rotate"] };
    expect((await ask(admin, "POST", "/groups", more)).status).toBe(403);
    const [above, below] = [
      await make("above", ["signing_keys:rotate"]),
      await make("below", ["audit:read"]),
    ];
    for (const change of [{ name: "x" }, { permissions: [] }])
      expect((await ask(admin, "PATCH", `/groups/${above}`, change)).status).toBe(403);
    expect((await ask(admin, "PATCH", `/groups/${below}`, { permissions: more.permissions })).status).toBe(
      403,
    );
    expect((await join(above, ann, admin)).status).toBe(403);
    expect((await join(below, root, admin)).status).toBe(403);
    await join(above, ann);
    expect((await ask(admin, "DELETE", `/groups/${above}/members/${ann.id}`)).status).toBe(403);
    expect((await ask(admin, "DELETE", `/groups/${above}`)).status).toBe(403);
    const bob = await enter("viewer");
    expect((await join(below, bob, admin)).status).toBe(201);
  });

  it("grant nothing to who loses the right to give it at the same moment", async () => {
    const { ask, send, tokenOf, root, enter, make } = await world();
    const admin = await enter("admin");
    const group = await make("desk", []);
    const token = await tokenOf(admin);
    const [demoted, changed] = await Promise.all([
      ask(root, "PATCH", `/users/${admin.id}`, { role: "viewer" }),
      send(token, "PATCH", `/groups/${group}`, { permissions: ["audit:export"] }),
    ]);
    expect(demoted.status).toBe(200);
    // Whichever came first: nothing is changed by who was refused.
    const { body } = await ask(root, "GET", `/groups/${group}`);
    expect(body.permissions).toEqual(changed.status === 200 ? ["audit:export"] : []);
    expect([200, 401, 403]).toContain(changed.status);
  });

  it("ask who has a second factor for a fresh one before they grant", async () => {
    const { ask, root, make, ctx } = await world();
    const group = await make("desk", []);
    await ctx.db.execute(sql`update users set mfa_enabled_at = now() where id = ${root.id}`);
    const stale = { status: 403, body: { code: "step_up_required" } };
    expect(await ask(root, "POST", "/groups", { name: "x", permissions: [] })).toMatchObject(stale);
    expect(await ask(root, "PATCH", `/groups/${group}`, { name: "x" })).toMatchObject(stale);
    expect((await ask(root, "GET", `/groups/${group}`)).status).toBe(200);
  });

  it("are closed to whom the permission is missing, and are found only where they are", async () => {
    const { ask, enter, make, root } = await world();
    const group = await make("desk", []);
    const [trader, manager] = [await enter("trader"), await enter("manager")];
    const member = { user_id: trader.id };
    for (const path of ["/groups", `/groups/${group}`, `/groups/${group}/members`]) {
      expect((await ask(trader, "GET", path)).status).toBe(403);
      expect((await ask(manager, "GET", path)).status).toBe(200);
    }
    for (const [method, path, body] of [
      ["POST", "", { name: "x", permissions: [] }],
      ["PATCH", `/${group}`, { name: "x" }],
      ["DELETE", `/${group}`, undefined],
      ["POST", `/${group}/members`, member],
      ["DELETE", `/${group}/members/${trader.id}`, undefined],
    ] as const)
      expect((await ask(manager, method, `/groups${path}`, body)).status).toBe(403);
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["PATCH", "", { name: "x" }],
      ["DELETE", "", undefined],
      ["GET", "/members", undefined],
      ["POST", "/members", member],
      ["DELETE", `/members/${trader.id}`, undefined],
    ] as const)
      expect((await ask(root, method, `${NOWHERE}${path}`, body)).status).toBe(404);
    expect((await ask(root, "GET", "/groups/desk")).status).toBe(422);
    expect((await ask(root, "POST", "/groups", { name: "x", permissions: ["fly:high"] })).status).toBe(422);
  });

  it("are written to the audit log with what they were and became", async () => {
    const { ask, root, make, join, enter } = await world();
    const [group, ann] = [await make("desk", ["audit:read"]), await enter("viewer")];
    await join(group, ann);
    await ask(root, "PATCH", `/groups/${group}`, { permissions: [] });
    await ask(root, "DELETE", `/groups/${group}/members/${ann.id}`);
    await ask(root, "DELETE", `/groups/${group}`);
    const rows = await readRows(
      backend.db,
      sql`select action, actor_id, target_id, before, after from audit_log order by seq`,
      z.object({
        action: z.string(),
        actor_id: z.string(),
        target_id: z.string(),
        before: z.unknown(),
        after: z.unknown(),
      }),
    );
    expect(new Set(rows.flatMap(({ actor_id, target_id }) => [actor_id, target_id]))).toEqual(
      new Set([root.id, group]),
    );
    expect(rows.map(({ action }) => action)).toEqual([
      "group.created",
      "group.member_added",
      "group.permissions_changed",
      "group.member_removed",
      "group.deleted",
    ]);
    expect(rows[2]).toMatchObject({ before: { permissions: ["audit:read"] }, after: { permissions: [] } });
  });
});
