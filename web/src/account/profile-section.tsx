import type { Me } from "../api/account.ts";
import { send } from "../api/send.ts";
import { Field } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { PasswordField } from "../forms/password-field.tsx";
import { Section } from "./section.tsx";
import { useStepUp } from "./step-up.tsx";

const words = (code: string) => code.replaceAll("_", " ");

/** Name and address; the address counts once a mail to it has confirmed it. */
export function ProfileSection({ me, onChanged }: { me: Me; onChanged(): void }) {
  const onSubmit = async (value: (name: string) => string) => {
    const name = value("name").trim();
    await send("PATCH", "/api/v1/auth/me", { name: name === "" ? null : name });
    onChanged();
  };
  return (
    <Section title="Profile">
      <dl className="facts">
        <dt>E-mail address</dt>
        <dd>{me.email}</dd>
        {me.pending_email && (
          <>
            <dt>New address</dt>
            <dd>{me.pending_email}, once the link in the mail to it is followed</dd>
          </>
        )}
        <dt>Role</dt>
        <dd>{words(me.role)}</dd>
        <dt>Plan</dt>
        <dd>{words(me.plan)}</dd>
      </dl>
      <Form submit="Save the name" done="Saved." keep onSubmit={onSubmit}>
        <Field name="name" label="Name" autoComplete="name" maxLength={100} defaultValue={me.name ?? ""} />
      </Form>
      <details className="more">
        <summary>Use another address</summary>
        <ChangeAddress onChanged={onChanged} />
      </details>
    </Section>
  );
}

function ChangeAddress({ onChanged }: { onChanged(): void }) {
  const withStepUp = useStepUp();
  const onSubmit = async (value: (name: string) => string) => {
    const body = { email: value("email"), current_password: value("current_password") };
    await withStepUp(() => send("PATCH", "/api/v1/auth/me", body));
    onChanged();
  };
  return (
    <Form
      submit="Send the mail"
      done="A mail to the new address is on its way. All other sessions have ended."
      onSubmit={onSubmit}
    >
      <Field name="email" label="New address" type="email" autoComplete="email" inputMode="email" required />
      <PasswordField name="current_password" label="Current password" autoComplete="current-password" />
    </Form>
  );
}
