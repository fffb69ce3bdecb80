import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { readRows } from "../../shared/db/rows.ts";
import { createApp } from "../../shared/platform/http/app.ts";
import { activityApp } from "../../workers/activity/app.ts";
import { alertsApp } from "../../workers/alerts/app.ts";
import { authApp } from "../../workers/auth/app.ts";
import { openApiDocument } from "../../workers/openapi.ts";
import { root } from "../../workers/root.ts";
import { usersApp } from "../../workers/users/app.ts";
import { webhooksApp } from "../../workers/webhooks/app.ts";
import { accountApp, type Somebody } from "../support/account-app.ts";
import { type Backend, describeOnEachBackend } from "../support/each-backend.ts";

/** POSTs that make nothing new when they are sent again without a key, and why. */
const SAFE_BY_THEMSELVES: Record<string, string> = {
  ingestEvents: "event_key",
  pushMetrics: "series and time",
  exportOtlpMetrics: "series and time",
  remoteWriteMetrics: "series and time",
  createPushSubscription: "the endpoint",
  previewAlertRule: "nothing is written",
  previewSilence: "nothing is written",
  introspectToken: "nothing is written",
  issueLiveTicket: "an unused ticket ends by itself",
  // They bring about a state, which stays what it is.
  readAllNotifications: "state",
  readNotification: "state",
  unreadNotification: "state",
  archiveNotification: "state",
  enableWebhook: "state",
  disableWebhook: "state",
  enableWebhookOfUser: "state",
  disableWebhookOfUser: "state",
  enableAlertRule: "state",
  disableAlertRule: "state",
  rearmAlertRule: "state",
  acknowledgeAlerts: "state",
  acknowledgeAlert: "state",
  resolveAlert: "state",
  suspendUser: "state",
  deactivateUser: "state",
  activateUser: "state",
  unlockUser: "state",
  forceLogout: "state",
  forcePasswordChange: "state",
  resetMfa: "state",
  logOut: "state",
  revokeToken: "state",
  flushRooms: "state",
  // What is made takes the place of what was made before.
  setUpMfa: "the newest counts",
  makeRecoveryCodes: "the newest count",
  resendInvitation: "the newest link counts",
  forgotPassword: "the newest link counts",
  resendVerification: "the newest link counts",
  // Of nobody in particular, whose keys are not looked at.
  register: "an address has one account",
  // A secret that is used up, or sessions, which have rules of their own.
  verifyEmail: "the link",
  cancelEmailChange: "the link",
  acceptInvite: "the link",
  resetPassword: "the link",
  activateMfa: "the code",
  disableMfa: "the code",
  stepUp: "the code",
  changePassword: "the old password",
  logIn: "another session",
  verifyChallenge: "the challenge",
  issueToken: "another session",
  refreshTokens: "the token before",
};

const Operation = z.looseObject({
  operationId: z.string(),
  parameters: z.array(z.looseObject({ name: z.string().optional() })).optional(),
});
const Document = z.object({
  paths: z.record(z.string(), z.looseObject({ post: Operation.optional() })),
});

function posts() {
  const { paths } = Document.parse(JSON.parse(JSON.stringify(openApiDocument(root, "1"))));
  const all = Object.values(paths).flatMap(({ post }) => (post === undefined ? [] : [post]));
  const takesKey = ({ parameters = [] }: z.output<typeof Operation>) =>
    parameters.some(({ name }) => name === "Idempotency-Key");
  return {
    keyed: all.filter(takesKey).map(({ operationId }) => operationId),
    others: all.filter((post) => !takesKey(post)).map(({ operationId }) => operationId),
  };
}

interface World {
  somebody: Somebody;
  ask: ReturnType<typeof accountApp>["ask"];
}
type Request = [path: string, body?: Record<string, unknown>];

const HOOK = { url: "https://hooks.example.org/x", event_types: ["market.sale"] };
const made = async ({ ask, somebody }: World, ...[path, body]: Request) => {
  const answer = await ask(somebody, "POST", path, body);
  if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
  return answer.body;
};

