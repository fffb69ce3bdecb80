import type { LoginLimits } from "../../contracts/accounts.ts";

const HOUR_MS = 3_600_000;
const QUARTER_MS = 15 * 60_000;

/** Wrong passwords for one account, from devices that it does not know, or from one that it does (ASVS 6.1.1, 6.3.1). */
export const ACCOUNT_LIMITS: LoginLimits = {
  free: 5,
  base_ms: 1000,
  max_ms: QUARTER_MS,
  forget_after_ms: 12 * HOUR_MS,
};

/** Wrong passwords from one address, for whatever accounts: more, since many people may share it. */
export const ADDRESS_LIMITS: LoginLimits = { ...ACCOUNT_LIMITS, free: 20 };

/** Accounts made from one address: each costs a hash and a mail to somebody. */
export const REGISTER_LIMITS: LoginLimits = {
  free: 30,
  base_ms: 10_000,
  max_ms: QUARTER_MS,
  forget_after_ms: HOUR_MS,
};

/** Mails that an address asks for, to whomever. */
export const MAIL_ADDRESS_LIMITS: LoginLimits = { ...REGISTER_LIMITS };

/** Mails of one kind to one mailbox: the first at once, then one a minute at most. */
export const MAIL_LIMITS = {
  register: { free: 3, base_ms: 60_000, max_ms: QUARTER_MS, forget_after_ms: 12 * HOUR_MS },
  verify: { free: 3, base_ms: 60_000, max_ms: 60_000, forget_after_ms: HOUR_MS },
  reset: { free: 1, base_ms: 60_000, max_ms: 60_000, forget_after_ms: HOUR_MS },
} as const satisfies Record<string, LoginLimits>;
