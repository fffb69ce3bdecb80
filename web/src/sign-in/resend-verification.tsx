import { send } from "../api/send.ts";
import { Form } from "../forms/form.tsx";

/** Asks for the mail once more with which an address is confirmed. */
export function ResendVerification({ email }: { email: string }) {
  return (
    <Form
      submit="Send the mail again"
      done={`If ${email} waits to be confirmed, a mail is on its way.`}
      onSubmit={() => send("POST", "/api/v1/auth/verify-email/resend", { email })}
    />
  );
}
