import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { base64url, compactVerify, decodeProtectedHeader, importJWK } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issueAccessToken } from "../../../../shared/auth/tokens/issue-access-token.ts";
import { makeSigningKey } from "../../../../shared/auth/tokens/signing-keys.ts";
import { verifyAccessToken } from "../../../../shared/auth/tokens/verify-access-token.ts";
import { signing_keys } from "../../../../shared/db/schema/index.ts";
import type { Ctx } from "../../../../shared/platform/ctx.ts";
import { AppError } from "../../../../shared/platform/errors.ts";
import { testCtx } from "../../../support/ctx.ts";
import { type OpenDatabase, openTestDatabase } from "../../../support/database.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const NOW_S = NOW / 1000;

const part = (value: unknown) =>
  base64url.encode(new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)));

let database: OpenDatabase;
let ctx: Ctx;
let kid: string;
let publicPem: string;
/** Our own private key, in other hands than ours: whatever it signs differs in what the test says only. */
let ours: KeyObject;

beforeAll(async () => {
  database = await openTestDatabase("pglite");
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  ours = pair.privateKey;
  publicPem = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
  ctx = testCtx({ db: database.db, now: () => NOW });
  const row = await makeSigningKey(ctx, NOW);
  kid = row.kid;
  const jwk = pair.publicKey.export({ format: "jwk" });
  await database.db.insert(signing_keys).values({
    ...row,
    public_jwk: JSON.stringify({ ...jwk, kid, use: "sig", alg: "ES256" }),
    private_jwk: await ctx.seal.seal(
      `signing_key:${kid}`,
      JSON.stringify(pair.privateKey.export({ format: "jwk" })),
    ),
  });
});
afterAll(() => database.close());

const goodHeader = () => ({ alg: "ES256", typ: "at+jwt", kid });
const goodClaims = () => ({
  email: "ann@example.org",
  role: "trader",
  sid: "ses_1",
  ver: 1,
  iss: "http://127.0.0.1:8787",
  aud: "http://127.0.0.1:8787/api",
  sub: "usr_1",
  jti: "1",
  iat: NOW_S,
  nbf: NOW_S,
  exp: NOW_S + 1800,
});

function signed(header: unknown, claims: unknown, key = ours, encoding: "ieee-p1363" | "der" = "ieee-p1363") {
  const text = `${part(header)}.${part(claims)}`;
  const signature = sign("sha256", Buffer.from(text), { key, dsaEncoding: encoding });
  return `${text}.${base64url.encode(signature)}`;
}

async function refusal(token: string): Promise<AppError> {
  const error = await verifyAccessToken(ctx, token).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw new Error(`not refused as it should be: ${String(error)}`);
  return error;
}

test("a token that we issue is good, and says who and which session", async () => {
  const { access_token, expires_in } = await issueAccessToken(ctx, {
    user: { id: "usr_1", email: "änn@example.org", role: "trader", access_version: 3 },
    session_id: "ses_1",
  });
  expect(expires_in).toBe(1800);
  expect(decodeProtectedHeader(access_token)).toEqual({ alg: "ES256", typ: "at+jwt", kid });
  expect(await verifyAccessToken(ctx, access_token)).toMatchObject({
    iss: "http://127.0.0.1:8787",
    aud: "http://127.0.0.1:8787/api",
    sub: "usr_1",
    client_id: "xsema",
    jti: expect.any(String),
    email: "änn@example.org",
    role: "trader",
    sid: "ses_1",
    ver: 3,
    exp: NOW_S + 1800,
  });
});

test("what the hostile tokens below are made of is good where nothing is changed", async () => {
  expect(await verifyAccessToken(ctx, signed(goodHeader(), goodClaims()))).toMatchObject({ sub: "usr_1" });
});

