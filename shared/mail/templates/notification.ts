import { composeMail, type MailContent } from "../compose-mail.ts";

/** `notification`: one, or many of a kind in one mail. Its words are those that the user is shown in the app. */
export function notificationMail(data: {
  name: string | null;
  /** Oldest first, at least one. */
  notifications: { title: string; body: string; at: string }[];
  /** All of them, where `notifications` holds only the first. */
  total: number;
  /** Where they are read. */
  link: string;
}): MailContent {
  const { name, notifications, total, link } = data;
  const [first] = notifications;
  const action = { label: "Open XSEMA", link };
  const after = ["What you are told by mail, and when, is up to your notification preferences."];
  if (total === 1 && first !== undefined)
    return composeMail({ subject: first.title, name, says: [first.title, first.body], action, after });
  const left = total - notifications.length;
  return composeMail({
    subject: `${total} notifications: ${first?.title ?? "XSEMA"}`,
    name,
    says: [
      ...notifications.map(
        ({ title, body, at }) => `${at.slice(0, 16).replace("T", " ")} UTC: ${title}. ${body}`,
      ),
      ...(left > 0 ? [`${left} more are in the list.`] : []),
    ],
    action,
    after,
  });
}
