import { z } from "zod";
import { type Chat, jsonOf, judgeStatus } from "./chat.ts";
import { fitText } from "./fit-text.ts";

const API = "https://api.telegram.org";

/** Who writes, and where to: a chat by its number, or a public channel by its name. */
export const TelegramAddress = z.strictObject({
  bot_token: z
    .string()
    .trim()
    .regex(/^\d{5,20}:[\w-]{30,60}$/, "must be the token that @BotFather gave, such as 123456:ABC-DEF…"),
  chat_id: z
    .string()
    .trim()
    .regex(
      /^(?:-?\d{1,20}|@[A-Za-z]\w{3,31})$/,
      "must be the number of a chat, or @name of a public channel",
    ),
});
export type TelegramAddress = z.output<typeof TelegramAddress>;

/** Of `text`, once the mark-up is taken out (https://core.telegram.org/bots/api#sendmessage). */
const MOST = 4096;
const MOST_TITLE = 400;
const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const asIs = (character: string) => character;

/** In the style HTML (https://core.telegram.org/bots/api#html-style). */
const escapeText = (text: string) =>
  Array.from(text, (character) => ESCAPES[character] ?? character).join("");

const Answer = z.object({
  ok: z.boolean(),
  description: z.string().max(300).optional(),
  /** https://core.telegram.org/bots/api#responseparameters */
  parameters: z
    .object({ retry_after: z.number().min(0).optional(), migrate_to_chat_id: z.number().optional() })
    .optional(),
});

/** The number of the bot, which everybody may know; the rest of its token is the secret. */
export function botOf({ bot_token }: TelegramAddress): string {
  return bot_token.split(":")[0] ?? "";
}

export const telegram: Chat = {
  column: "telegram",
  refuse: (address) =>
    TelegramAddress.safeParse(jsonOf(address)).success ? null : "must be a bot's token and a chat",
  request(address, { level, title, body }) {
    const { bot_token, chat_id } = TelegramAddress.parse(JSON.parse(address));
    // What counts is the text without its mark-up, so it is cut first.
    const head = fitText(title, MOST_TITLE, asIs);
    const rest = fitText(body, MOST - head.length - 1, asIs);
    return {
      url: `${API}/bot${bot_token}/sendMessage`,
      body: {
        chat_id,
        text: `<b>${escapeText(head)}</b>\n${escapeText(rest)}`,
        parse_mode: "HTML",
        link_preview_options: { is_disabled: true },
        disable_notification: level === "info",
      },
    };
  },
  judge(answer) {
    const { data } = Answer.safeParse(jsonOf(answer.body));
    if (answer.status === 200) {
      // An answer of something else that stands between says nothing of the message.
      if (data?.ok === true) return { status: "sent" };
      return { status: "again", why: "status 200 without ok: true" };
    }
    const moved = data?.parameters?.migrate_to_chat_id;
    if (moved !== undefined) return { status: "failed", why: `the group has another number now: ${moved}` };
    const asked = data?.parameters?.retry_after;
    const retry_after_ms = asked === undefined ? answer.retry_after_ms : Math.ceil(asked * 1000);
    return judgeStatus({ ...answer, retry_after_ms }, data?.description);
  },
};
