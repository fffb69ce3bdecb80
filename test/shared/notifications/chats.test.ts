import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { ChatChannel } from "../../../shared/contracts/notifications.ts";
import { notification_sends } from "../../../shared/db/schema/index.ts";
import { CHATS } from "../../../shared/notifications/chats/chats.ts";
import { fitText } from "../../../shared/notifications/chats/fit-text.ts";
import { sendNotifications } from "../../../shared/notifications/send-notifications.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { notificationsApp } from "../../support/notifications-app.ts";

const DISCORD = "https://discord.com/api/webhooks/1234567890/SecretSecretSecretSecret";
const TELEGRAM = { bot_token: "123456:SecretSecretSecretSecretSecretSecret", chat_id: "-1001234567890" };

/** `content` and the rest as Execute Webhook documents it; nobody may be pinged. */
const DiscordBody = z.strictObject({
  content: z.string().min(1).max(2000),
  allowed_mentions: z.strictObject({ parse: z.tuple([]) }),
  flags: z.literal(4),
});
/** `sendMessage` as the Bot API documents it; the limit is on the text without its mark-up. */
const TelegramBody = z.strictObject({
  chat_id: z.string(),
  text: z.string().refine((text) => plain(text).length <= 4096 && plain(text).length > 0),
  parse_mode: z.literal("HTML"),
  link_preview_options: z.strictObject({ is_disabled: z.literal(true) }),
  disable_notification: z.boolean(),
});
const TAGS = /<\/?b>/g;
function plain(text: string): string {
  const bare = text.replace(TAGS, "");
  if (/[<>]/.test(bare) || /&(?!(?:amp|lt|gt);)/.test(bare)) throw new Error(`unescaped: ${bare}`);
  return bare.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

type Reply = { status: number; body: unknown; headers?: Record<string, string> };

describe("a chat", () => {
  it.each(["discord", "telegram"] as const)(
    "of %s gets no text that is too long, cut between characters",
    (name) => {
      const address = name === "discord" ? DISCORD : JSON.stringify(TELEGRAM);
      const shape = name === "discord" ? DiscordBody : TelegramBody;
      for (const character of ["a", "*", "<", "&", "\u{1F9D1}", "\\"]) {
        const message = {
          level: "error" as const,
          title: character.repeat(900),
          body: character.repeat(9000),
        };
        const { body } = CHATS[name].request(address, message);
        shape.parse(body);
        expect(JSON.stringify(body).isWellFormed()).toBe(true);
      }
    },
  );

  it("keeps a text that fits, and never cuts an escape in two", () => {
    const slashed = (character: string) => `\\${character}`;
    expect(fitText("abc", 6, slashed)).toBe("\\a\\b\\c");
    expect(fitText("abc", 5, slashed)).toBe("\\a\\b…");
    expect(fitText("\u{1F9D1}\u{1F9D1}", 3, (character) => character)).toBe("\u{1F9D1}…");
  });

  it("of Discord shows what looks like mark-up or a mention as it is", () => {
    const { body } = CHATS.discord.request(DISCORD, {
      level: "info",
      title: "*a* _b_",
      body: "@everyone <@1> [x](y)",
    });
    expect(DiscordBody.parse(body).content).toBe(
      "**\\*a\\* \\_b\\_**\n\\@everyone \\<\\@1\\> \\[x\\]\\(y\\)",
    );
  });

  it("of Slack that answers 429 is waited for as long as it asks", () => {
    const answer = { status: 429, body: "", retry_after_ms: 90_000 };
    expect(CHATS.slack.judge(answer)).toMatchObject({ status: "again", wait_ms: 90_000 });
  });
});

describeOnEachBackend("chats", (backend) => {
  let server: Server;
  let base: string;
  const got: { path: string; body: unknown }[] = [];
  let reply: Reply;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        got.push({ path: request.url ?? "", body: JSON.parse(Buffer.concat(parts).toString("utf8")) });
        response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
        response.end(reply.status === 204 ? undefined : JSON.stringify(reply.body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());
  beforeEach(() => void got.splice(0));

  /** Somebody with one chat, whose host is the server on this machine. */
  async function world(given: Record<string, unknown>) {
    const app = notificationsApp(backend);
    const ann = await app.enter("trader");
    const rules = [{ kind: "*", channels: { email: false } }];
    const wanted = { rules, quiet_hours: null, digest: null, ...given };
    expect((await app.ask(ann, "PUT", "/notification-preferences", wanted)).status).toBe(200);
    app.ctx.fetch = (input, init) => fetch(base + new URL(String(input)).pathname, init);
    const send = async (what: Parameters<typeof app.tell>[1] = {}) => {
      const id = await app.tell(ann, what);
      await sendNotifications(app.ctx, [id ?? ""]);
      const rows = await backend.db.select().from(notification_sends);
      const row = rows.find(({ notification_id }) => notification_id === id);
      const wait_s = (Date.parse(row?.due_at ?? "") - app.clock.now) / 1000;
      return { channel: row?.channel, status: row?.status, why: row?.last_error, wait_s };
    };
    return { send };
  }

  it("of Discord are posted to in the documented shape, and a 429 is waited for", async () => {
    const { send } = await world({ discord_url: DISCORD });
    reply = { status: 204, body: null };
    expect(await send({ title: "Floor", body: "down" })).toMatchObject({
      channel: "discord",
      status: "sent",
    });
    expect(got).toEqual([
      {
        path: new URL(DISCORD).pathname,
        body: { content: "**Floor**\ndown", allowed_mentions: { parse: [] }, flags: 4 },
      },
    ]);
    reply = {
      status: 429,
      body: { message: "You are being rate limited.", retry_after: 64.57, global: false },
    };
    expect(await send()).toMatchObject({ status: "pending", wait_s: 64.57 });
    reply = { status: 404, body: { message: "Unknown Webhook", code: 10015 } };
    expect(await send()).toMatchObject({
      status: "failed",
      why: "status 404 instead of 2xx: Unknown Webhook",
    });
  });

  it("of Telegram are posted to in the documented shape, and a 429 is waited for", async () => {
    const { send } = await world({ telegram: TELEGRAM });
    reply = { status: 200, body: { ok: true, result: { message_id: 1 } } };
    expect(await send({ title: "Floor <5>", body: "a & b" })).toMatchObject({ status: "sent" });
    expect(got[0]?.path).toBe(`/bot${TELEGRAM.bot_token}/sendMessage`);
    expect(TelegramBody.parse(got[0]?.body)).toMatchObject({
      ...{ chat_id: TELEGRAM.chat_id, text: "<b>Floor &lt;5&gt;</b>\na &amp; b", disable_notification: true },
    });
    reply = {
      status: 429,
      body: {
        ok: false,
        error_code: 429,
        description: "Too Many Requests: retry after 90",
        parameters: { retry_after: 90 },
      },
    };
    expect(await send()).toMatchObject({ status: "pending", wait_s: 90 });
    reply = {
      status: 403,
      body: { ok: false, error_code: 403, description: "Forbidden: bot was blocked by the user" },
    };
    expect(await send()).toMatchObject({ status: "failed", why: expect.stringContaining("bot was blocked") });
    reply = {
      status: 400,
      body: {
        ok: false,
        error_code: 400,
        description: "group chat was upgraded",
        parameters: { migrate_to_chat_id: -1002 },
      },
    };
    expect(await send()).toMatchObject({ status: "failed", why: "the group has another number now: -1002" });
    reply = { status: 200, body: { hello: "a captive portal" } };
    expect(await send()).toMatchObject({ status: "pending" });
  });

  it.each([
    ["discord", { discord_url: DISCORD }],
    ["telegram", { telegram: TELEGRAM }],
    ["slack", { slack_url: "https://hooks.slack.com/services/T0/B0/SecretSecret" }],
  ] as [ChatChannel, Record<string, unknown>][])(
    "keep the address of %s out of what went wrong",
    async (_name, given) => {
      const { send } = await world(given);
      reply = { status: 500, body: {} };
      await send();
      const app = notificationsApp(backend);
      const ann = await app.enter("trader", { email: `${crypto.randomUUID()}@example.org` });
      await app.ask(ann, "PUT", "/notification-preferences", {
        rules: [],
        quiet_hours: null,
        digest: null,
        ...given,
      });
      app.ctx.fetch = async (input) => {
        throw new TypeError(
          `Failed to fetch ${String(input)}: no route to ${new URL(String(input)).pathname}`,
        );
      };
      await sendNotifications(app.ctx, [(await app.tell(ann)) ?? ""]);
      const errors = (await backend.db.select().from(notification_sends)).map(({ last_error }) => last_error);
      expect(errors.join()).toContain("Failed to fetch");
      expect(errors.join()).not.toContain("Secret");
    },
  );
});