test("our verifier judges the ES256 example of RFC 7515, A.3, as the RFC does", async () => {
  const key = await importJWK(
    {
      kty: "EC",
      crv: "P-256",
      x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    },
    "ES256",
  );
  const token =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
  const { payload } = await compactVerify(token, key, { algorithms: ["ES256"] });
  expect(JSON.parse(new TextDecoder().decode(payload))).toMatchObject({ iss: "joe" });
  const changed = token.replace(".DtEh", ".DtEi");
  await expect(compactVerify(changed, key, { algorithms: ["ES256"] })).rejects.toThrow();
  // Good as a signature, and still no access token of this deployment.
  expect((await refusal(token)).code).toBe("unauthorized");
});

test("a token is one text: no other spelling of the same bytes is taken", async () => {
  const token = signed(goodHeader(), goodClaims());
  const last = token.at(-1) ?? "";
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  // The last character of 64 bytes carries two bits of them, and four that nobody looks at.
  const twin = alphabet.charAt((alphabet.indexOf(last) & ~0b1111) | ((alphabet.indexOf(last) + 1) & 0b1111));
  const bytesOf = (text: string) => Buffer.from(text.split(".")[2] ?? "", "base64url");
  expect(bytesOf(token.slice(0, -1) + twin)).toEqual(bytesOf(token));
  expect((await refusal(token.slice(0, -1) + twin)).code).toBe("unauthorized");
  expect((await refusal(`${token}==`)).code).toBe("unauthorized");
});

