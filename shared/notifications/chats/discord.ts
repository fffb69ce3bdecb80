import { z } from "zod";
import { type Chat, jsonOf, judgeStatus } from "./chat.ts";
import { fitText } from "./fit-text.ts";

/** Discord's own hosts; whoever runs it elsewhere has another product. */
const HOSTS = new Set(["discord.com", "ptb.discord.com", "canary.discord.com", "discordapp.com"]);
const PATH = /^\/api\/(?:v\d{1,2}\/)?webhooks\/\d{5,25}\/[\w-]{20,200}$/;

/** Of `content` (https://docs.discord.com/developers/resources/webhook#execute-webhook). */
const MOST = 2000;
const MOST_TITLE = 400;
const BETWEEN = "\n";
const BOLD = "**";
/** `SUPPRESS_EMBEDS`: links are not fetched and shown. */
const NO_PREVIEW = 4;

/** What Discord takes for mark-up (https://support.discord.com/hc/en-us/articles/210298617). */
const escapeText = (character: string) =>
  /[\\*_~`|>#\-[\]()<@]/.test(character) ? `\\${character}` : character;

/** Of a 429 (https://docs.discord.com/developers/topics/rate-limits): seconds, with decimals. */
const Limited = z.object({ retry_after: z.number().min(0) });
const Refused = z.object({ message: z.string().max(200) });

export const discord: Chat = {
  column: "discord_url",
  refuse(address) {
    const url = URL.canParse(address) ? new URL(address) : null;
    const fits =
      url?.protocol === "https:" && url.port === "" && HOSTS.has(url.hostname) && PATH.test(url.pathname);
    return fits
      ? null
      : "must be the address of a Discord webhook: https://discord.com/api/webhooks/<id>/<token>";
  },
  request(url, { title, body }) {
    const head = `${BOLD}${fitText(title, MOST_TITLE, escapeText)}${BOLD}${BETWEEN}`;
    const content = head + fitText(body, MOST - head.length, escapeText);
    // Nobody is pinged, whatever a text says.
    return { url, body: { content, allowed_mentions: { parse: [] }, flags: NO_PREVIEW } };
  },
  judge(answer) {
    const said = jsonOf(answer.body);
    const limited = answer.status === 429 ? Limited.safeParse(said) : null;
    if (limited?.success) {
      const wait_ms = Math.ceil(limited.data.retry_after * 1000);
      return { status: "again", why: `status 429: asked to wait ${wait_ms} ms`, wait_ms };
    }
    return judgeStatus(answer, Refused.safeParse(said).data?.message);
  },
};
