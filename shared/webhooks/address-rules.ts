import type { Config } from "../platform/config.ts";
import type { AddressRules } from "./address.ts";

type AddressSettings = Pick<
  Config,
  "PUBLIC_URL" | "WEBHOOK_ALLOW_LOCAL" | "WEBHOOK_PORTS" | "WEBHOOK_DNS_URL" | "ENVIRONMENT"
>;

const PUBLIC_RESOLVER = "https://cloudflare-dns.com/dns-query";

/** What this deployment lets endpoints' addresses be. */
export function addressRules(config: AddressSettings): AddressRules {
  return {
    own_host: new URL(config.PUBLIC_URL).hostname,
    allow_local: config.WEBHOOK_ALLOW_LOCAL === "on",
    ports: config.WEBHOOK_PORTS,
  };
}

/** Who is asked where a name leads; `null`: nobody. */
export function resolverOf({ WEBHOOK_DNS_URL, ENVIRONMENT }: AddressSettings): string | null {
  if (WEBHOOK_DNS_URL !== undefined) return WEBHOOK_DNS_URL === "off" ? null : WEBHOOK_DNS_URL;
  return ENVIRONMENT === "local" ? null : PUBLIC_RESOLVER;
}
