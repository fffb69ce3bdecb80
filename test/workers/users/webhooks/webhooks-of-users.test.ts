import { expect, it } from "vitest";
import { audit_log, deliveries, notifications, webhooks } from "../../../../shared/db/schema/index.ts";
import { createApp } from "../../../../shared/platform/http/app.ts";
import { usersApp } from "../../../../workers/users/app.ts";
import { webhooksApp } from "../../../../workers/webhooks/app.ts";
import { accountApp } from "../../../support/account-app.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";

const URL_WITH_CAPABILITY = "https://hooks.example.com/services/T0/s3cret";

describeOnEachBackend("webhooks of others", (backend) => {
  async function world() {
    const routes = createApp();
    routes.route("/", webhooksApp);
    routes.route("/", usersApp);
    const app = accountApp(backend, routes, { WEBHOOK_DNS_URL: "off" });
    Object.assign(app.ctx, { deliveries: { send: async () => {} } });
    const [admin, ann] = [await app.enter("admin"), await app.enter("trader")];
    const make = async (who: typeof ann) => {
      const wanted = {
        url: URL_WITH_CAPABILITY,
        event_types: ["market.sale"],
        headers: { "x-key": "s3cret" },
      };
      return String((await app.ask(who, "POST", "/webhooks", wanted)).body.id);
    };
    return { ...app, admin, ann, make };
  }

  it("are listed and shown by host alone, with whose they are and why nothing is sent", async () => {
    const { ask, admin, ann, make, enter } = await world();
    const [id, other] = [await make(ann), await make(await enter("trader"))];
    const all = await ask(admin, "GET", "/admin/webhooks");
    expect(all.body.data).toMatchObject([{ id: other }, { id, email: ann.email, host: "hooks.example.com" }]);
    const page = await ask(admin, "GET", "/admin/webhooks?limit=1");
    const next = await ask(admin, "GET", `/admin/webhooks?limit=1&cursor=${page.body.next_cursor}`);
    expect(next.body).toMatchObject({ data: [{ id }], next_cursor: null });
    await ask(admin, "POST", `/users/${ann.id}/suspend`);
    const one = await ask(admin, "GET", `/admin/webhooks/${id}`);
    expect(one.body).toMatchObject({ status: "active", withheld: "its owner's account is suspended" });
    const mine = await ask(admin, "GET", `/admin/webhooks?user_id=${ann.id}&status=active`);
    expect(mine.body.data).toMatchObject([{ id }]);
    expect(JSON.stringify([all, one, mine].map(({ body }) => body))).not.toMatch(/s3cret|whsec_/);
  });

  it("are stopped so that their owner cannot turn them on again, with an audit row and a word to the owner", async () => {
    const { ask, admin, ann, make } = await world();
    const id = await make(ann);
    await ask(ann, "POST", `/webhooks/${id}/test`);
    const stopped = await ask(admin, "POST", `/admin/webhooks/${id}/disable`);
    expect(stopped.body).toMatchObject({ status: "disabled", disabled_reason: "administrator" });
    expect((await backend.db.select().from(deliveries)).map(({ status }) => status)).toEqual(["cancelled"]);
    expect(await ask(ann, "POST", `/webhooks/${id}/enable`)).toMatchObject({ status: 409 });
    expect(await backend.db.select().from(notifications)).toMatchObject([
      { user_id: ann.id, kind: "webhook.disabled" },
    ]);
    const [entry] = (await backend.db.select().from(audit_log)).slice(-1);
    expect(entry).toMatchObject({
      ...{ action: "webhook.disabled", actor_id: admin.id, target_id: id },
      after: { reason: "administrator", user_id: ann.id, host: "hooks.example.com" },
    });
    expect(JSON.stringify(entry)).not.toContain("s3cret");
    expect((await ask(admin, "POST", `/admin/webhooks/${id}/enable`)).body.status).toBe("active");
    expect((await ask(admin, "DELETE", `/admin/webhooks/${id}`)).status).toBe(204);
    expect(await backend.db.select().from(webhooks)).toEqual([]);
    expect((await ask(admin, "DELETE", `/admin/webhooks/${id}`)).status).toBe(404);
  });

  it("of an account that holds more are not touched, and without the permission none are seen", async () => {
    const { ask, admin, enter, make } = await world();
    const id = await make(await enter("super_admin"));
    expect((await ask(admin, "POST", `/admin/webhooks/${id}/disable`)).status).toBe(403);
    expect((await ask(admin, "DELETE", `/admin/webhooks/${id}`)).status).toBe(403);
    expect((await ask(await enter("manager"), "GET", "/admin/webhooks")).status).toBe(403);
  });
});
