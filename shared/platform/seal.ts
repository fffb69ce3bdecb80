import { base64url } from "jose";
import { toHex } from "./bytes.ts";
import { AppError } from "./errors.ts";

/** Secrets at rest: each has a data key of its own, which the master key wraps (envelope encryption, AES-256-GCM). */
const VERSION = "xs1";
const IV_BYTES = 12;

const toBase64 = (bytes: Uint8Array) => base64url.encode(bytes);
/** A copy, since the decoder may hand out a part of a larger buffer. */
const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(base64url.decode(text));

async function importKey(bytes: BufferSource): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** IV and ciphertext in one. `bound` is authenticated with it: what was sealed for one purpose opens for no other. */
async function encrypt(key: CryptoKey, bytes: BufferSource, bound: string) {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const additionalData = new TextEncoder().encode(bound);
  const ciphertext = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, bytes);
  const whole = new Uint8Array(IV_BYTES + ciphertext.byteLength);
  whole.set(iv);
  whole.set(new Uint8Array(ciphertext), IV_BYTES);
  return whole;
}

async function decrypt(key: CryptoKey, whole: Uint8Array<ArrayBuffer>, bound: string) {
  const additionalData = new TextEncoder().encode(bound);
  const iv = whole.subarray(0, IV_BYTES);
  const opened = await crypto.subtle.decrypt(
    { name: "AES-GCM", iv, additionalData },
    key,
    whole.subarray(IV_BYTES),
  );
  return new Uint8Array(opened);
}

interface MasterKey {
  /** First 8 hex digits of the key's SHA-256: which one wrapped a data key. */
  id: string;
  key: CryptoKey;
}

/** What every text begins with that this master key has sealed (32 bytes, base64url). */
export async function sealedPrefix(master_key: string): Promise<string> {
  return `${VERSION}.${(await openMasterKey(master_key)).id}.`;
}

async function openMasterKey(text: string): Promise<MasterKey> {
  const bytes = fromBase64(text);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return { id: toHex(digest).slice(0, 8), key: await importKey(bytes) };
}

export interface Seal {
  /** @param purpose what it is and whose, such as `mfa_secret:usr_…`; needed again to open it. */
  seal(purpose: string, text: string): Promise<string>;
  /** Throws where it was sealed for another purpose, by an unknown master key, or was changed. */
  open(purpose: string, sealed: string): Promise<string>;
}

/** @param keys `MASTER_KEY` seals; it and `MASTER_KEY_PREVIOUS` open. 32 bytes each, base64url. */
export function createSeal(keys: { MASTER_KEY: string; MASTER_KEY_PREVIOUS?: string }): Seal {
  const given = [keys.MASTER_KEY, keys.MASTER_KEY_PREVIOUS].filter((text) => text !== undefined);
  let opened: Promise<MasterKey[]> | undefined;
  const masters = () => {
    opened ??= Promise.all(given.map(openMasterKey));
    return opened;
  };
  return {
    async seal(purpose, text) {
      const [master] = await masters();
      if (master === undefined) throw new Error("there is no master key");
      const dataKey = crypto.getRandomValues(new Uint8Array(32));
      const wrapped = await encrypt(master.key, dataKey, purpose);
      const body = await encrypt(await importKey(dataKey), new TextEncoder().encode(text), purpose);
      return [VERSION, master.id, toBase64(wrapped), toBase64(body)].join(".");
    },
    async open(purpose, sealed) {
      const [version, id, wrapped, body] = sealed.split(".");
      const master = (await masters()).find((known) => known.id === id);
      if (version !== VERSION || wrapped === undefined || body === undefined || master === undefined)
        throw new AppError("internal", "A stored secret cannot be opened.", {
          cause: new Error(`sealed as ${version} by master key ${id}, which is not configured`),
        });
      const dataKey = await decrypt(master.key, fromBase64(wrapped), purpose);
      return new TextDecoder().decode(await decrypt(await importKey(dataKey), fromBase64(body), purpose));
    },
  };
}
