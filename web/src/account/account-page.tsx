import { useState } from "react";
import type { Me } from "../api/account.ts";
import { useMe } from "../session/me.tsx";
import { useSignInWhenSignedOut } from "../session/use-sign-in-when-signed-out.ts";
import { Failure } from "../ui/failure.tsx";
import { PageHeading } from "../ui/heading.tsx";
import { Staged } from "../ui/staged.tsx";
import { KeysSection } from "./keys-section.tsx";
import { MfaSection } from "./mfa-section.tsx";
import { NotificationsSection } from "./notifications/notifications-section.tsx";
import { PasswordSection } from "./password-section.tsx";
import { ProfileSection } from "./profile-section.tsx";
import { SessionsSection } from "./sessions-section.tsx";
import { SignOut } from "./sign-out.tsx";
import { StepUpProvider } from "./step-up.tsx";

/** One's own account: who one is, how one signs in, where one is signed in, and one's API keys. */
export function AccountPage() {
  useSignInWhenSignedOut();
  const { data, error, reload } = useMe();
  return (
    <>
      <div className="account-head">
        <PageHeading title="Account" />
        <SignOut />
      </div>
      {error !== null && <Failure what="The account" error={error} retry={reload} />}
      {!data && error === null && <p className="empty loading">Loading your account…</p>}
      {data && (
        <StepUpProvider>
          <Staged while="Loading your account…">
            <Sections me={data} reload={reload} />
          </Staged>
        </StepUpProvider>
      )}
    </>
  );
}

function Sections({ me, reload }: { me: Me; reload(): void }) {
  // Grows when sessions may have ended elsewhere than in their list.
  const [ended, setEnded] = useState(0);
  const onChanged = () => {
    setEnded((count) => count + 1);
    reload();
  };
  if (me.must_change_password) {
    return (
      <div className="account-grid">
        <div className="banner" role="note">
          <strong>Choose another password.</strong> The present one must be changed before anything else.
        </div>
        <PasswordSection email={me.email} onChanged={reload} />
      </div>
    );
  }
  return (
    <div className="account-grid">
      <ProfileSection me={me} onChanged={reload} />
      <PasswordSection email={me.email} onChanged={onChanged} />
      <MfaSection me={me} onChanged={onChanged} />
      {me.permissions.includes("activity:read") && <NotificationsSection />}
      <SessionsSection key={ended} />
      <KeysSection permissions={me.permissions} />
    </div>
  );
}
