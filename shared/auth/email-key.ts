import { z } from "zod";

/** RFC 5321, 4.5.3.1: the path is 256 octets with its brackets, the part before the @ 64. */
const MAX_ADDRESS = 254;
const MAX_LOCAL_PART = 64;

/** An atom, letters of every script among them (RFC 6531); no quotes, no comments, nothing that ends a header. */
const LOCAL_PART = /^[^\s\p{C}<>()[\],;:\\"@.]+(?:\.[^\s\p{C}<>()[\],;:\\"@.]+)*$/u;
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$|^localhost$/;

/** A domain as the DNS has it, in ASCII (UTS 46, as addresses of pages do it); `null` where it cannot be one. */
function hostOf(domain: string): string | null {
  if (/[\s\p{C}/\\?#:@%[\]]/u.test(domain) || !URL.canParse(`http://${domain}`)) return null;
  const host = new URL(`http://${domain}`).hostname;
  return HOST.test(host) && host.length <= 253 ? host : null;
}

function isAddress(text: string): boolean {
  const at = text.indexOf("@");
  if (at < 1 || at > MAX_LOCAL_PART || !text.isWellFormed()) return false;
  return LOCAL_PART.test(text.slice(0, at)) && hostOf(text.slice(at + 1)) !== null;
}

/** An e-mail address as somebody writes it. */
export const Email = z
  .string()
  .trim()
  .max(MAX_ADDRESS, `must have at most ${MAX_ADDRESS} characters`)
  .refine(isAddress, "must be an e-mail address, such as ann@example.org")
  .meta({ format: "email", example: "ann@example.org" });

/**
 * An address as it is compared: trimmed, NFKC, lower case, its domain in ASCII. Mail never goes here, always to the
 * address that the account's owner wrote: two that look alike to Unicode may be two mailboxes.
 */
export function emailKey(email: string): string {
  const text = email.trim().normalize("NFKC").toLowerCase();
  const at = text.lastIndexOf("@");
  const host = hostOf(text.slice(at + 1));
  return at < 0 || host === null ? text : `${text.slice(0, at)}@${host}`;
}
