import { describe, expect, it } from "vitest";
import {
  matchesKind,
  NotificationKind,
  NotificationPreferences,
} from "../../../shared/contracts/notifications.ts";
import { GROUPS, readCell, writeCell } from "../../../web/src/account/notifications/rule-cells.ts";

describe("the choices of the notifications card", () => {
  it("speak of every kind once", () => {
    for (const kind of NotificationKind.options)
      expect(
        GROUPS.filter(({ pattern }) => matchesKind(pattern, kind)).map(({ about }) => about),
        kind,
      ).toHaveLength(1);
  });

  it("show what holds, also where the kinds of a group differ", () => {
    expect(readCell([], "alert.*", "push")).toBe(true);
    expect(readCell([], "account.*", "email")).toBe(false);
    // By default alerts are mailed when they fire, and not when they are over.
    expect(readCell([], "alert.*", "email")).toBeNull();
    expect(readCell([{ kind: "*", channels: { push: false } }], "alert.*", "push")).toBe(false);
  });

  it("change one channel of one group, whatever narrower rules said, and leave the rest as it was", () => {
    const before = [
      { kind: "*", channels: { slack: false } },
      { kind: "alert.fired", channels: { email: true, push: false } },
      { kind: "alert.resolved", channels: { email: true } },
    ];
    const after = writeCell(before, "alert.*", { channel: "email", on: false });
    expect(after).toEqual([
      { kind: "*", channels: { slack: false } },
      { kind: "alert.fired", channels: { push: false } },
      { kind: "alert.*", channels: { email: false } },
    ]);
    expect(readCell(after, "alert.*", "email")).toBe(false);
    expect(NotificationPreferences.safeParse({ rules: after, quiet_hours: null, digest: null }).success).toBe(
      true,
    );
    const again = writeCell(after, "alert.*", { channel: "webhook", on: false });
    expect(again.at(-1)).toEqual({ kind: "alert.*", channels: { email: false, webhook: false } });
  });
});
