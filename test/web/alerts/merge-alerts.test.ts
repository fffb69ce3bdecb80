import { expect, test } from "vitest";
import { Alert } from "../../../shared/contracts/alerts.ts";
import {
  announcementOf,
  forgetTold,
  standingAlerts,
  takeTold,
} from "../../../web/src/alerts/merge-alerts.ts";

const alert = (id: string, given: Partial<Alert> = {}): Alert =>
  Alert.parse({
    id,
    rule_id: "rul_1",
    name: "Floor falls",
    metric: "market.floor",
    labels: {},
    level: "warning",
    state: "active",
    health: "ok",
    condition: "value",
    operator: "<",
    threshold: "9",
    value: "8",
    message: "The floor is 8.",
    started_at: "2026-11-01T10:00:00Z",
    fired_at: "2026-11-01T10:00:00Z",
    resolved_at: null,
    resolved_reason: null,
    acknowledged_at: null,
    acknowledged_by: null,
    comment: null,
    silenced_by: [],
    flapping: false,
    escalated_at: null,
    revision: 1,
    updated_at: "2026-11-01T10:00:00Z",
    ...given,
  });
const ids = (alerts: readonly Alert[]) => alerts.map(({ id }) => id);

test("of what was read and what was told, the newer counts, whichever came first", () => {
  const told = takeTold(
    new Map(),
    [
      alert("a", { revision: 3, state: "acknowledged" }),
      alert("a", { revision: 2 }),
      alert("b", { revision: 2, state: "resolved" }),
      alert("c"),
    ],
    0,
  );
  const standing = standingAlerts([alert("a"), alert("b"), alert("c", { revision: 2, value: "7" })], told);
  expect(standing.map(({ id, state, value }) => [id, state, value])).toEqual([
    ["c", "active", "7"],
    ["a", "acknowledged", "8"],
  ]);
});

test("what is read again shows what no event tells, such as a silence that was made", () => {
  const told = takeTold(new Map(), [alert("a")], 0);
  expect(standingAlerts([alert("a", { silenced_by: ["sil_1"] })], told)[0]?.silenced_by).toEqual(["sil_1"]);
});

test("an end that nobody told is seen once the lists were read again", () => {
  const told = takeTold(takeTold(new Map(), [alert("ended")], 100), [alert("later")], 300);
  expect(ids(standingAlerts([], told))).toEqual(["ended", "later"]);
  expect(ids(standingAlerts([], forgetTold(told, 200)))).toEqual(["later"]);
  expect(forgetTold(told, 50)).toBe(told);
});

test("an alert that two lists have, read one after the other, stands once and as it is now", () => {
  const read = [alert("a"), alert("a", { revision: 2, state: "acknowledged" }), alert("a")];
  expect(standingAlerts(read, new Map()).map(({ state }) => state)).toEqual(["acknowledged"]);
});

test("the worst comes first, then the newest, and what is not active after it", () => {
  const standing = standingAlerts(
    [
      alert("pending", { state: "pending", level: "critical", fired_at: null }),
      alert("known", { state: "acknowledged", level: "critical" }),
      alert("info", { level: "info" }),
      alert("old"),
      alert("new", { fired_at: "2026-11-01T11:00:00Z" }),
      alert("bad", { level: "error" }),
    ],
    new Map(),
  );
  expect(ids(standing)).toEqual(["bad", "new", "old", "info", "known", "pending"]);
});

test("who listens hears what fires and ends, once, and nothing of the rest", () => {
  const none = new Map();
  expect(announcementOf(none, alert("a"))).toBe("New alert: Floor falls. The floor is 8.");
  expect(announcementOf(none, alert("a", { state: "pending" }))).toBeNull();
  const told = takeTold(none, [alert("a")], 0);
  expect(announcementOf(told, alert("a"))).toBeNull();
  expect(announcementOf(told, alert("a", { revision: 2, flapping: true }))).toBeNull();
  expect(announcementOf(told, alert("a", { revision: 2, state: "resolved" }))).toBe("Resolved: Floor falls.");
});
