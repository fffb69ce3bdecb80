import { desc, gt, isNull, or } from "drizzle-orm";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from "jose";
import { z } from "zod";
import type { Db } from "../../db/client.ts";
import { isoOfTimestamp } from "../../db/instant.ts";
import { signing_keys } from "../../db/schema/index.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { AppError } from "../../platform/errors.ts";
import { ALGORITHM } from "./token-shape.ts";

/** A public key as the JWKS shows it (RFC 7517, RFC 7518 6.2.1). */
export const PublicJwk = z.object({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: z.string(),
  y: z.string(),
  kid: z.string(),
  use: z.literal("sig"),
  alg: z.literal(ALGORITHM),
});
export type PublicJwk = z.infer<typeof PublicJwk>;

/** What the private half is sealed for. */
export const signingKeyPurpose = (kid: string) => `signing_key:${kid}`;

export interface SigningKey {
  kid: string;
  public_jwk: PublicJwk;
  /** Sealed. */
  private_jwk: string;
  /** Signs from then on, ms since 1970. */
  active_from: number;
  /** Verifies until then; `null` while it is the newest. */
  retires_at: number | null;
}

/** A new pair, as its row in `signing_keys`. Named by its thumbprint (RFC 7638). */
export async function makeSigningKey(ctx: Pick<Ctx, "now" | "seal">, activeFrom: number) {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  const public_jwk = PublicJwk.parse({ ...jwk, kid, use: "sig", alg: ALGORITHM });
  const secret = JSON.stringify(await exportJWK(privateKey));
  return {
    kid,
    algorithm: ALGORITHM,
    public_jwk: JSON.stringify(public_jwk),
    private_jwk: await ctx.seal.seal(signingKeyPurpose(kid), secret),
    created_at: isoTime(ctx.now()),
    active_from: isoTime(activeFrom),
  };
}

/** The keys that still verify, newest first; also one that signs only later. */
export async function readSigningKeys(ctx: { db: Db; now: Ctx["now"] }): Promise<SigningKey[]> {
  const rows = await ctx.db
    .select()
    .from(signing_keys)
    .where(or(isNull(signing_keys.retires_at), gt(signing_keys.retires_at, isoTime(ctx.now()))))
    .orderBy(desc(signing_keys.active_from), desc(signing_keys.kid));
  return rows.map((row) => ({
    kid: row.kid,
    public_jwk: PublicJwk.parse(JSON.parse(row.public_jwk)),
    private_jwk: row.private_jwk,
    active_from: Date.parse(isoOfTimestamp(row.active_from)),
    retires_at: row.retires_at === null ? null : Date.parse(isoOfTimestamp(row.retires_at)),
  }));
}

/** Makes the very first key. Of two that do so at once, the database takes one; the other is read by both. */
export async function makeFirstKey(ctx: Pick<Ctx, "db" | "now" | "seal">): Promise<void> {
  await ctx.db
    .insert(signing_keys)
    .values(await makeSigningKey(ctx, ctx.now()))
    .onConflictDoNothing();
}

/** The key that signs at `now`: the newest whose time has come. */
export function signerOf(keys: readonly SigningKey[], now: number): SigningKey | undefined {
  return keys.find((key) => key.active_from <= now) ?? keys.at(-1);
}

export async function importPublicKey(jwk: PublicJwk): Promise<CryptoKey> {
  return asCryptoKey(await importJWK(jwk, ALGORITHM));
}

export async function importPrivateKey(ctx: Pick<Ctx, "seal">, key: SigningKey): Promise<CryptoKey> {
  const secret = await ctx.seal.open(signingKeyPurpose(key.kid), key.private_jwk);
  return asCryptoKey(await importJWK(JSON.parse(secret), ALGORITHM));
}

function asCryptoKey(key: CryptoKey | Uint8Array): CryptoKey {
  if (key instanceof Uint8Array) throw new AppError("internal", "A signing key cannot be used.");
  return key;
}
