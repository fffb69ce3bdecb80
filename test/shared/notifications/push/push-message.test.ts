import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NotificationLevel, PushMessage } from "../../../../shared/contracts/notifications.ts";
import { deliveryHeaders, encodeMessage } from "../../../../shared/notifications/push/push-message.ts";

const MESSAGE: PushMessage = {
  id: "ntf_0198c7e2b6a47d3f9c1e5a7b8d2f4e60",
  kind: "alert.fired",
  level: "warning",
  title: "The floor fell",
  body: "",
  at: "2026-01-01T00:00:00.000Z",
};
const read = (bytes: Uint8Array) => PushMessage.parse(JSON.parse(new TextDecoder().decode(bytes)));

describe("what is pushed of a notification", () => {
  it("has at most 3000 bytes and begins as the notification does, whatever stands in it", () => {
    const hard = fc.constantFrom("a", '"', "\n", "\u0001", "é", "漢", "🦊");
    const title = fc.array(hard, { maxLength: 200 }).map((parts) => parts.join(""));
    const body = fc.array(hard, { maxLength: 2500 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(title, body, (title, body) => {
        const bytes = encodeMessage({ ...MESSAGE, title, body });
        expect(bytes.length).toBeLessThanOrEqual(3000);
        const said = read(bytes);
        expect(said.title).toBe(title);
        if (said.body !== body) {
          expect(said.body.endsWith("…")).toBe(true);
          expect(body.startsWith(said.body.slice(0, -1))).toBe(true);
          expect(said.body.isWellFormed()).toBe(true);
        }
      }),
    );
  });

  it("is whole where there is room", () => {
    expect(read(encodeMessage({ ...MESSAGE, body: "x".repeat(2000) })).body).toBe("x".repeat(2000));
  });

  it("carries headers that RFC 8030 takes, and the same topic at each attempt", () => {
    for (const level of NotificationLevel.options) {
      const { ttl, urgency, topic } = deliveryHeaders({ ...MESSAGE, level });
      expect(Number(ttl)).toBeGreaterThan(0);
      expect(["very-low", "low", "normal", "high"]).toContain(urgency);
      expect(topic).toMatch(/^[\w-]{1,32}$/);
    }
    expect(deliveryHeaders({ ...MESSAGE, level: "critical" }).urgency).toBe("high");
    expect(deliveryHeaders(MESSAGE).topic).toBe("0198c7e2b6a47d3f9c1e5a7b8d2f4e60");
  });
});
