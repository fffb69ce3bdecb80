/** A password hash as text: `$id[$v=version]$name=number,…$salt$hash` (PHC string format), Base64 without padding. */
export interface Phc {
  id: string;
  version?: number;
  parameters: Record<string, number>;
  salt: Uint8Array;
  hash: Uint8Array;
}

const FORM =
  /^\$([a-z0-9-]{1,32})(?:\$v=(\d{1,4}))?\$([a-z]{1,8}=\d{1,9}(?:,[a-z]{1,8}=\d{1,9})*)\$([A-Za-z0-9+/]{1,128})\$([A-Za-z0-9+/]{1,128})$/;

const encode = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes)).replace(/=+$/, "");
const decode = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

export function formatPhc({ id, version, parameters, salt, hash }: Phc): string {
  const cost = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  const head = version === undefined ? `$${id}` : `$${id}$v=${version}`;
  return `${head}$${cost.join(",")}$${encode(salt)}$${encode(hash)}`;
}

/** Null where the text has another form. */
export function parsePhc(text: string): Phc | null {
  const [, id, version, parameters, salt, hash] = FORM.exec(text) ?? [];
  if (id === undefined || parameters === undefined || salt === undefined || hash === undefined) return null;
  // One character over a multiple of four is no Base64 of anything.
  if (salt.length % 4 === 1 || hash.length % 4 === 1) return null;
  const pairs = parameters.split(",").map((pair) => pair.split("="));
  return {
    id,
    ...(version !== undefined && { version: Number(version) }),
    parameters: Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)])),
    salt: decode(salt),
    hash: decode(hash),
  };
}
