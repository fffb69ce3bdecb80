import { composeMail, type MailContent } from "../compose-mail.ts";

/** `webhook_failing`: an endpoint does not take its messages; `disabled` says why it was turned off, if it was. */
export function webhookFailingMail(data: {
  name: string | null;
  /** Of the endpoint: its host, never the whole address, which may carry a secret. */
  host: string;
  /** Messages in a row of which every attempt failed. */
  failed: number;
  /** So many of them turn an endpoint off. */
  limit: number;
  disabled: "failures" | "gone" | null;
}): MailContent {
  const { name, host, failed, limit, disabled } = data;
  if (disabled === null)
    return composeMail({
      subject: "A webhook endpoint of yours is failing",
      name,
      says: [
        `${failed} messages in a row could not be delivered to your webhook endpoint on ${host}, although each was tried several times.`,
        `After ${limit} in a row it is turned off. Any message that it takes starts the count anew.`,
        "The log of deliveries of the endpoint shows what was sent and what came back.",
      ],
    });
  const why =
    disabled === "gone"
      ? `Your webhook endpoint on ${host} answered with status 410, which says that it is gone for good.`
      : `${failed} messages in a row could not be delivered to your webhook endpoint on ${host}, although each was tried several times.`;
  return composeMail({
    subject: "A webhook endpoint of yours was turned off",
    name,
    says: [
      why,
      "It was turned off, and what waited for it was cancelled. Once it works again, enable it and replay what it missed.",
    ],
  });
}
