import { AlertRule } from "../../../shared/contracts/alerts.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { answerOnce, idempotent } from "../../../shared/platform/http/idempotent.ts";
import { etag, IfMatch } from "../../../shared/platform/http/if-match.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { READ_ALERTS, WRITE_ALERTS } from "../access.ts";
import { changeRule } from "./change-rule.ts";
import { createRule } from "./create-rule.ts";
import { deleteRule } from "./delete-rule.ts";
import { listRules } from "./list-rules.ts";
import { findRule, showRule } from "./rule-store.ts";
import { ChangeRuleRequest, CreateRuleRequest, RulePage, RuleParams, RulesQuery } from "./schema.ts";

export const ruleRoutes = createApp();

ruleRoutes.openapi(
  defineRoute(
    { ...WRITE_ALERTS, middleware: [idempotent] },
    {
      method: "post",
      path: "/alert-rules",
      operationId: "createAlertRule",
      tags: ["alerts"],
      summary: "Be alerted when a metric is or does something",
      description: `GET /api/v1/metrics/catalogue lists the metrics with their labels and units. The rule sees what comes from
now on. Rules on \`market.*\` need market:read as well, those on \`platform.*\` monitoring:read. A plan has room for so many
rules.`,
      request: {
        body: { required: true, content: { "application/json": { schema: CreateRuleRequest } } },
      },
      responses: {
        201: { description: "The rule", content: { "application/json": { schema: AlertRule } } },
        ...problems(409),
      },
    },
  ),
  async (c) => {
    return answerOnce(
      c,
      (ctx) => createRule(ctx, c.req.valid("json")),
      (made: AlertRule) => c.json(made, 201, { location: `/api/v1/alert-rules/${made.id}`, ...etag(made) }),
    );
  },
);

ruleRoutes.openapi(
  defineRoute(READ_ALERTS, {
    method: "get",
    path: "/alert-rules",
    operationId: "listAlertRules",
    tags: ["alerts"],
    summary: "One's alert rules, newest first",
    description: "Newest first, those that XSEMA made included, each with how many of its alerts stand.",
    request: { query: RulesQuery },
    responses: {
      200: { description: "A page of rules", content: { "application/json": { schema: RulePage } } },
      ...problems(422),
    },
  }),
  async (c) => c.json(await listRules(c.get("ctx"), c.req.valid("query")), 200),
);

ruleRoutes.openapi(
  defineRoute(READ_ALERTS, {
    method: "get",
    path: "/alert-rules/{id}",
    operationId: "getAlertRule",
    tags: ["alerts"],
    summary: "One of one's alert rules",
    description: "With whether it can be evaluated, and when it fired last. Its `ETag` names the revision.",
    request: { params: RuleParams },
    responses: {
      200: { description: "The rule", content: { "application/json": { schema: AlertRule } } },
      ...problems(404, 422),
    },
  }),
  async (c) => {
    const ctx = c.get("ctx");
    const rule = await showRule(ctx, await findRule(ctx, c.req.valid("param").id));
    return c.json(rule, 200, etag(rule));
  },
);

ruleRoutes.openapi(
  defineRoute(WRITE_ALERTS, {
    method: "patch",
    path: "/alert-rules/{id}",
    operationId: "changeAlertRule",
    tags: ["alerts"],
    summary: "Change parts of an alert rule",
    description: `What is left out stays. Where more changes than how it is told (name, description, message, channels,
level, grouping, escalation), what the rule raised resolves with \`rule_changed\`, and it begins anew, armed, with what comes
from now on.`,
    request: {
      params: RuleParams,
      headers: IfMatch,
      body: { required: true, content: { "application/json": { schema: ChangeRuleRequest } } },
    },
    responses: {
      200: { description: "The rule as it is now", content: { "application/json": { schema: AlertRule } } },
      ...problems(404, 412),
    },
  }),
  async (c) => {
    const { "if-match": expected } = c.req.valid("header");
    const rule = await changeRule(c.get("ctx"), c.req.valid("param").id, c.req.valid("json"), expected);
    return c.json(rule, 200, etag(rule));
  },
);

ruleRoutes.openapi(
  defineRoute(WRITE_ALERTS, {
    method: "delete",
    path: "/alert-rules/{id}",
    operationId: "deleteAlertRule",
    tags: ["alerts"],
    summary: "Remove an alert rule",
    description: "What it raised resolves with `rule_deleted`, and stays among the alerts.",
    request: { params: RuleParams },
    responses: { 204: { description: "It is gone" }, ...problems(404, 422) },
  }),
  async (c) => {
    await deleteRule(c.get("ctx"), c.req.valid("param").id);
    return c.body(null, 204);
  },
);
