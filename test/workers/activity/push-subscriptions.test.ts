import { expect, test } from "vitest";
import { newPushKey } from "../../../scripts/local/dev-vars.ts";
import { audit_log, push_subscriptions } from "../../../shared/db/schema/index.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { notificationsApp } from "../../support/notifications-app.ts";

/** The browser of RFC 8291, appendix A. */
const KEYS = {
  p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  auth: "BTBZMqHH6r4Tts7J_aSIgg",
};
const browser = (name: string, given: Record<string, unknown> = {}) => ({
  endpoint: `https://push.example.com/send/${name}`,
  expirationTime: null,
  keys: KEYS,
  ...given,
});

describeOnEachBackend("push subscriptions", (backend) => {
  const open = (settings: Record<string, string> = { VAPID_PRIVATE_KEY: newPushKey() }) =>
    notificationsApp(backend, settings);

  test("whoever may read notifications adds, lists and removes browsers, also a viewer", async () => {
    const { enter, ask } = open();
    const vic = await enter("viewer");
    const made = await ask(vic, "POST", "/push-subscriptions", browser("one"));
    expect([made.status, made.body]).toMatchObject([
      201,
      { id: expect.stringMatching(/^psb_/), host: "push.example.com", last_used_at: null },
    ]);
    const listed = await ask(vic, "GET", "/push-subscriptions");
    expect(listed.body).toEqual({ data: [made.body], next_cursor: null });
    expect((await ask(vic, "DELETE", `/push-subscriptions/${made.body.id}`)).status).toBe(204);
    expect((await ask(vic, "DELETE", `/push-subscriptions/${made.body.id}`)).status).toBe(404);
    expect((await ask(vic, "GET", "/push-subscriptions")).body.data).toEqual([]);
    const actions = (await backend.db.select().from(audit_log)).map(({ action }) => action);
    expect(actions.filter((action) => action.startsWith("push_subscription."))).toEqual([
      "push_subscription.created",
      "push_subscription.deleted",
    ]);
  });

  test("the same endpoint is one, however often and however fast it comes", async () => {
    const { enter, ask } = open();
    const ann = await enter("trader");
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => ask(ann, "POST", "/push-subscriptions", browser("one"))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await backend.db.select().from(push_subscriptions)).toHaveLength(1);
  });

  test("a browser belongs to who asked last, if that one knows its secret", async () => {
    const { enter, ask } = open();
    const [ann, bob, eve] = [await enter("trader"), await enter("trader"), await enter("trader")];
    const count = async (who: typeof ann) => {
      const { data } = (await ask(who, "GET", "/push-subscriptions")).body;
      return Array.isArray(data) ? data.length : null;
    };
    await ask(ann, "POST", "/push-subscriptions", browser("shared"));
    const guessed = { ...KEYS, auth: "AAAAAAAAAAAAAAAAAAAAAA" };
    await ask(eve, "POST", "/push-subscriptions", browser("shared", { keys: guessed }));
    expect(await count(ann)).toBe(1);
    await ask(bob, "POST", "/push-subscriptions", browser("shared"));
    expect([await count(ann), await count(bob)]).toEqual([0, 1]);
  });

  test("one user has at most 20, and nobody else's are touched", async () => {
    const { enter, ask } = open();
    const [ann, bob] = [await enter("trader"), await enter("super_admin")];
    const made = await ask(ann, "POST", "/push-subscriptions", browser("0"));
    const more = await Promise.all(
      Array.from({ length: 21 }, (_, n) => ask(ann, "POST", "/push-subscriptions", browser(String(n)))),
    );
    expect(more.filter(({ status }) => status === 409)).toHaveLength(1);
    expect(await backend.db.select().from(push_subscriptions)).toHaveLength(20);
    expect((await ask(ann, "POST", "/push-subscriptions", browser("0"))).status).toBe(200);
    expect((await ask(bob, "DELETE", `/push-subscriptions/${made.body.id}`)).status).toBe(404);
    expect((await ask(bob, "GET", "/push-subscriptions")).body.data).toEqual([]);
  });

  test.each([
    [{ endpoint: "http://push.example.com/send" }, "/endpoint"],
    [{ endpoint: "https://10.0.0.1/send" }, "/endpoint"],
    [{ endpoint: "https://127.0.0.1/send" }, "/endpoint"],
    [{ endpoint: "not an address" }, "/endpoint"],
    [{ keys: { ...KEYS, auth: "BTBZMqHH6r4Tts7J_aSI" } }, "/keys/auth"],
    [{ keys: { ...KEYS, auth: "!!!!!!!!!!!!!!!!!!!!!!" } }, "/keys/auth"],
    [{ keys: { ...KEYS, p256dh: KEYS.p256dh.slice(0, -4) } }, "/keys/p256dh"],
    [{ keys: { ...KEYS, p256dh: `${KEYS.p256dh.slice(0, -2)}AA` } }, "/keys/p256dh"],
    [{ keys: { auth: KEYS.auth } }, "/keys/p256dh"],
    [{ expirationTime: 1 }, "/expirationTime"],
  ])("with %j it is refused", async (given, pointer) => {
    const { enter, ask } = open();
    const answer = await ask(await enter("trader"), "POST", "/push-subscriptions", browser("one", given));
    expect([answer.status, answer.body.errors]).toMatchObject([422, [{ pointer }]]);
    expect(await backend.db.select().from(push_subscriptions)).toEqual([]);
  });

  test("the key is public, and without one push is not offered and says so", async () => {
    const offered = open();
    const { body } = await offered.ask(await offered.enter("viewer"), "GET", "/push-key");
    const point = Buffer.from(String(body.application_server_key), "base64url");
    expect([point.length, point[0]]).toEqual([65, 4]);
    const { enter, ask } = open({});
    const ann = await enter("trader");
    expect((await ask(ann, "GET", "/push-key")).body).toEqual({ application_server_key: null });
    const refused = await ask(ann, "POST", "/push-subscriptions", browser("one"));
    expect([refused.status, refused.body.code]).toEqual([404, "not_found"]);
    expect(refused.body.detail).toContain("not set up");
  });

  test("a key opens no new way out, whatever its scopes, since that would outlive it", async () => {
    const app = open();
    const ann = await app.enter("trader");
    const asKey = (...permissions: ("activity:read" | "activity:write")[]) => ({
      ...app.ctx,
      actor: {
        ...{ type: "api_key" as const, key_id: "key_1", key_hash: "0".repeat(64) },
        ...{ user_id: ann.id, role: "trader" as const, plan: "free" as const },
        permissions: new Set(permissions),
      },
    });
    const { subscribe } = await import("../../../workers/activity/notifications/subscribe.ts");
    const { putPreferences } = await import("../../../workers/activity/notifications/preferences.ts");
    const wanted = { rules: [], quiet_hours: null, digest: null };
    const slack_url = "https://hooks.slack.com/services/T0/B0/secret";
    const reader = asKey("activity:read");
    await expect(subscribe(reader, browser("one"))).rejects.toMatchObject({ code: "forbidden" });
    await expect(putPreferences(reader, { ...wanted, slack_url }, undefined)).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(await putPreferences(reader, { ...wanted, slack_url: null }, undefined)).toMatchObject(wanted);
    const writer = asKey("activity:read", "activity:write");
    await expect(subscribe(writer, browser("one"))).rejects.toMatchObject({ code: "forbidden" });
  });
});
