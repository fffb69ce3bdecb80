import { useState } from "react";
import { type Me, MfaSetup, RecoveryCodes } from "../api/account.ts";
import { send, sendFor } from "../api/send.ts";
import { CodeField } from "../forms/code-field.tsx";
import { Form } from "../forms/form.tsx";
import { PasswordField } from "../forms/password-field.tsx";
import { RecoveryCodeList } from "./recovery-code-list.tsx";
import { Section } from "./section.tsx";
import { useStepUp } from "./step-up.tsx";

interface MfaSectionProps {
  me: Me;
  onChanged(): void;
}

/** The second factor: setting it up, new recovery codes, and turning it off. */
export function MfaSection({ me, onChanged }: MfaSectionProps) {
  const [codes, setCodes] = useState<string[] | null>(null);
  const show = (shown: string[]) => {
    setCodes(shown);
    onChanged();
  };
  return (
    <Section title="Second factor">
      {codes !== null && <RecoveryCodeList codes={codes} onKept={() => setCodes(null)} />}
      {codes === null && !me.mfa.enabled && <SetUp onActivated={show} />}
      {codes === null && me.mfa.enabled && (
        <>
          <p>
            <strong>On.</strong> {me.mfa.recovery_codes_left} of 10 recovery codes are left.
          </p>
          <NewCodes onMade={show} />
          <details className="more">
            <summary>Turn it off</summary>
            <TurnOff onOff={onChanged} />
          </details>
        </>
      )}
    </Section>
  );
}

function SetUp({ onActivated }: { onActivated(codes: string[]): void }) {
  const [setup, setSetup] = useState<MfaSetup | null>(null);
  if (setup !== null) return <Activate setup={setup} onActivated={onActivated} />;
  const onSubmit = async (value: (name: string) => string) => {
    const body = { current_password: value("current_password") };
    setSetup(await sendFor(MfaSetup, "POST", "/api/v1/auth/mfa/setup", body));
  };
  return (
    <>
      <p>
        <strong>Off.</strong> With it, a password alone does not open the account: signing in asks for a code
        of an authenticator app as well.
      </p>
      <Form submit="Set it up" onSubmit={onSubmit}>
        <PasswordField name="current_password" label="Current password" autoComplete="current-password" />
      </Form>
    </>
  );
}

function Activate({ setup, onActivated }: { setup: MfaSetup; onActivated(codes: string[]): void }) {
  const onSubmit = async (value: (name: string) => string) => {
    const body = { code: value("code") };
    const { recovery_codes } = await sendFor(RecoveryCodes, "POST", "/api/v1/auth/mfa/activate", body);
    onActivated(recovery_codes);
  };
  return (
    <>
      <p>
        Scan this with an authenticator app, or type the secret into it; then enter the code that it shows.
      </p>
      <img
        className="qr"
        src={`data:image/svg+xml,${encodeURIComponent(setup.qr_svg)}`}
        alt="QR code with the secret that stands below"
        width="184"
        height="184"
      />
      <p>
        Secret: <code className="secret">{setup.secret.replaceAll(/(.{4})(?=.)/g, "$1 ")}</code>
      </p>
      <Form submit="Turn it on" onSubmit={onSubmit}>
        <CodeField />
      </Form>
    </>
  );
}

function NewCodes({ onMade }: { onMade(codes: string[]): void }) {
  const withStepUp = useStepUp();
  const onSubmit = async () => {
    const make = () => sendFor(RecoveryCodes, "POST", "/api/v1/auth/mfa/recovery-codes");
    onMade((await withStepUp(make)).recovery_codes);
  };
  return <Form submit="Make new recovery codes" onSubmit={onSubmit} />;
}

function TurnOff({ onOff }: { onOff(): void }) {
  const withStepUp = useStepUp();
  const onSubmit = async (value: (name: string) => string) => {
    const body = { current_password: value("current_password") };
    await withStepUp(() => send("POST", "/api/v1/auth/mfa/disable", body));
    onOff();
  };
  return (
    <Form submit="Turn it off" danger onSubmit={onSubmit}>
      <PasswordField name="current_password" label="Current password" autoComplete="current-password" />
    </Form>
  );
}
