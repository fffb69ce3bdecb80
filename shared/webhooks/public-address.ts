/** First address and prefix length of every IPv4 block that is not for the public internet (IANA special-purpose registry). */
const NOT_PUBLIC_V4: readonly [address: string, bits: number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  // Multicast, reserved and broadcast.
  ["224.0.0.0", 3],
  // Azure's wire server and metadata, which lies in a public block.
  ["168.63.129.16", 32],
];

function numberOfV4(text: string): number | null {
  const parts = text.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255))
    return null;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function isPublicV4(value: number): boolean {
  return !NOT_PUBLIC_V4.some(([address, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(value / size) === Math.floor((numberOfV4(address) ?? 0) / size);
  });
}

/** The eight groups of an IPv6 address in any notation; `null` where it is none. */
function groupsOf(text: string): number[] | null {
  if (!URL.canParse(`http://[${text}]/`)) return null;
  const plain = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const [head = "", tail] = plain.split("::");
  const read = (part: string) =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const [left, right] = [read(head), read(tail ?? "")];
  return tail === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill(0), ...right];
}

function isPublicV6(groups: number[]): boolean {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const v4 = (high: number, low: number) => isPublicV4(high * 65_536 + low);
  const upperZero = a === 0 && b === 0 && c === 0 && d === 0;
  // Mapped (::ffff:0:0/96), translated (::ffff:0:0:0/96) and compatible (::/96): as public as the IPv4 inside.
  if (upperZero && ((e === 0 && f === 0xffff) || (e === 0xffff && f === 0) || (e === 0 && f === 0)))
    return (e !== 0 || f !== 0 || g !== 0) && v4(g, h);
  // NAT64 (64:ff9b::/96); its local-use block 64:ff9b:1::/48 is never public.
  if (a === 0x64 && b === 0xff9b) return c === 0 && d === 0 && e === 0 && f === 0 && v4(g, h);
  // 6to4 carries an IPv4 in its prefix.
  if (a === 0x2002) return v4(b, c);
  // Global unicast is 2000::/3; what else there is, is local, multicast or reserved.
  if ((a & 0xe000) !== 0x2000) return false;
  // Protocol assignments with Teredo and ORCHID (2001::/23), documentation (2001:db8::/32, 3fff::/20).
  if (a === 0x2001 && (b < 0x200 || b === 0xdb8)) return false;
  return !(a === 0x3fff && b < 0x1000);
}

/** Whether an IP address, IPv6 with or without brackets, belongs to the public internet. What is none does not. */
export function isPublicAddress(text: string): boolean {
  const plain = text.replace(/^\[|\]$/g, "");
  if (!plain.includes(":")) {
    const value = numberOfV4(plain);
    return value !== null && isPublicV4(value);
  }
  const groups = groupsOf(plain);
  return groups !== null && isPublicV6(groups);
}
