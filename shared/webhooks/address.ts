import { isPublicAddress } from "./public-address.ts";

export interface AddressRules {
  /** Of the deployment itself, such as `xsema.example.com`: it must not call itself. */
  own_host: string;
  /** Lets the local platform reach this machine: `localhost` and loopback addresses, http, any port. */
  allow_local: boolean;
  /** Ports that may be named; `any` for every one. */
  ports: readonly number[] | "any";
}

/** Names that never lead to a public machine (RFC 6761, RFC 6762, ICANN's `internal`, RFC 8375). */
const LOCAL_NAME =
  /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|private|localdomain|home\.arpa)$/;
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;

/** Whether a host, as the URL parser writes it, is an address rather than a name. */
export function isAddressLiteral(host: string): boolean {
  return host.startsWith("[") || IPV4.test(host);
}

function isThisMachine(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || /^127\./.test(host) || host === "[::1]";
}

function refuseHost(host: string): string | null {
  if (isAddressLiteral(host))
    return isPublicAddress(host) ? null : "must be a public address, not one of a private or reserved range";
  if (!host.includes(".") || LOCAL_NAME.test(host))
    return "must be a public host name such as hooks.example.com, not a local one";
  return null;
}

/**
 * What is wrong with an endpoint's address, or `null`. The URL parser has brought every notation of an address
 * (`0x7f.1`, `2130706433`, `017700000001`, full-width digits) into one form before it is judged. A name can still
 * resolve to anything: see `refuseResolved`.
 */
export function refuseAddress(text: string, rules: AddressRules): string | null {
  if (!URL.canParse(text)) return "must be an https address such as https://hooks.example.com/xsema";
  const url = new URL(text);
  const host = url.hostname.replace(/\.+$/, "");
  const local = rules.allow_local && isThisMachine(host);
  if (url.protocol !== "https:" && !(rules.allow_local && url.protocol === "http:"))
    return "must be an https address";
  if (url.username !== "" || url.password !== "") return "must not carry a user name or password";
  if (url.hash !== "") return "must not carry a fragment";
  if (local) return null;
  if (host === "") return "must name a host";
  if (host === rules.own_host) return "must not lead back to this deployment";
  const refusal = refuseHost(host);
  if (refusal !== null) return refusal;
  const port = url.port === "" ? (url.protocol === "http:" ? 80 : 443) : Number(url.port);
  if (!rules.allow_local && rules.ports !== "any" && !rules.ports.includes(port))
    return `must use one of the ports ${rules.ports.join(", ")}`;
  return null;
}
