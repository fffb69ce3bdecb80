import type { ComponentType } from "react";
import { AccountPage } from "../account/account-page.tsx";
import type { AccountPath } from "./account-paths.ts";
import { AcceptInvitePage, ResetPasswordPage } from "./choose-password-page.tsx";
import { CancelEmailChangePage, ConfirmEmailChangePage } from "./email-change-pages.tsx";
import { ForgotPasswordPage } from "./forgot-password-page.tsx";
import { RegisterPage } from "./register-page.tsx";
import { SignInPage } from "./sign-in-page.tsx";
import { VerifyEmailPage } from "./verify-email-page.tsx";

const PAGES: Readonly<Record<AccountPath, ComponentType>> = {
  "/sign-in": SignInPage,
  "/register": RegisterPage,
  "/verify-email": VerifyEmailPage,
  "/confirm-email-change": ConfirmEmailChangePage,
  "/cancel-email-change": CancelEmailChangePage,
  "/forgot-password": ForgotPasswordPage,
  "/reset-password": ResetPasswordPage,
  "/accept-invite": AcceptInvitePage,
  "/account": AccountPage,
};

/** What stands at each of the account's paths. */
export default function AccountRoutes({ path }: { path: AccountPath }) {
  const Page = PAGES[path];
  return <Page />;
}
