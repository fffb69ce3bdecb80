/**
 * A password as it is counted, judged and hashed: NFKC (NIST SP 800-63B, "stabilized strings"), so that the same
 * characters from another keyboard or input method, full-width letters among them, are the same password.
 */
export function normalisePassword(password: string): string {
  return password.normalize("NFKC");
}
