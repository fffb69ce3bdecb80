import { Field } from "../../forms/field.tsx";

/** What is sent of the chat's address: nothing where it stays as it is. */
export function readChatAddress(value: (name: string) => string): { slack_url?: string | null } {
  if (value("slack_removed") !== "") return { slack_url: null };
  const slack_url = value("slack_url").trim();
  return slack_url === "" ? {} : { slack_url };
}

/** Where chat messages go; the address itself is a secret and is not shown again. */
export function ChatAddress({ host }: { host: string | null }) {
  return (
    <fieldset className="channels">
      <legend>Chat</legend>
      {host !== null && (
        <label>
          <input type="checkbox" name="slack_removed" value="yes" />
          Remove the address at {host}
        </label>
      )}
      <Field
        name="slack_url"
        label={host === null ? "Address of an incoming webhook" : "Another address"}
        type="url"
        inputMode="url"
        autoComplete="off"
        hint="Of Slack, or of a chat that takes the same messages."
      />
    </fieldset>
  );
}
