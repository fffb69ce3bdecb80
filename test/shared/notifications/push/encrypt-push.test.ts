import { createECDH, randomBytes } from "node:crypto";
import fc from "fast-check";
import ece from "http_ece";
import { describe, expect, it } from "vitest";
import {
  bytesOf,
  encryptPush,
  importPoint,
  MOST_PUSHED,
  readBase64url,
} from "../../../../shared/notifications/push/encrypt-push.ts";

/** RFC 8291, 5 and appendix A. */
const RFC = {
  plaintext: "When I grow up, I want to be a watermelon",
  as_private: "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
  as_public: "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
  ua_public: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  salt: "DGv6ra1nlYgDCS1FRnbzlw",
  auth: "BTBZMqHH6r4Tts7J_aSIgg",
  body: "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
};

async function senderOfTheRfc(): Promise<CryptoKeyPair> {
  const point = Buffer.from(RFC.as_public, "base64url");
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString("base64url"));
  const jwk = { kty: "EC", crv: "P-256", x, y, d: RFC.as_private };
  return {
    publicKey: await importPoint(readBase64url(RFC.as_public)),
    privateKey: await crypto.subtle.importKey("jwk", jwk, { name: "ECDH", namedCurve: "P-256" }, false, [
      "deriveBits",
    ]),
  };
}

function browser() {
  const privateKey = createECDH("prime256v1");
  const p256dh = privateKey.generateKeys().toString("base64url");
  const auth = randomBytes(16).toString("base64url");
  const decrypt = (body: Uint8Array) =>
    new Uint8Array(ece.decrypt(Buffer.from(body), { version: "aes128gcm", privateKey, authSecret: auth }));
  return { keys: { p256dh, auth }, decrypt };
}

describe("a push message", () => {
  it("is, byte for byte, what RFC 8291 shows for its keys", async () => {
    const keys = { p256dh: RFC.ua_public, auth: RFC.auth };
    const ephemeral = { keys: await senderOfTheRfc(), salt: readBase64url(RFC.salt) };
    const body = await encryptPush(keys, bytesOf(RFC.plaintext), ephemeral);
    expect(Buffer.from(body).toString("base64url")).toBe(RFC.body);
  });

  it("is read by its browser alone, whatever it says, up to the most that it may say", async () => {
    const [mine, other] = [browser(), browser()];
    const sizes = fc.oneof(fc.constantFrom(0, 1, MOST_PUSHED), fc.integer({ min: 0, max: MOST_PUSHED }));
    await fc.assert(
      fc.asyncProperty(sizes, async (size) => {
        const message = new Uint8Array(randomBytes(size));
        const body = await encryptPush(mine.keys, message);
        expect(body.length).toBeLessThanOrEqual(4096);
        expect(mine.decrypt(body)).toEqual(message);
        expect(() => other.decrypt(body)).toThrow();
      }),
      { numRuns: 40 },
    );
    await expect(encryptPush(mine.keys, new Uint8Array(MOST_PUSHED + 1))).rejects.toThrow("at most");
  });

  it("is never encrypted the same way twice", async () => {
    const { keys } = browser();
    const bodies = await Promise.all([1, 2, 3].map(() => encryptPush(keys, bytesOf("the same"))));
    const starts = bodies.flatMap((body) => [body.subarray(0, 16), body.subarray(21, 86)]);
    expect(new Set(starts.map((bytes) => Buffer.from(bytes).toString("hex"))).size).toBe(6);
  });

  it("takes the browser's keys with padding too, and no point off the curve", async () => {
    const { keys, decrypt } = browser();
    const padded = { p256dh: `${keys.p256dh}=`, auth: `${keys.auth}==` };
    expect(decrypt(await encryptPush(padded, bytesOf("hello")))).toEqual(bytesOf("hello"));
    const off = readBase64url(keys.p256dh);
    off[64] = (off[64] ?? 0) ^ 1;
    await expect(importPoint(off)).rejects.toThrow();
  });
});
