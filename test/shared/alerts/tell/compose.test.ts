import { expect, it } from "vitest";
import type { AlertRow } from "../../../../shared/alerts/alert-row.ts";
import { composeEscalation, composeNews, type News } from "../../../../shared/alerts/tell/compose.ts";
import { notificationMail } from "../../../../shared/mail/templates/notification.ts";

const NOW = Date.parse("2026-01-01T04:00:00Z");
const TELLING = { now: NOW, url: "https://xsema.example/app" };
let made = 0;

function anAlert(partial: Partial<AlertRow> = {}): AlertRow {
  made += 1;
  return {
    ...{
      id: `alr_${made}`,
      rule_id: "rul_1",
      user_id: "usr_1",
      fingerprint: "f",
      labels: {},
      metric: "market.floor",
    },
    ...{ condition: "value", operator: "<", threshold: "40", value: "39", health: "ok", flapping: false },
    name: `Floor ${made}`,
    level: "warning",
    state: "active",
    message: "The floor of punks is 39 ETH, below 40.",
    started_at: "2026-01-01 00:00:00+00",
    fired_at: "2026-01-01 02:54:30+00",
    ...{
      resolved_at: null,
      resolved_reason: null,
      acknowledged_at: null,
      acknowledged_by: null,
      comment: null,
    },
    ...{ escalate_at: null, escalated_at: null, revision: 1 },
    created_at: "2026-01-01 00:00:00+00",
    updated_at: "2026-01-01 00:00:00+00",
    ...partial,
  };
}
const over = (partial: Partial<AlertRow> = {}) =>
  anAlert({ state: "resolved", resolved_at: "2026-01-01 02:54:33.5+00", ...partial });
const news = (given: Partial<News>): News => ({
  ...{ fresh: [], over: [], resolved: [], lasting: [], others: 0 },
  ...given,
});
const LINK = "https://xsema.example/app/alerts";

it.each<[string, Partial<News>, string, string, string]>([
  ["fired", { fresh: [anAlert({ name: "Punks" })] }, "alert.fired", "Punks", "[warning] Punks: The floor"],
  [
    "lasts",
    { lasting: [anAlert({ name: "Punks" })] },
    "alert.fired",
    "Still firing: Punks",
    "[warning] Punks, firing for 1h 5m: The floor",
  ],
  [
    "fired and resolved",
    { over: [over({ name: "Punks" })] },
    "alert.fired",
    "Fired and resolved: Punks",
    "[warning] Punks, fired and resolved after 3s: The floor",
  ],
  [
    "resolved",
    { resolved: [over({ name: "Punks", level: "critical" })] },
    "alert.resolved",
    "Resolved: Punks",
    "[critical] Punks, resolved after 3s: The floor",
  ],
])("says of one alert that it %s", (_what, given, kind, title, begins) => {
  const said = composeNews(news(given), TELLING);
  expect(said).toMatchObject({ kind, title, data: { count: 1 } });
  expect(said.body).toBe(`${begins} of punks is 39 ETH, below 40.\n${LINK}`);
  // That something is over is no cause to wake anybody.
  expect(said.level).toBe(kind === "alert.resolved" ? "info" : "warning");
});

it("says that an alert is withdrawn by the way that its firing went, and wakes nobody", () => {
  const wrong = over({ name: "Punks", resolved_reason: "corrected" });
  const said = composeNews(news({ resolved: [wrong] }), TELLING);
  expect(said).toMatchObject({ kind: "alert.fired", level: "info", title: "Withdrawn: Punks" });
  expect(said.body).toContain("[warning] Punks, withdrawn, since what it fired for was corrected: The floor");
  const { title, level } = composeNews(news({ over: [wrong] }), TELLING);
  expect([title, level]).toEqual(["Fired and withdrawn: Punks", "warning"]);
});

it("counts in the title what happened to many, and takes the highest level", () => {
  const said = composeNews(
    news({
      fresh: [anAlert(), anAlert({ level: "critical" })],
      over: [over()],
      lasting: [anAlert({ level: "info" })],
      resolved: [over({ level: "error" })],
    }),
    TELLING,
  );
  expect(said.title).toBe(
    "2 alerts fired, 1 alert fired and resolved, 1 alert still firing, 1 alert resolved",
  );
  expect(said).toMatchObject({ kind: "alert.fired", level: "critical", data: { count: 5 } });
  expect(said.body.split("\n").length).toBe(6);
});

it.each([
  [0, []],
  [1, ["1 alert told before still fires."]],
  [7, ["7 alerts told before still fire."]],
])("says how many were told before: %i", (others, lines) => {
  const { body } = composeNews(news({ fresh: [anAlert()], others }), TELLING);
  expect(body.split("\n").slice(1)).toEqual([...lines, LINK]);
});

it("shows one alert whole, and of many a line each, cut between characters", () => {
  const message = `First line\nsecond ${"🦄".repeat(400)}`;
  expect(composeNews(news({ fresh: [anAlert({ message })] }), TELLING).body).toContain(message);
  const { body } = composeNews(
    news({ fresh: Array.from({ length: 12 }, () => anAlert({ message, name: "N" })) }),
    TELLING,
  );
  const lines = body.split("\n");
  expect(lines.length).toBe(12);
  expect(lines.slice(-2)).toEqual(["And 2 more.", LINK]);
  expect(lines[0]).toMatch(/^\[warning\] N: First line second 🦄+…$/u);
  expect(lines[0]?.length).toBeLessThanOrEqual(300);
  expect(body.isWellFormed()).toBe(true);
});

it("says of an escalation who is meant and for how long", () => {
  const said = composeEscalation([anAlert({ name: "Punks", level: "error" })], TELLING);
  expect(said).toMatchObject({ kind: "alert.fired", level: "error", title: "Nobody acknowledged: Punks" });
  expect(said.body).toBe(`[error] Punks, firing for 1h 5m: The floor of punks is 39 ETH, below 40.\n${LINK}`);
  expect(composeEscalation([anAlert(), anAlert()], TELLING).title).toBe("Nobody acknowledged 2 alerts");
});

it("reads well as a mail: a line for each alert in both of its parts, and nothing of it is mark-up", () => {
  const { title, body } = composeNews(
    news({ fresh: [anAlert({ name: "A <b>" }), anAlert({ name: "B" })] }),
    TELLING,
  );
  const mail = notificationMail({
    name: "Ann",
    notifications: [{ title, body, at: "2026-01-01T04:00:00.000Z" }],
    total: 1,
    link: TELLING.url,
  });
  expect(mail.subject).toBe("2 alerts fired");
  expect(mail.text).toContain(
    "2 alerts fired\n\n[warning] A <b>: The floor of punks is 39 ETH, below 40.\n[warning] B: The floor",
  );
  expect(mail.html).toContain(
    "[warning] A &lt;b&gt;: The floor of punks is 39 ETH, below 40.<br>\n[warning] B: The floor of punks is 39 ETH, below 40.<br>\nhttps://xsema.example/app/alerts</p>",
  );
});
