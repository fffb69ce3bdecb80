import { useState } from "react";
import { z } from "zod";
import { NotificationPreferences } from "../../../../shared/contracts/notifications.ts";
import { readBody } from "../../api/read-body.ts";
import { readJson } from "../../api/read-json.ts";
import { request } from "../../api/request.ts";
import { Form } from "../../forms/form.tsx";
import { Failure } from "../../ui/failure.tsx";
import { useRemote } from "../../use-remote.ts";
import { Section } from "../section.tsx";
import { Browsers } from "./browsers.tsx";
import { ChannelChoices } from "./channel-choices.tsx";
import { ChatAddresses, readChatAddresses } from "./chat-address.tsx";
import { QuietHoursFields, readQuietHours } from "./quiet-hours-fields.tsx";

const ADDRESS = "/api/v1/notification-preferences";
const Shown = NotificationPreferences.extend({
  slack: z.object({ host: z.string() }).nullable(),
  discord: z.object({ host: z.string() }).nullable(),
  telegram: z.object({ bot: z.string(), chat_id: z.string() }).nullable(),
  revision: z.int(),
});
type Shown = z.infer<typeof Shown>;

/** What one is told, by which ways, and when not. */
export function NotificationsSection() {
  const { data, error, reload } = useRemote(ADDRESS, (signal) => readJson(ADDRESS, Shown, signal), {
    keep: true,
  });
  return (
    <Section title="Notifications" wide>
      {error !== null && <Failure what="The preferences" error={error} retry={reload} />}
      {data && <Preferences key={data.revision} initial={data} />}
      <Browsers />
    </Section>
  );
}

function Preferences({ initial }: { initial: Shown }) {
  const [kept, setKept] = useState(initial);
  const [rules, setRules] = useState(initial.rules);
  const [quiet, setQuiet] = useState(initial.quiet_hours !== null);
  const onSubmit = async (value: (name: string) => string) => {
    const answer = await request(ADDRESS, {
      method: "PUT",
      ifMatch: kept.revision,
      body: {
        rules,
        quiet_hours: quiet ? readQuietHours(value) : null,
        digest: kept.digest,
        ...readChatAddresses(value),
      },
    });
    const saved = await readBody(answer, Shown);
    setKept(saved);
    setRules(saved.rules);
  };
  return (
    <Form submit="Save the preferences" done="Saved." keep onSubmit={onSubmit}>
      <ChannelChoices rules={rules} onChange={setRules} />
      <QuietHoursFields hours={kept.quiet_hours} on={quiet} onToggle={setQuiet} />
      <ChatAddresses key={kept.revision} slack={kept.slack} discord={kept.discord} telegram={kept.telegram} />
    </Form>
  );
}