/** A request to each POST that takes a key, after what it needs has been made. */
const REQUESTS: Record<string, (world: World) => Promise<Request>> = {
  createActivityType: async () => ["/activity-types", { name: "lead_won", schema: { type: "object" } }],
  createTask: async () => ["/tasks", { kind: "import", title: "Import" }],
  recordActivity: async () => ["/activity", { type: "task_completed", data: { task: "t" } }],
  // Its cause is told once to each, however often it is asked for.
  broadcastNotification: async () => [
    "/notifications/broadcast",
    { cause: "release", title: "News", body: "It is out." },
  ],
  inviteUser: async () => ["/users", { email: "new@example.org" }],
  createGroup: async () => ["/groups", { name: "Desk", permissions: ["market:read"] }],
  addMember: async (world) => {
    const { id } = await made(world, "/groups", { name: "Desk", permissions: ["market:read"] });
    return [`/groups/${id}/members`, { user_id: world.somebody.id }];
  },
  createApiKey: async () => ["/api-keys", { name: "indexer", scopes: ["market:ingest"] }],
  rotateApiKey: async (world) => {
    const { id } = await made(world, "/api-keys", { name: "indexer", scopes: ["market:ingest"] });
    return [`/api-keys/${id}/rotate`, { grace_s: 60 }];
  },
  rotateSigningKeys: async () => ["/auth/signing-keys/rotate"],
  createWebhook: async () => ["/webhooks", HOOK],
  rotateWebhookSecret: async (world) => [
    `/webhooks/${(await made(world, "/webhooks", HOOK)).id}/secret/rotate`,
  ],
  testWebhook: async (world) => [`/webhooks/${(await made(world, "/webhooks", HOOK)).id}/test`],
  resendWebhookDelivery: async (world) => {
    const { id } = await made(world, "/webhooks", HOOK);
    const { delivery_id } = await made(world, `/webhooks/${id}/test`);
    return [`/deliveries/${delivery_id}/resend`];
  },
  replayWebhook: async (world) => [
    `/webhooks/${(await made(world, "/webhooks", HOOK)).id}/replay`,
    { since: "2025-01-01T00:00:00Z" },
  ],
  createSilence: async () => [
    "/silences",
    { matchers: [{ label: "host", value: "a" }], ends_at: "2026-01-01T12:00:00Z" },
  ],
  createAlertRule: async () => [
    "/alert-rules",
    { name: "Busy", metric: "host.cpu_percent", operator: ">", threshold: "80" },
  ],
};
/** Their change is not all in Postgres: asked for again they are carried out again, and nobody hears of it twice. */
const CARRIED_OUT_AGAIN = new Set(["broadcastNotification"]);

describe("every POST", () => {
  test("takes an Idempotency-Key, or says why it is safe without", () => {
    const { keyed, others } = posts();
    expect(others.toSorted()).toEqual(Object.keys(SAFE_BY_THEMSELVES).toSorted());
    expect(keyed.toSorted()).toEqual(Object.keys(REQUESTS).toSorted());
  });
});

describeOnEachBackend("an answer that was lost after the commit", (backend: Backend) => {
  async function world() {
    const routes = createApp();
    for (const part of [authApp, usersApp, activityApp, webhooksApp, alertsApp]) routes.route("/", part);
    const app = accountApp(backend, routes);
    const { transact, gates } = app.ctx;
    let losing = false;
    Object.assign(app.ctx, {
      transact: async (work: Parameters<typeof transact>[0]) => {
        const result = await transact(work);
        if (losing) throw new Error("the connection broke after the commit");
        return result;
      },
      gates: { ...gates, apiKey: () => ({ changed: async () => {} }) },
      rooms: { user: () => ({ publish: async () => {} }) },
      alertEngine: () => ({ wake: async () => {} }),
      deliveries: { send: async () => {} },
    });
    const somebody = await app.enter("super_admin");
    const count = async () => {
      const Names = z.object({ name: z.string() });
      const Counted = z.object({ name: z.string(), rows: z.coerce.number() });
      const tables = await readRows(
        backend.db,
        sql`select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
          and not relispartition and relname <> 'idempotency_keys' order by relname`,
        Names,
      );
      const each = tables.map(({ name }) => `select '${name}' as name, count(*) as rows from ${name}`);
      return readRows(backend.db, sql.raw(each.join(" union all ")), Counted);
    };
    return {
      ...app,
      somebody,
      count,
      lose: async <T>(work: () => Promise<T>) => {
        losing = true;
        try {
          return await work();
        } finally {
          losing = false;
        }
      },
    };
  }

  test.each(Object.entries(REQUESTS))("of %s is given when it is asked for again", async (name, prepare) => {
    const app = await world();
    const { somebody, count } = app;
    const [path, body] = await prepare(app);
    const post = () => app.ask(somebody, "POST", path, body, { "idempotency-key": "once" });
    const before = await count();
    expect((await app.lose(post)).status).toBeGreaterThanOrEqual(500);
    const after = await count();
    if (name !== "replayWebhook") expect(after).not.toEqual(before);
    const again = await post();
    expect(again.status, JSON.stringify(again.body)).toBeLessThan(300);
    if (CARRIED_OUT_AGAIN.has(name)) return;
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(await count()).toEqual(after);
    expect((await app.ask(somebody, "POST", `${path}?x=1`, body, { "idempotency-key": "once" })).status).toBe(
      422,
    );
  });
});
