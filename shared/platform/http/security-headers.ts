import type { Config } from "../config.ts";

/** For a year, with all names below it (ASVS 3.4.1). */
const HSTS = "max-age=31536000; includeSubDomains";

/**
 * What an answer may load and do where it says nothing itself: nothing. Data, problem documents and files are not
 * pages; a page says what it needs (ASVS 3.4.3, 3.4.6).
 */
const NOT_A_PAGE = [
  "default-src 'none'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** A browser keeps to https only where https is there: not on this machine, nor before the settings are known. */
function isEncrypted(config: Pick<Config, "ENVIRONMENT" | "PUBLIC_URL"> | null): boolean {
  return config !== null && config.ENVIRONMENT !== "local" && config.PUBLIC_URL.startsWith("https://");
}

/** Sets what every answer tells browsers (ASVS 5.0 chapter 3.4); what a page has said of its own stays. */
export function setSecurityHeaders(
  headers: Headers,
  config: Pick<Config, "ENVIRONMENT" | "PUBLIC_URL"> | null,
): void {
  headers.set("x-content-type-options", "nosniff");
  if (!headers.has("content-security-policy")) headers.set("content-security-policy", NOT_A_PAGE);
  // Addresses hold ids and filters, which are no business of other sites.
  if (!headers.has("referrer-policy")) headers.set("referrer-policy", "no-referrer");
  if (isEncrypted(config)) headers.set("strict-transport-security", HSTS);
}
