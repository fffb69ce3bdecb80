import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyOfSecret, newWebhookSecret } from "../../../shared/webhooks/secrets.ts";
import { signMessage } from "../../../shared/webhooks/sign.ts";
import { verifyByJudges } from "../../support/receiver.ts";

describe("signing", () => {
  it("gives the known answer of the Standard Webhooks reference", async () => {
    const headers = await signMessage(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], {
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      at: 1_614_265_330_999,
      body: '{"test": 2432232314}',
    });
    expect(headers).toEqual({
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  it("verifies by two independent libraries for any body, under each of two secrets and under no third", async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (body) => {
        const secrets = [newWebhookSecret(), newWebhookSecret()];
        const headers = await signMessage(secrets, { id: "msg_1", at: Date.now(), body });
        expect(headers["webhook-signature"].split(" ")).toHaveLength(2);
        for (const secret of secrets) verifyByJudges(secret, { body, headers });
        expect(() => verifyByJudges(newWebhookSecret(), { body, headers })).toThrow();
        expect(() => verifyByJudges(secrets[0] ?? "", { body: `${body} `, headers })).toThrow();
      }),
      { numRuns: 50 },
    );
  });

  it("makes secrets of 32 random bytes and takes those of 24 to 64", () => {
    const secrets = Array.from({ length: 50 }, newWebhookSecret);
    expect(new Set(secrets).size).toBe(50);
    for (const secret of secrets) expect(keyOfSecret(secret)).toHaveLength(32);
    const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString("base64")}`;
    expect(keyOfSecret(secretOf(24))).toHaveLength(24);
    expect(keyOfSecret(secretOf(64))).toHaveLength(64);
    for (const bytes of [0, 1, 23, 65]) expect(() => keyOfSecret(secretOf(bytes))).toThrow(TypeError);
    for (const text of [
      "",
      "whsec_",
      "whsk_AAAA",
      "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      "whsec_a b",
      "whsec_a-_b",
      `whsec_${"A".repeat(42)}B=`,
      `whsec_${"A".repeat(43)}`,
      `whsec_${"A".repeat(32)}\n`,
    ])
      expect(() => keyOfSecret(text)).toThrow(TypeError);
  });
});
