import { useState } from "react";
import { send } from "../api/send.ts";
import { EmailField } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { Link } from "../ui/link.tsx";
import { AlonePage } from "./alone-page.tsx";

export function ForgotPasswordPage() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  if (sentTo !== null) {
    return (
      <AlonePage title="Check your mailbox">
        <p>
          If <strong>{sentTo}</strong> has an account, a mail is on its way. Its link works for half an hour,
          once.
        </p>
      </AlonePage>
    );
  }
  const onSubmit = async (value: (name: string) => string) => {
    const email = value("email");
    await send("POST", "/api/v1/auth/password/forgot", { email });
    setSentTo(email);
  };
  return (
    <AlonePage title="Set a new password">
      <p>We send you a mail with a link to choose a new password.</p>
      <Form submit="Send the mail" keep onSubmit={onSubmit}>
        <EmailField />
      </Form>
      <div className="card-foot">
        <Link to="/sign-in">Back to signing in</Link>
      </div>
    </AlonePage>
  );
}
