import { type Chat, judgeStatus } from "./chat.ts";
import { fitText } from "./fit-text.ts";

/** Slack cuts longer texts (https://docs.slack.dev/changelog/2018-truncating-really-long-messages/). */
const MOST_BODY = 30_000;
const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** What Slack takes for mark-up (https://docs.slack.dev/messaging/formatting-message-text/#escaping). */
const escapeText = (character: string) => ESCAPES[character] ?? character;

/**
 * `{ "text": … }`, which Slack's incoming webhooks and those of Mattermost, Rocket.Chat and Discord (`/slack`) take
 * (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/).
 */
export const slack: Chat = {
  column: "slack_url",
  // Any public host: many chats take the same messages.
  refuse: () => null,
  request: (url, { title, body }) => ({
    url,
    body: { text: `*${fitText(title, 1000, escapeText)}*\n${fitText(body, MOST_BODY, escapeText)}` },
  }),
  judge: (answer) => judgeStatus(answer),
};
