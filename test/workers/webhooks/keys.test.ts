import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { endKey } from "../../../shared/auth/api-keys/end-key.ts";
import { insertKey } from "../../../shared/auth/api-keys/insert-key.ts";
import { describeKey, newKeyText } from "../../../shared/auth/api-keys/key-text.ts";
import type { Permission } from "../../../shared/contracts/access.ts";
import { audit_log, deliveries, webhook_topics } from "../../../shared/db/schema/index.ts";
import { moveWebhooksToKey } from "../../../shared/webhooks/webhooks-of-key.ts";
import { readDelivery } from "../../../workers/webhooks/deliveries/read.ts";
import { sendTest } from "../../../workers/webhooks/deliveries/send-test.ts";
import { enableWebhook } from "../../../workers/webhooks/endpoints/change-status.ts";
import { changeWebhook } from "../../../workers/webhooks/endpoints/change-webhook.ts";
import { createWebhook } from "../../../workers/webhooks/endpoints/create-webhook.ts";
import { rotateSecret } from "../../../workers/webhooks/endpoints/rotate-secret.ts";
import { CreateWebhookRequest } from "../../../workers/webhooks/endpoints/schema.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { webhookApp } from "../../support/webhook-app.ts";

describeOnEachBackend("webhooks of an API key", (backend) => {
  async function world() {
    const app = webhookApp(backend, { WEBHOOK_DNS_URL: "off" });
    const ann = await app.enter("trader");
    /** A key of Ann's, and what it acts as. */
    const keyWith = async (...scopes: Permission[]) => {
      const text = await describeKey(newKeyText());
      const given = { user_id: ann.id, name: "k", text, scopes, requests_per_minute: 60, expires_at: null };
      const row = await app.ctx.transact((tx) => insertKey(tx, app.ctx, given));
      const actor = {
        ...{ type: "api_key" as const, key_id: row?.id ?? "", key_hash: text.key_hash },
        ...{ user_id: ann.id, role: "trader" as const, plan: "free" as const },
        permissions: new Set(scopes),
      };
      return { id: actor.key_id, ctx: { ...app.ctx, actor } };
    };
    const asked = (...event_types: string[]) =>
      CreateWebhookRequest.parse({ url: "https://hooks.example.com/", event_types });
    const asAnn = {
      ...app.ctx,
      actor: {
        ...{ type: "user" as const, user_id: ann.id, email: ann.email, role: "trader" as const },
        ...{ plan: "free" as const, session_id: ann.session_id, mfa_at: null, mfa_enabled: false },
        must_change_password: false,
        permissions: new Set<Permission>(["webhooks:write", "webhooks:read", "market:read"]),
      },
    };
    return { ...app, ann, asAnn, keyWith, asked };
  }

  it.each(["user.logged_in", "user.*", "alert.*", "activity.mine", "notification.created", "report.ready"])(
    "are not made for %s by a key whose scopes refuse it, nor changed to that",
    async (type) => {
      const { keyWith, asked } = await world();
      const { ctx } = await keyWith("webhooks:write", "market:read");
      await expect(createWebhook(ctx, asked("market.sale", type))).rejects.toMatchObject({
        code: "forbidden",
      });
      const { id } = await createWebhook(ctx, asked("market.*"));
      await expect(changeWebhook(ctx, id, { event_types: [type] }, undefined)).rejects.toMatchObject({
        code: "forbidden",
      });
    },
  );

  it("are listed with it, stop when it is revoked, and go on only as a person's", async () => {
    const { ask, ann, keyWith, asked, ctx: system } = await world();
    const key = await keyWith("webhooks:write", "alerts:read");
    const { id } = await createWebhook(key.ctx, asked("alert.fired"));
    const { id: other } = (await ask(ann, "POST", "/webhooks", asked("alert.fired"))).body;
    const list = await ask(ann, "GET", `/webhooks?api_key_id=${key.id}`);
    expect(list.body.data).toMatchObject([{ id, api_key_id: key.id }]);
    const { delivery_id } = await sendTest(key.ctx, id, "webhook.test");
    await system.transact((tx) => endKey(tx, key.ctx, { id: key.id, user_id: ann.id }));
    expect((await ask(ann, "GET", `/webhooks/${id}`)).body).toMatchObject({
      status: "disabled",
      disabled_reason: "key_revoked",
    });
    expect((await ask(ann, "GET", `/webhooks/${other}`)).body.status).toBe("active");
    expect((await ask(ann, "GET", `/deliveries/${delivery_id}`)).body).toMatchObject({
      status: "cancelled",
      next_attempt_reason: "the API key that made the webhook was revoked",
    });
    const topics = await backend.db.select().from(webhook_topics).where(eq(webhook_topics.webhook_id, id));
    expect(topics).toEqual([]);
    const audited = (await backend.db.select().from(audit_log)).map(({ action }) => action);
    expect(audited.slice(-2)).toEqual(["webhook.disabled", "api_key.revoked"]);
    const successor = await keyWith("webhooks:write", "alerts:read");
    await expect(enableWebhook(successor.ctx, id)).rejects.toMatchObject({ code: "forbidden" });
    expect((await ask(ann, "POST", `/webhooks/${id}/enable`)).body).toMatchObject({
      status: "active",
      api_key_id: null,
    });
  });

  it("are the key's alone to change: what a person or another key made would outlive it", async () => {
    const { keyWith, asked, asAnn } = await world();
    const [key, other] = [
      await keyWith("webhooks:write", "market:read"),
      await keyWith("webhooks:write", "market:read"),
    ];
    const mine = await createWebhook(key.ctx, asked("market.sale"));
    const hers = await createWebhook(asAnn, asked("market.sale"));
    await expect(rotateSecret(key.ctx, hers.id, 0)).rejects.toMatchObject({ code: "forbidden" });
    await expect(rotateSecret(other.ctx, mine.id, 0)).rejects.toMatchObject({ code: "forbidden" });
    expect((await rotateSecret(key.ctx, mine.id, 0)).id).toBe(mine.id);
    const move = { url: "https://elsewhere.example.com/" };
    for (const { id } of [mine, hers])
      await expect(changeWebhook(other.ctx, id, move, undefined)).rejects.toMatchObject({
        code: "forbidden",
      });
    expect((await changeWebhook(asAnn, mine.id, move, undefined)).api_key_id).toBe(key.id);
    await backend.transact((tx) => moveWebhooksToKey(tx, key.id, other.id));
    expect((await changeWebhook(other.ctx, mine.id, { ordered: true }, undefined)).api_key_id).toBe(other.id);
  });

  it("show what was sent only to who may read what it is about", async () => {
    const { keyWith, make, ann } = await world();
    const { id } = await make(ann, { event_types: ["alert.*"] });
    const key = await keyWith("webhooks:write", "webhooks:read");
    const { delivery_id } = await sendTest(key.ctx, id, "alert.fired");
    expect(await backend.db.select().from(deliveries)).toHaveLength(1);
    await expect(readDelivery(key.ctx, delivery_id)).rejects.toMatchObject({ code: "forbidden" });
    const reader = await keyWith("webhooks:read", "alerts:read");
    expect((await readDelivery(reader.ctx, delivery_id)).event_type).toBe("alert.fired");
  });
});
