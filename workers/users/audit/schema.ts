import { z } from "@hono/zod-openapi";
import { AuditHeadText } from "../../../shared/audit/audit-head.ts";
import { ChainFlaw } from "../../../shared/audit/verify-chain.ts";
import { Cursor, limit, oneOf, text } from "../../../shared/platform/http/parameters.ts";
import { query } from "../../../shared/platform/http/query.ts";

const Values = z.record(z.string(), z.unknown()).nullable();
const Hash = z.string().openapi({ description: "SHA-256 in hex" });

export const AuditEntry = z
  .object({
    seq: z.number().int().openapi({ description: "Its number in the log, from 1 without a hole" }),
    id: z.string(),
    at: z.string(),
    actor: z.object({
      type: z.string().openapi({ description: "`user`, `api_key`, `system` or `anonymous`" }),
      id: z.string().nullable(),
    }),
    action: z.string().openapi({ example: "user.role_changed" }),
    target: z.object({ type: z.string(), id: z.string().nullable() }),
    before: Values,
    after: Values,
    ip: z.string().nullable(),
    user_agent: z.string().nullable(),
    trace_id: z.string(),
    prev_hash: Hash,
    hash: Hash,
  })
  .openapi("AuditEntry");
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditPage = z
  .object({ data: z.array(AuditEntry), next_cursor: z.string().nullable() })
  .openapi("AuditPage");
export type AuditPage = z.infer<typeof AuditPage>;

const Instant = text(64).optional();
const Filters = {
  actor: text(100).optional().openapi({ description: "The id of the account, key or job that acted" }),
  action: text(100)
    .regex(
      /^[a-z0-9_]+(?:\.[a-z0-9_]+)*(?:\.\*)?$/,
      "must be an action, or the begin of some, such as user.*",
    )
    .optional()
    .openapi({ description: "An action such as `user.role_changed`, or all that begin alike: `user.*`" }),
  target_type: text(100)
    .optional()
    .openapi({ description: "What kind of thing was acted on, such as `user`" }),
  target_id: text(200).optional().openapi({ description: "The id of what was acted on" }),
  trace_id: text(64).optional().openapi({ description: "All that one request did" }),
  from: Instant.openapi({ description: "A time with a zone, or a date; belongs to the span" }),
  to: Instant.openapi({ description: "A time with a zone, or a date; does not belong to the span" }),
  time_zone: text(64).optional().openapi({ description: "IANA zone of bare dates; UTC by default" }),
};

export const AuditQuery = query({ ...Filters, limit: limit(500, 50), cursor: Cursor });
export const ExportQuery = query({
  ...Filters,
  format: oneOf(["ndjson", "csv"]).default("ndjson").openapi({ description: "A JSON object a line, or CSV" }),
});
export const VerifyQuery = query({
  expect_head: AuditHeadText.optional().openapi({
    type: "string",
    description: "`seq:hash` of an earlier check; the log must still have it",
  }),
});

export const AuditCheck = z
  .object({
    ok: z.boolean(),
    rows: z.number().int().openapi({ description: "Rows that are as they were written, from the first on" }),
    redacted: z.number().int().openapi({
      description:
        "Of them, those whose addresses were taken out later, as `audit.redacted` rows of the log tell",
    }),
    head: z.object({ seq: z.number().int(), hash: Hash }).openapi({
      description: "The last of them. Keep it elsewhere: it tells later whether the log was cut or rewritten",
    }),
    broken: z.object({ seq: z.number().int(), reason: ChainFlaw }).nullable().openapi({
      description:
        "The first thing that is wrong. `changed`: the row is not what its hash was made of. `missing`: there is no row of this number. `unchained`: it does not follow the one before. `cut_off`: the log ends before the expected head. `rewritten`: the row has another hash than the expected head",
    }),
  })
  .openapi("AuditCheck");
