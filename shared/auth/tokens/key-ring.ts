import type { Config } from "../../platform/config.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { AppError, describeError } from "../../platform/errors.ts";
import {
  importPrivateKey,
  importPublicKey,
  makeFirstKey,
  readSigningKeys,
  type SigningKey,
  signerOf,
} from "./signing-keys.ts";

/** A copy of the keys is good for this long; so is each isolate's idea of which of them signs. */
export const KEY_RING_MS = 60_000;
/** A token with a key id that nobody knows has the keys read anew at most this often. */
const UNKNOWN_KID_MS = 10_000;

interface KeyRing {
  keys: SigningKey[];
  read_at: number;
  /** Until when somebody reads them anew, and the others go on with what there is. */
  renewing_until: number;
  asked_for_unknown_at: number;
  readonly imported: Map<string, CryptoKey>;
}

/** One ring a deployment in each isolate: settings are read once an isolate. */
const rings = new WeakMap<Config, KeyRing>();

type RingCtx = Pick<Ctx, "db" | "now" | "config" | "log">;

async function load(ctx: RingCtx): Promise<KeyRing> {
  const keys = await readSigningKeys(ctx);
  const ring: KeyRing = {
    keys,
    read_at: ctx.now(),
    renewing_until: 0,
    asked_for_unknown_at: rings.get(ctx.config)?.asked_for_unknown_at ?? Number.NEGATIVE_INFINITY,
    imported: new Map(),
  };
  // An empty ring is not kept: the first key is about to be made.
  if (keys.length > 0) rings.set(ctx.config, ring);
  return ring;
}

/** The keys as of a minute ago at most; older only while the database is away. */
async function ringOf(ctx: RingCtx): Promise<KeyRing> {
  const known = rings.get(ctx.config);
  if (known === undefined) return load(ctx);
  const now = ctx.now();
  if (now - known.read_at < KEY_RING_MS || now < known.renewing_until) return known;
  known.renewing_until = now + UNKNOWN_KID_MS;
  try {
    return await load(ctx);
  } catch (error) {
    ctx.log.warn("the signing keys could not be read anew", { error: describeError(error) });
    return known;
  }
}

const verifies = (key: SigningKey, now: number) => key.retires_at === null || key.retires_at > now;

/** The public key of a key id, or `null` where no such key verifies now. */
export async function findPublicKey(ctx: RingCtx, kid: string): Promise<CryptoKey | null> {
  let ring = await ringOf(ctx);
  const find = () => ring.keys.find((key) => key.kid === kid && verifies(key, ctx.now()));
  if (find() === undefined && ctx.now() - ring.asked_for_unknown_at >= UNKNOWN_KID_MS) {
    ring.asked_for_unknown_at = ctx.now();
    ring = await load(ctx);
    ring.asked_for_unknown_at = ctx.now();
  }
  const key = find();
  if (key === undefined) return null;
  const imported = ring.imported.get(kid) ?? (await importPublicKey(key.public_jwk));
  ring.imported.set(kid, imported);
  return imported;
}

/** The key that signs now, with its private half. The first use of a deployment makes the first key. */
export async function currentSigner(
  ctx: RingCtx & Pick<Ctx, "seal">,
): Promise<{ kid: string; key: CryptoKey }> {
  let ring = await ringOf(ctx);
  if (ring.keys.length === 0) {
    await makeFirstKey(ctx);
    ring = await load(ctx);
  }
  const signer = signerOf(ring.keys, ctx.now());
  if (signer === undefined) throw new AppError("unavailable", "There is no key to sign with. Try again.");
  const slot = `private:${signer.kid}`;
  const key = ring.imported.get(slot) ?? (await importPrivateKey(ctx, signer));
  ring.imported.set(slot, key);
  return { kid: signer.kid, key };
}

/** The public keys for others to verify with: those that sign, did, or soon will. */
export async function publicKeys(ctx: RingCtx & Pick<Ctx, "seal">) {
  let ring = await ringOf(ctx);
  if (ring.keys.length === 0) {
    await makeFirstKey(ctx);
    ring = await load(ctx);
  }
  return ring.keys.filter((key) => verifies(key, ctx.now())).map((key) => key.public_jwk);
}
