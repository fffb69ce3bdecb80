import { useEffect, useState } from "react";
import { isRefusal } from "../api/problem.ts";
import { CodeField } from "../forms/code-field.tsx";
import { EmailField } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { PasswordField } from "../forms/password-field.tsx";
import { navigate, useAddress } from "../router.ts";
import { pathAfterSignIn } from "../session/next-path.ts";
import { useSession } from "../session/use-session.ts";
import { Link } from "../ui/link.tsx";
import { AlonePage } from "./alone-page.tsx";
import { logIn, type PendingLogin, proveFactor } from "./log-in.ts";
import { ResendVerification } from "./resend-verification.tsx";

/** Password first, then the second factor where the account has one. */
export function SignInPage() {
  const { searchParams, origin } = useAddress();
  const next = pathAfterSignIn(searchParams.get("next"), origin);
  const state = useSession();
  const [pending, setPending] = useState<PendingLogin | null>(null);
  useEffect(() => {
    if (state.kind === "in") navigate(next, "replace");
  }, [state, next]);
  if (state.kind === "in") return null;
  if (pending) return <SecondFactor pending={pending} back={() => setPending(null)} />;
  return <Password notice={next === "/" ? null : "Sign in to see this page."} onPending={setPending} />;
}

/** One answer to everything that is wrong, as the server gives one. */
const WRONG = { unauthorized: "The e-mail address, the password or the code is wrong." };

interface PasswordProps {
  notice: string | null;
  onPending(pending: PendingLogin | null): void;
}

function Password({ notice, onPending }: PasswordProps) {
  const [unverified, setUnverified] = useState<string | null>(null);
  const onSubmit = async (value: (name: string) => string) => {
    const email = value("email");
    try {
      onPending(await logIn(email, value("password")));
    } catch (error) {
      if (isRefusal(error, "email_not_verified")) setUnverified(email);
      throw error;
    }
  };
  return (
    <AlonePage title="Sign in">
      {notice && <p className="quiet">{notice}</p>}
      <Form submit="Sign in" keep words={WRONG} onSubmit={onSubmit}>
        <EmailField />
        <PasswordField name="password" label="Password" autoComplete="current-password" />
      </Form>
      {unverified && <ResendVerification email={unverified} />}
      <div className="card-foot">
        <Link to="/forgot-password">Forgot your password?</Link>
        <Link to="/register">Create an account</Link>
      </div>
    </AlonePage>
  );
}

function SecondFactor({ pending, back }: { pending: PendingLogin; back(): void }) {
  return (
    <AlonePage title="Second factor">
      <p>Signing in as {pending.email}.</p>
      <Form submit="Sign in" words={WRONG} onSubmit={(value) => proveFactor(pending, value("code"))}>
        <CodeField recovery />
      </Form>
      <div className="card-foot">
        <button type="button" className="link-button" onClick={back}>
          Start over
        </button>
      </div>
    </AlonePage>
  );
}
