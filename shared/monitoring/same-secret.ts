import { sha256 } from "../platform/bytes.ts";

/**
 * Whether somebody sent the secret. Digests are compared, whole: how long it takes says nothing of how much was right, nor
 * how long the secret is.
 */
export async function isSameSecret(sent: string, secret: string): Promise<boolean> {
  const [one, other] = await Promise.all([sha256(sent), sha256(secret)]);
  let difference = 0;
  for (const [place, byte] of one.entries()) difference |= byte ^ (other[place] ?? 0);
  return difference === 0;
}
