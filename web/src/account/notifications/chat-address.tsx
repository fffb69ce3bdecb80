import { Field } from "../../forms/field.tsx";

/** Where each chat's messages go, as far as it may be shown; `null` where nothing is set. */
export interface ChatsShown {
  slack: { host: string } | null;
  discord: { host: string } | null;
  telegram: { bot: string; chat_id: string } | null;
}

interface ChatsSent {
  slack_url?: string | null;
  discord_url?: string | null;
  telegram?: { bot_token: string; chat_id: string } | null;
}

type Read = (name: string) => string;

/** `null` where it is to be removed, `undefined` where it stays as it is. */
function readUrl(value: Read, name: string): string | null | undefined {
  if (value(`${name}_removed`) !== "") return null;
  return value(name).trim() || undefined;
}

function readTelegram(value: Read): ChatsSent["telegram"] {
  if (value("telegram_removed") !== "") return null;
  const bot_token = value("telegram.bot_token").trim();
  const chat_id = value("telegram.chat_id").trim();
  return bot_token === "" && chat_id === "" ? undefined : { bot_token, chat_id };
}

/** What is sent of the chats' addresses: nothing of those that stay as they are. */
export function readChatAddresses(value: Read): ChatsSent {
  const slack_url = readUrl(value, "slack_url");
  const discord_url = readUrl(value, "discord_url");
  const telegram = readTelegram(value);
  return {
    ...(slack_url !== undefined && { slack_url }),
    ...(discord_url !== undefined && { discord_url }),
    ...(telegram !== undefined && { telegram }),
  };
}

function Remove({ name, what }: { name: string; what: string }) {
  return (
    <label>
      <input type="checkbox" name={`${name}_removed`} value="yes" />
      Remove {what}
    </label>
  );
}

const SECRET = { autoComplete: "off" } as const;

interface WebhookAddressProps {
  chat: string;
  name: "slack_url" | "discord_url";
  /** What is known of the address that is kept, or `false` where there is none. */
  known: string | false;
  label: string;
  hint: string;
}

/** A chat that is written to at one secret address. */
function WebhookAddress({ chat, name, known, label, hint }: WebhookAddressProps) {
  return (
    <fieldset className="channels">
      <legend>{chat}</legend>
      {known !== false && <Remove name={name} what={known} />}
      <Field
        name={name}
        label={known === false ? label : "Another address"}
        type="url"
        inputMode="url"
        hint={hint}
        {...SECRET}
      />
    </fieldset>
  );
}

/** Where chat messages go; the addresses themselves are secrets and are not shown again. */
export function ChatAddresses({ slack, discord, telegram }: ChatsShown) {
  return (
    <>
      <WebhookAddress
        chat="Slack"
        name="slack_url"
        known={slack !== null && `the address at ${slack.host}`}
        label="Address of an incoming webhook"
        hint="Slack, or a chat that accepts the same messages, such as Mattermost."
      />
      <WebhookAddress
        chat="Discord"
        name="discord_url"
        known={discord !== null && `the webhook at ${discord.host}`}
        label="Address of a channel's webhook"
        hint="In Discord: Edit Channel, Integrations, Webhooks, Copy Webhook URL."
      />
      <fieldset className="channels">
        <legend>Telegram</legend>
        {telegram !== null && (
          <Remove name="telegram" what={`bot ${telegram.bot}, which writes to ${telegram.chat_id}`} />
        )}
        <Field
          name="telegram.bot_token"
          label={telegram === null ? "Token of a bot" : "Token of another bot"}
          type="password"
          hint="From @BotFather. Start a chat with the bot, or add it to the group or channel."
          {...SECRET}
        />
        <Field
          name="telegram.chat_id"
          label="Chat"
          hint="Its number, such as -1001234567890, or @name of a public channel."
          {...SECRET}
        />
      </fieldset>
    </>
  );
}
