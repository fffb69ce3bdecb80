import { useState } from "react";
import { z } from "zod";
import { sendFor } from "../api/send.ts";
import { Form } from "../forms/form.tsx";
import { useMe } from "../session/me.tsx";
import { useSession } from "../session/use-session.ts";
import { Link } from "../ui/link.tsx";
import { AlonePage } from "./alone-page.tsx";
import { NoToken } from "./no-token.tsx";
import { useLinkToken } from "./use-link-token.ts";

const Verified = z.object({ status: z.enum(["verified", "email_changed"]) });
type Verified = z.infer<typeof Verified>;

/** Waits for a press: programs that look into mails follow links, and would use the token up. */
export function VerifyEmailPage() {
  const token = useLinkToken();
  const [confirmed, setConfirmed] = useState<Verified["status"] | null>(null);
  const { kind } = useSession();
  const { reload } = useMe();
  const onSubmit = async () => {
    const { status } = await sendFor(Verified, "POST", "/api/v1/auth/verify-email", { token });
    setConfirmed(status);
    reload();
  };
  if (token === "") return <NoToken />;
  if (confirmed) {
    return (
      <AlonePage title="The address is confirmed">
        {confirmed === "email_changed" && <p>Sign in with this address from now on.</p>}
        {kind === "in" ? (
          <p>
            Go to <Link to="/account">your account</Link>.
          </p>
        ) : (
          <p>
            You can <Link to="/sign-in">sign in</Link> now.
          </p>
        )}
      </AlonePage>
    );
  }
  return (
    <AlonePage title="Confirm your address">
      <p>One press, and the address is known to be yours.</p>
      <Form submit="Confirm the address" onSubmit={onSubmit} />
    </AlonePage>
  );
}
