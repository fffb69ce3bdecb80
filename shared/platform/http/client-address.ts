import type { Config } from "../config.ts";

/** What stands in where nobody says more: the local platform listens on this machine only. */
const THIS_MACHINE = "127.0.0.1";
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}$/;
const IPV6 = /^[0-9a-f:.]{2,45}$/i;

function isAddress(text: string): boolean {
  return IPV4.test(text) || (IPV6.test(text) && URL.canParse(`http://[${text}]`));
}

/**
 * The network address that a request comes from: what the trusted proxy wrote into the header of
 * `CLIENT_ADDRESS_HEADER`, and nothing that a client can write. Of a list, such as that of `x-forwarded-for`, the last
 * is the proxy's own; the ones before are what it was sent. Without such a proxy only this machine reaches the platform.
 */
export function clientAddress(request: Request, config: Pick<Config, "CLIENT_ADDRESS_HEADER">): string {
  if (config.CLIENT_ADDRESS_HEADER === undefined) return THIS_MACHINE;
  const last = request.headers.get(config.CLIENT_ADDRESS_HEADER)?.split(",").at(-1)?.trim() ?? "";
  return isAddress(last) ? last : THIS_MACHINE;
}
