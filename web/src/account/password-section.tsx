import { sendFor } from "../api/send.ts";
import { Form } from "../forms/form.tsx";
import { NEW_PASSWORD_HINT, PasswordField } from "../forms/password-field.tsx";
import { session } from "../session/session-here.ts";
import { Tokens } from "../session/tokens.ts";
import { Section } from "./section.tsx";

export function PasswordSection({ email, onChanged }: { email: string; onChanged(): void }) {
  const onSubmit = async (value: (name: string) => string) => {
    const body = { current_password: value("current_password"), new_password: value("new_password") };
    await session.adopt(await sendFor(Tokens, "POST", "/api/v1/auth/password/change", body));
    onChanged();
  };
  return (
    <Section title="Password">
      <Form
        submit="Change the password"
        done="Changed. All other sessions have ended."
        words={{ conflict: "The password was changed somewhere else a moment ago. Try again with that one." }}
        onSubmit={onSubmit}
      >
        {/* By which a password manager knows whose password it is. */}
        <input type="text" name="username" autoComplete="username" defaultValue={email} hidden readOnly />
        <PasswordField name="current_password" label="Current password" autoComplete="current-password" />
        <PasswordField
          name="new_password"
          label="New password"
          autoComplete="new-password"
          hint={NEW_PASSWORD_HINT}
        />
      </Form>
    </Section>
  );
}
