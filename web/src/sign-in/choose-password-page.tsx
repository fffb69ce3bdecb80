import { useState } from "react";
import { send } from "../api/send.ts";
import { Field } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { NEW_PASSWORD_HINT, PasswordField } from "../forms/password-field.tsx";
import { Link } from "../ui/link.tsx";
import { AlonePage } from "./alone-page.tsx";
import { NoToken } from "./no-token.tsx";
import { useLinkToken } from "./use-link-token.ts";

interface ChoosePasswordProps {
  title: string;
  about: string;
  /** Where the token of the mail and the new password go. */
  address: string;
  done: string;
  /** Asks for a name as well. */
  named?: boolean;
}

function ChoosePassword({ title, about, address, done, named }: ChoosePasswordProps) {
  const token = useLinkToken();
  const [chosen, setChosen] = useState(false);
  if (token === "") return <NoToken />;
  if (chosen) {
    return (
      <AlonePage title={done}>
        <p>
          You can <Link to="/sign-in">sign in</Link> with it now.
        </p>
      </AlonePage>
    );
  }
  const onSubmit = async (value: (name: string) => string) => {
    const name = value("name").trim();
    await send("POST", address, { token, password: value("password"), ...(name !== "" && { name }) });
    setChosen(true);
  };
  return (
    <AlonePage title={title}>
      <p>{about}</p>
      <Form submit="Save password" keep onSubmit={onSubmit}>
        {named && <Field name="name" label="Name (optional)" autoComplete="name" maxLength={100} />}
        <PasswordField
          name="password"
          label="New password"
          autoComplete="new-password"
          hint={NEW_PASSWORD_HINT}
        />
      </Form>
    </AlonePage>
  );
}

export function ResetPasswordPage() {
  return (
    <ChoosePassword
      title="Choose a new password"
      about="All sessions of the account end with it. A second factor stays as it is."
      address="/api/v1/auth/password/reset"
      done="The password is changed"
    />
  );
}

export function AcceptInvitePage() {
  return (
    <ChoosePassword
      title="Welcome to XSEMA"
      about="An account was created for you. Choose a password to start."
      address="/api/v1/auth/accept-invite"
      done="Your account is ready"
      named
    />
  );
}
