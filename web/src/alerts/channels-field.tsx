import { useId } from "react";
import { NotificationChannel } from "../../../shared/contracts/notifications.ts";
import { useFieldProblem } from "../forms/form-context.ts";

const WORDS: Record<NotificationChannel, string> = {
  in_app: "In the app",
  email: "E-mail",
  push: "Browsers",
  slack: "Slack",
  discord: "Discord",
  telegram: "Telegram",
  webhook: "Webhooks",
};

/** By which ways one is told; none: by those of the notification preferences. */
export function ChannelsField({ chosen }: { chosen: readonly NotificationChannel[] }) {
  const id = useId();
  const problem = useFieldProblem("channels");
  const described = [problem && `${id}-problem`, `${id}-hint`].filter(Boolean).join(" ");
  return (
    <fieldset className="channels" aria-describedby={described}>
      <legend>Notify me by</legend>
      {NotificationChannel.options.map((channel) => (
        <label key={channel}>
          <input type="checkbox" name="channels" value={channel} defaultChecked={chosen.includes(channel)} />
          {WORDS[channel]}
        </label>
      ))}
      {problem && (
        <p id={`${id}-problem`} className="form-problem">
          {problem}
        </p>
      )}
      <p id={`${id}-hint`} className="quiet channels-hint">
        With none ticked, the notification preferences of your account apply.
      </p>
    </fieldset>
  );
}
