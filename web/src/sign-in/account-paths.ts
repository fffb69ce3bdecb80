/** The pages of signing in and of the account; the worker shows the one document at each (workers/find-asset.ts). */
export const ACCOUNT_PATHS = [
  "/sign-in",
  "/register",
  "/verify-email",
  "/confirm-email-change",
  "/cancel-email-change",
  "/forgot-password",
  "/reset-password",
  "/accept-invite",
  "/account",
] as const;
export type AccountPath = (typeof ACCOUNT_PATHS)[number];

export function isAccountPath(path: string): path is AccountPath {
  return ACCOUNT_PATHS.some((known) => known === path);
}
