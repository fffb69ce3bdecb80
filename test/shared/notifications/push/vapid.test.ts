import { describe, expect, it } from "vitest";
import { newPushKey } from "../../../../scripts/local/dev-vars.ts";
import { applicationServerKey, authorizePush } from "../../../../shared/notifications/push/vapid.ts";
import { parseConfig } from "../../../../shared/platform/config.ts";
import { TEST_SETTINGS } from "../../../support/ctx.ts";
import { verifyVapid } from "../../../support/push-service.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const configOf = (given: Record<string, string>) => parseConfig({ ...TEST_SETTINGS, ...given });
const ENDPOINT = "https://push.example.com:8443/send/abc";

describe("the key that signs pushes", () => {
  it("gives the public key that belongs to its number", async () => {
    // The pair of the sender in RFC 8291, appendix A.
    const VAPID_PRIVATE_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
    expect(await applicationServerKey(configOf({ VAPID_PRIVATE_KEY }))).toBe(
      "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
    );
    expect(await applicationServerKey(configOf({}))).toBeNull();
  });

  it("signs for the service's origin and for less than a day, so that jose verifies it", async () => {
    const config = configOf({ VAPID_PRIVATE_KEY: newPushKey(), VAPID_CONTACT: "mailto:ops@example.com" });
    const authorization = await authorizePush({ config, now: () => NOW }, ENDPOINT);
    const claims = await verifyVapid(authorization ?? "", new Date(NOW));
    expect(claims).toMatchObject({ aud: "https://push.example.com:8443", sub: "mailto:ops@example.com" });
    expect(claims.key).toBe(await applicationServerKey(config));
    const lasts = Number(claims.exp) - NOW / 1000;
    expect(lasts).toBeGreaterThan(3600);
    expect(lasts).toBeLessThanOrEqual(24 * 3600);
    const tampered = authorization?.replace(/t=(\w)/, (_, first) => `t=${first === "e" ? "f" : "e"}`);
    await expect(verifyVapid(tampered, new Date(NOW))).rejects.toThrow();
  });

  it("signs nothing where there is none", async () => {
    expect(await authorizePush({ config: configOf({}), now: () => NOW }, ENDPOINT)).toBeNull();
  });

  it.each([
    ["VAPID_PRIVATE_KEY", "A".repeat(43)],
    ["VAPID_PRIVATE_KEY", "_".repeat(43)],
    ["VAPID_PRIVATE_KEY", "not a key"],
    ["VAPID_CONTACT", "ops@example.com"],
    ["VAPID_CONTACT", "mailto:ops@exa mple.com"],
    ["VAPID_CONTACT", "mailto:ops@"],
    ["VAPID_CONTACT", "mailto:a@b.example,c@d.example"],
    ["VAPID_CONTACT", "https://"],
    ["MAIL_FROM", "XSEMA"],
    ["MAIL_FROM", "XSEMA\r\nBcc: x@y.example <a@b.example>"],
  ])("is refused at the start as %s=%s", (name, value) => {
    expect(() => configOf({ [name]: value })).toThrow(name);
  });

  it("is not enough outside local without somebody to write to", () => {
    const deployed = {
      ...TEST_SETTINGS,
      ENVIRONMENT: "production",
      DATABASE_URL: "postgres://a:b@db.test/x",
      PUBLIC_URL: "https://xsema.test",
      MAIL_DRIVER: "none",
      VAPID_PRIVATE_KEY: newPushKey(),
    };
    expect(() => parseConfig(deployed)).toThrow("VAPID_CONTACT");
    for (const VAPID_CONTACT of ["mailto:ops@localhost", "https://localhost/contact"])
      expect(() => parseConfig({ ...deployed, VAPID_CONTACT })).toThrow("VAPID_CONTACT leads to localhost");
    expect(parseConfig({ ...deployed, VAPID_CONTACT: "https://xsema.test/contact" }).VAPID_CONTACT).toBe(
      "https://xsema.test/contact",
    );
  });
});
