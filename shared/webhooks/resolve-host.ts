import { z } from "zod";
import type { Clock } from "../platform/clock.ts";
import { withDeadline } from "../platform/deadline.ts";
import { isAddressLiteral } from "./address.ts";
import { isPublicAddress } from "./public-address.ts";

interface ResolverDeps {
  /** Answers `application/dns-json`; `null`: nobody is asked. */
  resolver: string | null;
  fetch: typeof fetch;
  now: Clock;
}

/** What a name leads to: nothing that stands in the way, a refusal in words, or no answer. */
export type Resolved = { refusal: string | null; unknown: string | null };

const TIMEOUT_MS = 2000;
const KEPT_MS = 30_000;
const MOST_KEPT = 100;
const RECORD_TYPES = [
  ["A", 1],
  ["AAAA", 28],
] as const;

const Answer = z.object({
  Status: z.number(),
  Answer: z.array(z.object({ type: z.number(), data: z.string() })).default([]),
});

const PASSES: Resolved = { refusal: null, unknown: null };

/**
 * Looks up where an endpoint's name leads, by DNS over HTTPS in its JSON form
 * (https://developers.cloudflare.com/1.1.1.1/encryption/dns-over-https/make-api-requests/dns-json/), and refuses a
 * name of which any address is not public. Workers cannot connect to an address that they looked up, so a name that
 * changes between this look and the request is caught by the runtime alone (`global_fetch_strictly_public`).
 */
export function createHostCheck({ resolver, fetch, now }: ResolverDeps): (host: string) => Promise<Resolved> {
  const known = new Map<string, { until: number; resolved: Resolved }>();

  async function lookUp(host: string, name: string, type: number): Promise<string[]> {
    const url = new URL(resolver ?? "");
    url.searchParams.set("name", host);
    url.searchParams.set("type", name);
    return withDeadline(TIMEOUT_MS, async (signal) => {
      const response = await fetch(url, { headers: { accept: "application/dns-json" }, signal });
      if (!response.ok) throw new Error(`the resolver answered ${response.status}`);
      const { Status: status, Answer: records } = Answer.parse(await response.json());
      if (status !== 0 && status !== 3) throw new Error(`the resolver answered with DNS status ${status}`);
      return records.filter((record) => record.type === type).map((record) => record.data);
    });
  }

  async function resolve(host: string): Promise<Resolved> {
    try {
      const found = await Promise.all(RECORD_TYPES.map(([name, type]) => lookUp(host, name, type)));
      const addresses = found.flat();
      if (addresses.length === 0) return { refusal: null, unknown: `${host} has no address` };
      const hidden = addresses.find((address) => !isPublicAddress(address));
      if (hidden === undefined) return PASSES;
      return { refusal: `${host} leads to ${hidden}, which is not a public address`, unknown: null };
    } catch {
      return { refusal: null, unknown: `${host} could not be looked up` };
    }
  }

  return async (host) => {
    if (resolver === null || isAddressLiteral(host) || /(?:^|\.)localhost$/.test(host)) return PASSES;
    const kept = known.get(host);
    if (kept !== undefined && kept.until > now()) return kept.resolved;
    const resolved = await resolve(host);
    if (known.size >= MOST_KEPT) known.clear();
    // What could not be looked up is asked again at the next attempt.
    if (resolved.unknown === null) known.set(host, { until: now() + KEPT_MS, resolved });
    return resolved;
  };
}
