import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { RolePermissions } from "../../../../shared/contracts/access.ts";
import { USER_SORTS, UserPage, UserPermissions } from "../../../../workers/users/accounts/schema.ts";
import { usersApp } from "../../../../workers/users/app.ts";
import { accountApp, type Somebody } from "../../../support/account-app.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";

const app = (backend: Backend) => accountApp(backend, usersApp);

describeOnEachBackend("GET /users", (backend) => {
  async function people() {
    const { enter, ask, ctx } = app(backend);
    const manager = await enter("manager", { email: "boss@example.org" });
    await enter("trader", { email: "Zoe@example.org", name: "alma", plan: "premium" });
    await enter("viewer", { email: "bob@100%.example.org", name: "Zed", status: "suspended" });
    await enter("trader", { email: "cy@example.org", status: "pending" });
    await ctx.db.execute(sql`update users set last_login_at = now() where email_key = 'cy@example.org'`);
    const list = async (query: string) => UserPage.parse((await ask(manager, "GET", `/users${query}`)).body);
    const emails = async (query: string) => (await list(query)).data.map(({ email }) => email);
    return { enter, ask, manager, list, emails };
  }

  it("searches, filters and sorts", async () => {
    const { emails } = await people();
    const expected = [
      ["?search=zoe", ["Zoe@example.org"]],
      ["?search=ZE", ["bob@100%.example.org"]],
      ["?search=100%25", ["bob@100%.example.org"]],
      ["?search=_", []],
      ["?role=trader", ["Zoe@example.org", "cy@example.org"]],
      ["?role=trader&plan=premium", ["Zoe@example.org"]],
      ["?status=suspended", ["bob@100%.example.org"]],
      ["?sort=email", ["bob@100%.example.org", "boss@example.org", "cy@example.org", "Zoe@example.org"]],
      [
        "?sort=email&order=desc",
        ["Zoe@example.org", "cy@example.org", "boss@example.org", "bob@100%.example.org"],
      ],
      ["?sort=name", ["Zoe@example.org", "bob@100%.example.org", "boss@example.org", "cy@example.org"]],
    ] satisfies [query: string, emails: string[]][];
    for (const [query, wanted] of expected) expect(await emails(query), query).toEqual(wanted);
  });

  it("puts who never logged in last in either order", async () => {
    const { emails } = await people();
    expect((await emails("?sort=last_login"))[0]).toBe("cy@example.org");
    expect((await emails("?sort=last_login&order=desc"))[0]).toBe("cy@example.org");
  });

  it("pages by each order, each account once, either way", async () => {
    const { list, emails } = await people();
    for (const query of USER_SORTS.flatMap((sort) => [`?sort=${sort}`, `?sort=${sort}&order=desc`])) {
      const paged: string[] = [];
      let cursor: string | null = "";
      while (cursor !== null) {
        const page: UserPage = await list(`${query}&limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`);
        paged.push(...page.data.map(({ email }) => email));
        cursor = page.next_cursor;
      }
      expect(paged, query).toEqual(await emails(query));
    }
  });

  it("filters by group", async () => {
    const { enter, ask, emails } = await people();
    const root = await enter("super_admin");
    const ann = await enter("trader", { email: "ann@example.org" });
    const group = await ask(root, "POST", "/groups", { name: "desk", permissions: [] });
    await ask(root, "POST", `/groups/${group.body.id}/members`, { user_id: ann.id });
    expect(await emails(`?group=${group.body.id}`)).toEqual(["ann@example.org"]);
    expect((await ask(root, "GET", `/users/${ann.id}`)).body).toMatchObject({
      groups: [{ id: group.body.id, name: "desk" }],
    });
  });

  it("refuses what is no filter, order or page", async () => {
    const { ask, manager } = await people();
    const queries = ["limit=0", "limit=201", "role=boss", "cursor=abc", "nmae=x", "group=x", "search=%00"];
    for (const query of queries)
      expect((await ask(manager, "GET", `/users?${query}`)).status, query).toBe(422);
  });

  it("is closed to whom the permission is missing, one account like all", async () => {
    const { enter, ask, manager } = await people();
    const trader = await enter("trader");
    expect((await ask(trader, "GET", "/users")).status).toBe(403);
    expect((await ask(trader, "GET", `/users/${manager.id}`)).status).toBe(403);
    expect((await ask(manager, "GET", `/users/usr_${"0".repeat(32)}`)).status).toBe(404);
  });

  it("shows no secret of an account", async () => {
    const { ask, manager } = await people();
    const { body } = await ask(manager, "GET", `/users/${manager.id}`);
    expect(Object.keys(body).filter((key) => /hash|secret|email_key|version/.test(key))).toEqual([]);
  });
});

describeOnEachBackend("GET /users/{id}/permissions", (backend) => {
  const explain = async (ask: ReturnType<typeof app>["ask"], who: Somebody, whose: Somebody) =>
    UserPermissions.parse((await ask(who, "GET", `/users/${whose.id}/permissions`)).body);

  it("names for each permission every grant that gives it", async () => {
    const { enter, ask } = app(backend);
    const [root, ann] = [await enter("super_admin"), await enter("viewer")];
    const join = async (name: string, permissions: string[]) => {
      const group = await ask(root, "POST", "/groups", { name, permissions });
      await ask(root, "POST", `/groups/${group.body.id}/members`, { user_id: ann.id });
      return { type: "group", id: group.body.id, name };
    };
    const desk = await join("desk", ["audit:read", "market:read"]);
    const audit = await join("audit", ["audit:read"]);
    const told = await explain(ask, ann, ann);
    const sources = (name: string) => told.permissions.find(({ permission }) => permission === name)?.sources;
    expect(sources("audit:read")).toEqual([audit, desk]);
    expect(sources("market:read")).toEqual([{ type: "role", role: "viewer" }, desk]);
    expect(sources("alerts:read")).toEqual([{ type: "role", role: "viewer" }]);
    expect(told.permissions.map(({ permission }) => permission)).toEqual(
      [...RolePermissions.viewer, "audit:read"].toSorted(),
    );
    expect(told).toMatchObject({ role: "viewer", groups: [{ name: "audit" }, { name: "desk" }] });
  });

  it("agrees with what the account may really do", async () => {
    const { enter, ask } = app(backend);
    const [root, ann] = [await enter("super_admin"), await enter("viewer")];
    expect((await ask(ann, "GET", "/groups")).status).toBe(403);
    const group = await ask(root, "POST", "/groups", { name: "desk", permissions: ["groups:read"] });
    await ask(root, "POST", `/groups/${group.body.id}/members`, { user_id: ann.id });
    expect((await ask(ann, "GET", "/groups")).status).toBe(200);
    expect((await explain(ask, ann, ann)).permissions.map(({ permission }) => permission)).toContain(
      "groups:read",
    );
  });

  it("is open to everybody for themselves, and for others to who may read accounts", async () => {
    const { enter, ask } = app(backend);
    const [ann, bob, auditor] = [await enter("viewer"), await enter("viewer"), await enter("auditor")];
    expect((await ask(ann, "GET", `/users/${bob.id}/permissions`)).status).toBe(403);
    expect((await explain(ask, auditor, bob)).user_id).toBe(bob.id);
    expect((await ask(auditor, "GET", `/users/usr_${"0".repeat(32)}/permissions`)).status).toBe(404);
    expect((await ask(ann, "GET", "/users/me/permissions")).status).toBe(422);
  });
});
