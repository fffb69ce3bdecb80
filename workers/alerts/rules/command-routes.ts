import { AlertRule } from "../../../shared/contracts/alerts.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { etag } from "../../../shared/platform/http/if-match.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { READ_ALERTS, WRITE_ALERTS } from "../access.ts";
import { disableRule, enableRule } from "./change-rule.ts";
import { tryRule } from "./preview.ts";
import { rearmRule } from "./rearm-rule.ts";
import { PreviewAnswer, PreviewRequest, RuleParams } from "./schema.ts";

export const ruleCommandRoutes = createApp();

const CHANGED = {
  200: { description: "The rule as it is now", content: { "application/json": { schema: AlertRule } } },
  ...problems(404, 422),
};

ruleCommandRoutes.openapi(
  defineRoute(WRITE_ALERTS, {
    method: "post",
    path: "/alert-rules/{id}/enable",
    operationId: "enableAlertRule",
    tags: ["alerts"],
    summary: "Turn an alert rule on",
    description: "It sees what comes from now on. Again does no harm.",
    request: { params: RuleParams },
    responses: { ...CHANGED, ...problems(409) },
  }),
  async (c) => {
    const rule = await enableRule(c.get("ctx"), c.req.valid("param").id);
    return c.json(rule, 200, etag(rule));
  },
);

ruleCommandRoutes.openapi(
  defineRoute(WRITE_ALERTS, {
    method: "post",
    path: "/alert-rules/{id}/disable",
    operationId: "disableAlertRule",
    tags: ["alerts"],
    summary: "Turn an alert rule off",
    description: "What it raised resolves with `rule_disabled`. Again does no harm.",
    request: { params: RuleParams },
    responses: CHANGED,
  }),
  async (c) => {
    const rule = await disableRule(c.get("ctx"), c.req.valid("param").id);
    return c.json(rule, 200, etag(rule));
  },
);

ruleCommandRoutes.openapi(
  defineRoute(WRITE_ALERTS, {
    method: "post",
    path: "/alert-rules/{id}/rearm",
    operationId: "rearmAlertRule",
    tags: ["alerts"],
    summary: "Let a one-shot rule fire again",
    description: "Where it is armed already, nothing changes.",
    request: { params: RuleParams },
    responses: CHANGED,
  }),
  async (c) => {
    const rule = await rearmRule(c.get("ctx"), c.req.valid("param").id);
    return c.json(rule, 200, etag(rule));
  },
);

ruleCommandRoutes.openapi(
  defineRoute(READ_ALERTS, {
    method: "post",
    path: "/alert-rules/preview",
    operationId: "previewAlertRule",
    tags: ["alerts"],
    summary: "When a rule would have fired",
    description: `Runs it over what is stored, by the same rules as live, for the last 7 days unless \`from\` and \`to\` say
otherwise (at most 90 days). Nothing is kept, and nobody is told.`,
    request: {
      body: { required: true, content: { "application/json": { schema: PreviewRequest } } },
    },
    responses: {
      200: {
        description: "Every firing, and the series to plot",
        content: { "application/json": { schema: PreviewAnswer } },
      },
    },
  }),
  async (c) => c.json(await tryRule(c.get("ctx"), c.req.valid("json")), 200),
);
