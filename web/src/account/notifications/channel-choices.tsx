import type {
  NotificationChannel,
  NotificationPreferences,
} from "../../../../shared/contracts/notifications.ts";
import { GROUPS, readCell, writeCell } from "./rule-cells.ts";

type Rules = NotificationPreferences["rules"];

const CHANNELS = {
  in_app: "In the app",
  email: "E-mail",
  push: "Browsers",
  slack: "Slack",
  discord: "Discord",
  telegram: "Telegram",
  webhook: "Webhooks",
} as const satisfies Record<NotificationChannel, string>;
const ORDER: readonly NotificationChannel[] = [
  "in_app",
  "email",
  "push",
  "slack",
  "discord",
  "telegram",
  "webhook",
];

/** Which kinds go by which channel, to be ticked; a box that is neither has kinds of both. */
export function ChannelChoices({ rules, onChange }: { rules: Rules; onChange(rules: Rules): void }) {
  return GROUPS.map(({ pattern, about }) => (
    <fieldset key={pattern} className="channels">
      <legend>{about}</legend>
      {ORDER.filter((channel) => channel !== "webhook" || pattern !== "webhook.*").map((channel) => {
        const state = readCell(rules, pattern, channel);
        return (
          <label key={channel}>
            <input
              type="checkbox"
              checked={state === true}
              ref={(box) => {
                if (box) box.indeterminate = state === null;
              }}
              onChange={({ currentTarget: { checked: on } }) =>
                onChange(writeCell(rules, pattern, { channel, on }))
              }
            />
            {CHANNELS[channel]}
          </label>
        );
      })}
    </fieldset>
  ));
}
