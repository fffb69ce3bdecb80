import type { ChatChannel } from "../../contracts/notifications.ts";
import type { Chat } from "./chat.ts";
import { discord } from "./discord.ts";
import { slack } from "./slack.ts";
import { telegram } from "./telegram.ts";

/** Every chat, by its channel: one that is missing does not compile. */
export const CHATS: Readonly<Record<ChatChannel, Chat>> = { slack, discord, telegram };

/** What a user's address in a chat is sealed for; it carries the right to write. */
export function chatPurpose(channel: ChatChannel, user_id: string): string {
  return `${CHATS[channel].column}:${user_id}`;
}