describe("a hostile token is refused with 401, and told why", () => {
  const wrongKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const otherCurve = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
  const hmac = () => {
    const text = `${part({ ...goodHeader(), alg: "HS256" })}.${part(goodClaims())}`;
    return `${text}.${createHmac("sha256", publicPem).update(text).digest("base64url")}`;
  };
  const header = (change: object) => () => signed({ ...goodHeader(), ...change }, goodClaims());
  const claims = (change: object) => () => signed(goodHeader(), { ...goodClaims(), ...change });
  const without = (name: string) => () => {
    const { [name]: _, ...rest }: Record<string, unknown> = goodClaims();
    return signed(goodHeader(), rest);
  };
  const unsigned = (alg: string) => () => `${part({ ...goodHeader(), alg })}.${part(goodClaims())}.`;
  const attackerJwk = () => createPublicKey(wrongKey).export({ format: "jwk" });
  const truncated = () => signed(goodHeader(), goodClaims()).slice(0, -4);
  const ALGORITHM = "must be signed with ES256";
  const HEADER = "its header may hold alg, typ and kid only";
  const SIGNATURE = "its signature does not match";

  test.each<[string, () => string, string]>([
    ["alg none, no signature", unsigned("none"), "three parts"],
    ["alg none, some signature", header({ alg: "none" }), ALGORITHM],
    ["alg None", header({ alg: "None" }), ALGORITHM],
    ["alg nOnE", header({ alg: "nOnE" }), ALGORITHM],
    ["HS256 signed with the public key", hmac, ALGORITHM],
    ["ES384", header({ alg: "ES384" }), ALGORITHM],
    ["no kid", () => signed({ alg: "ES256", typ: "at+jwt" }, goodClaims()), "its kid is missing"],
    ["an unknown kid", header({ kid: "unknown" }), "names no key"],
    ["a kid that is a path", header({ kid: "../../dev/null" }), "names no key"],
    ["a kid that is SQL", header({ kid: "' or 1=1 --" }), "names no key"],
    [
      "an embedded key",
      () => signed({ ...goodHeader(), jwk: attackerJwk() }, goodClaims(), wrongKey),
      HEADER,
    ],
    ["a jku", header({ jku: "https://attacker.example/jwks.json" }), HEADER],
    ["an x5u", header({ x5u: "https://attacker.example/x5u" }), HEADER],
    ["an x5c", header({ x5c: ["MIIB"] }), HEADER],
    ["crit", header({ crit: ["exp"] }), HEADER],
    ["another key's signature", () => signed(goodHeader(), goodClaims(), wrongKey), SIGNATURE],
    ["a signature of another curve", () => signed(goodHeader(), goodClaims(), otherCurve), SIGNATURE],
    ["a truncated signature", truncated, SIGNATURE],
    ["a DER signature", () => signed(goodHeader(), goodClaims(), ours, "der"), SIGNATURE],
    [
      "a signature of zeros",
      () => `${part(goodHeader())}.${part(goodClaims())}.${base64url.encode(new Uint8Array(64))}`,
      SIGNATURE,
    ],
    ["nbf in the future", claims({ nbf: NOW_S + 60 }), "its time has not come"],
    ["iat in the future", claims({ iat: NOW_S + 60 }), "its time has not come"],
    ["another audience", claims({ aud: "https://other.example/api" }), "meant for somebody else"],
    ["a list of audiences", claims({ aud: ["http://127.0.0.1:8787/api"] }), "claim aud"],
    ["another issuer", claims({ iss: "https://other.example" }), "issued by somebody else"],
    ["typ JWT", header({ typ: "JWT" }), "typ must be at+jwt"],
    ["typ of an id token", header({ typ: "id+jwt" }), "typ must be at+jwt"],
    ["no typ", () => signed({ alg: "ES256", kid }, goodClaims()), "typ must be at+jwt"],
    ["no exp", without("exp"), "claim exp"],
    ["no sid", without("sid"), "claim sid"],
    ["no ver", without("ver"), "claim ver"],
    ["exp as text", claims({ exp: "9999999999" }), "claim exp"],
    ["a claim that we do not give", claims({ permissions: ["users:write"] }), "claim"],
    [
      "a claim that is there twice",
      () =>
        signed(
          goodHeader(),
          JSON.stringify(goodClaims()).replace('"sub":"usr_1"', '"sub":"usr_1","sub":"usr_2"'),
        ),
      "payload cannot be read",
    ],
    [
      "a header that is there twice",
      () => signed(`{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"${kid}"}`, goodClaims()),
      "header cannot be read",
    ],
    ["a payload that is no JSON", () => signed(goodHeader(), "hello"), "payload cannot be read"],
    ["a header that is a list", () => signed([], goodClaims()), "header is not an object"],
    ["a token of a megabyte", claims({ email: "a".repeat(1_000_000) }), "more than 8192 characters"],
    ["a refresh token", () => "xzQ0bXw2LkN9sVfYc4HjE6uGdPmA1oI3xKZ5yWt8Qqr", "three parts"],
    ["five parts, as an encrypted token has", () => "a.b.c.d.e", "three parts"],
    ["padding", () => `${signed(goodHeader(), goodClaims())}==`, "three parts"],
    ["nothing", () => "", "three parts"],
  ])("%s", async (_, make, why) => {
    const error = await refusal(make());
    expect(error).toMatchObject({ code: "unauthorized", status: 401 });
    expect(error.message).toContain(why);
    expect(error.message.length).toBeLessThan(160);
    expect(error.headers["www-authenticate"]).toContain('error="invalid_token"');
  });

  test("one that is past its time, with a code of its own", async () => {
    const error = await refusal(signed(goodHeader(), { ...goodClaims(), exp: NOW_S - 6 }));
    expect(error).toMatchObject({ code: "token_expired", status: 401 });
    // Forged ones are not told about time.
    const forged = signed(goodHeader(), { ...goodClaims(), exp: NOW_S - 6 }, wrongKey);
    expect((await refusal(forged)).code).toBe("unauthorized");
  });
});

test("clocks may be five seconds apart, and no more", async () => {
  const at = (change: object) => verifyAccessToken(ctx, signed(goodHeader(), { ...goodClaims(), ...change }));
  await expect(at({ exp: NOW_S - 4 })).resolves.toBeDefined();
  await expect(at({ exp: NOW_S - 5 })).rejects.toThrow();
  await expect(at({ nbf: NOW_S + 5, iat: NOW_S + 5 })).resolves.toBeDefined();
  await expect(at({ nbf: NOW_S + 6 })).rejects.toThrow();
});
