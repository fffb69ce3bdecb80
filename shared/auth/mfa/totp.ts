import { generateSecret, generateURI, verifySync } from "otplib";

const ISSUER = "XSEMA";
const PERIOD_S = 30;
/** One step either way: for clocks that are off, and for codes typed while they run out (RFC 6238, 5.2). */
const DRIFT_S = PERIOD_S;
const SECRET_BYTES = 20;

interface Scheme {
  algorithm: "sha1" | "sha256" | "sha512";
  digits: 6 | 8;
}

/** What authenticator apps understand without exception; the others exist for the vectors of RFC 6238. */
const COMMON: Scheme = { algorithm: "sha1", digits: 6 };

/** A new secret of 160 bits (RFC 4226, 4 R6), in base32. */
export function newTotpSecret(): string {
  return generateSecret({ length: SECRET_BYTES });
}

/** What the QR code says. `account` is what the app shows beside the name of the platform. */
export function totpUri(account: string, secret: string): string {
  return generateURI({ issuer: ISSUER, label: account, secret });
}

/**
 * The time step that `code` is of, if it is the one of now or of a neighbour; else `null` (RFC 6238).
 * It says nothing of whether the step was used already: see `takeStep`.
 * @param now ms since 1970.
 */
export function matchTotp(
  secret: string,
  code: string,
  now: number,
  { algorithm, digits }: Scheme = COMMON,
): number | null {
  if (code.length !== digits || !/^\d+$/.test(code)) return null;
  const result = verifySync({
    secret,
    token: code,
    algorithm,
    digits,
    period: PERIOD_S,
    epoch: Math.floor(now / 1000),
    epochTolerance: DRIFT_S,
  });
  return result.valid && "timeStep" in result ? result.timeStep : null;
}
