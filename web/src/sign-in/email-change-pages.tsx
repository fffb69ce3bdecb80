import { type ReactNode, useState } from "react";
import { send } from "../api/send.ts";
import { Form } from "../forms/form.tsx";
import { useMe } from "../session/me.tsx";
import { Link } from "../ui/link.tsx";
import { AlonePage } from "./alone-page.tsx";
import { NoToken } from "./no-token.tsx";
import { useLinkToken } from "./use-link-token.ts";

interface LinkPageProps {
  title: string;
  about: string;
  /** Words of the button. */
  submit: string;
  /** Where the token of the mail goes. */
  address: string;
  doneTitle: string;
  done: ReactNode;
}

/** Waits for a press: programs that look into mails follow links, and would use the token up. */
function LinkPage({ title, about, submit, address, doneTitle, done }: LinkPageProps) {
  const token = useLinkToken();
  const [isDone, setDone] = useState(false);
  const { reload } = useMe();
  if (token === "") return <NoToken />;
  if (isDone) return <AlonePage title={doneTitle}>{done}</AlonePage>;
  const onSubmit = async () => {
    await send("POST", address, { token });
    setDone(true);
    reload();
  };
  return (
    <AlonePage title={title}>
      <p>{about}</p>
      <Form
        submit={submit}
        words={{ conflict: "There is an account with this address already." }}
        onSubmit={onSubmit}
      />
    </AlonePage>
  );
}

export function ConfirmEmailChangePage() {
  return (
    <LinkPage
      title="Confirm your new address"
      about="The account moves to this address."
      submit="Confirm the address"
      address="/api/v1/auth/verify-email"
      doneTitle="The address is confirmed"
      done={
        <p>
          <Link to="/sign-in">Sign in</Link> with this address from now on.
        </p>
      }
    />
  );
}

export function CancelEmailChangePage() {
  return (
    <LinkPage
      title="Stop the change of address"
      about="The account keeps the address that it has."
      submit="Stop the change"
      address="/api/v1/auth/email-change/cancel"
      doneTitle="The account keeps its address"
      done={
        <>
          <p>
            Whoever asked for the change knows your password and was signed in. If that was not you,{" "}
            <Link to="/forgot-password">set a new password</Link> now: this ends every session.
          </p>
          <p>Afterwards look through the second factor and the API keys of your account.</p>
        </>
      }
    />
  );
}
