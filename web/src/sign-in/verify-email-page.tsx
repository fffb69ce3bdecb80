import { useState } from "react";
import { send } from "../api/send.ts";
import { Form } from "../forms/form.tsx";
import { PasswordField } from "../forms/password-field.tsx";
import { Link } from "../ui/link.tsx";
import { AlonePage } from "./alone-page.tsx";
import { NoToken } from "./no-token.tsx";
import { useLinkToken } from "./use-link-token.ts";

/** Asks for the password of the registration: anybody can register an address, and only its owner must get in. */
export function VerifyEmailPage() {
  const token = useLinkToken();
  const [confirmed, setConfirmed] = useState(false);
  const onSubmit = async (value: (name: string) => string) => {
    await send("POST", "/api/v1/auth/verify-email", { token, password: value("password") });
    setConfirmed(true);
  };
  if (token === "") return <NoToken />;
  if (confirmed) {
    return (
      <AlonePage title="The address is confirmed">
        <p>
          You can <Link to="/sign-in">sign in</Link> now.
        </p>
      </AlonePage>
    );
  }
  return (
    <AlonePage title="Confirm your address">
      <p>Enter the password that you chose when you made the account.</p>
      <Form submit="Confirm the address" keep onSubmit={onSubmit}>
        <PasswordField name="password" label="Password" autoComplete="current-password" />
      </Form>
      <div className="card-foot">
        <Link to="/forgot-password">Forgot it? Choose a new one</Link>
      </div>
    </AlonePage>
  );
}
