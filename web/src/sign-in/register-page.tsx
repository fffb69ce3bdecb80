import { useState } from "react";
import { send } from "../api/send.ts";
import { EmailField, Field } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { NEW_PASSWORD_HINT, PasswordField } from "../forms/password-field.tsx";
import { Link } from "../ui/link.tsx";
import { AlonePage } from "./alone-page.tsx";
import { ResendVerification } from "./resend-verification.tsx";

export function RegisterPage() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  if (sentTo !== null) return <LookIntoMailbox email={sentTo} />;
  const onSubmit = async (value: (name: string) => string) => {
    const email = value("email");
    const name = value("name").trim();
    const body = { email, password: value("password"), ...(name !== "" && { name }) };
    await send("POST", "/api/v1/auth/register", body);
    setSentTo(email);
  };
  return (
    <AlonePage title="Create an account">
      <Form submit="Create account" keep onSubmit={onSubmit}>
        <Field name="name" label="Name (optional)" autoComplete="name" maxLength={100} />
        <EmailField />
        <PasswordField
          name="password"
          label="Password"
          autoComplete="new-password"
          hint={NEW_PASSWORD_HINT}
        />
      </Form>
      <div className="card-foot">
        <Link to="/sign-in">Already have an account? Sign in</Link>
      </div>
    </AlonePage>
  );
}

/** Says the same whether or not the address has an account already. */
function LookIntoMailbox({ email }: { email: string }) {
  return (
    <AlonePage title="Check your mailbox">
      <p>
        A mail is on its way to <strong>{email}</strong>. Follow its link and enter your password to confirm
        the address; then you can sign in.
      </p>
      <p className="quiet">Nothing there after some minutes? Look among the unwanted mails, or:</p>
      <ResendVerification email={email} />
    </AlonePage>
  );
}
