import { z } from "zod";
import type { Seal } from "../platform/seal.ts";
import type { Endpoint } from "./claim-deliveries.ts";
import { headersPurpose, secretPurpose } from "./secrets.ts";
import type { Target } from "./send.ts";

const Headers = z.record(z.string(), z.string());

/** Opens what is sealed of an endpoint. The secret that was signs too while a new one takes over. */
export async function openTarget(seal: Seal, endpoint: Endpoint, now: number): Promise<Target> {
  const { id, url, secret, previous_secret, previous_secret_until, headers } = endpoint;
  const overlaps = previous_secret !== null && previous_secret_until !== null && previous_secret_until > now;
  const sealed = overlaps ? [secret, previous_secret] : [secret];
  const [secrets, custom] = await Promise.all([
    Promise.all(sealed.map((text) => seal.open(secretPurpose(id), text))),
    headers === null ? "{}" : seal.open(headersPurpose(id), headers),
  ]);
  return { url, secrets, headers: Headers.parse(JSON.parse(custom)) };
}
