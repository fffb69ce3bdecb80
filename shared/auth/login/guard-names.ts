import { sha256Hex } from "../../platform/bytes.ts";

/** The guard of an account's log-ins, by what `emailKey` made of its address; the same whether or not there is one. */
export async function accountGuardName(email_key: string): Promise<string> {
  return `account:${await sha256Hex(email_key)}`;
}

/** The first 64 bits of an IPv6 address: who has one has all that begin so. */
function networkOf(ip: string): string {
  if (!ip.includes(":")) return ip;
  // Addresses of IPv4 in the form of IPv6 are one caller each, not all one network.
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip) ?? [];
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = ip.toLowerCase().split("::");
  const front = head.split(":").filter((group) => group !== "");
  const back = (tail ?? "").split(":").filter((group) => group !== "");
  const gap = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array.from({ length: Math.max(0, gap) }, () => "0"), ...back];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}

/** The guard of whatever comes from one address. `about` keeps apart what is counted apart. */
export function addressGuardName(about: "login" | "mail" | "register", ip: string): string {
  return about === "login" ? `address:${networkOf(ip)}` : `address:${about}:${networkOf(ip)}`;
}

/** The guard of a browser or program that has logged in before. */
export function deviceGuardName(device_id: string): string {
  return `device:${device_id}`;
}

/** Mails of one kind that anybody can have sent to an address. */
export async function mailGuardName(
  kind: "register" | "verify" | "reset",
  email_key: string,
): Promise<string> {
  return `mail:${kind}:${await sha256Hex(email_key)}`;
}

/** Rows of the audit log about what failed for an account from one address within an hour since 1970. */
export async function failureRowsName(
  action: string,
  { email_key, ip, hour }: { email_key: string; ip: string; hour: number },
): Promise<string> {
  return `rows:${action}:${await sha256Hex(email_key)}:${networkOf(ip)}:${hour}`;
}
