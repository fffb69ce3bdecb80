import { verifyChain } from "../../../shared/audit/verify-chain.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { exportEntries } from "./export-entries.ts";
import { readEntries } from "./read-entries.ts";
import { AuditCheck, AuditPage, AuditQuery, ExportQuery, VerifyQuery } from "./schema.ts";

/** `/audit`: who did what. Rows are only ever added, and each is chained to the one before. */
export const auditRoutes = createApp();

const TYPES = {
  ndjson: "application/x-ndjson; charset=utf-8",
  csv: "text/csv; charset=utf-8; header=present",
};
const file = { schema: { type: "string" as const } };

auditRoutes.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "audit:read" } },
    {
      method: "get",
      path: "/audit",
      operationId: "listAudit",
      tags: ["audit"],
      summary: "What was done, newest first",
      description: "Newest first; filters are combined. Nothing in it can be changed.",
      request: { query: AuditQuery },
      responses: {
        200: { description: "A page of entries", content: { "application/json": { schema: AuditPage } } },
        ...problems(422),
      },
    },
  ),
  async (c) => c.json(await readEntries(c.get("ctx").db, c.req.valid("query")), 200),
);

auditRoutes.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "audit:read" } },
    {
      method: "get",
      path: "/audit/verify",
      operationId: "verifyAudit",
      tags: ["audit"],
      summary: "Whether the log is what was written",
      description: `Reads the whole log and makes every hash anew. A log that was cut at its end, or written anew from the
first row on, is found by \`expect_head\` alone: keep the \`head\` of each check where nobody of the database gets at it.`,
      request: { query: VerifyQuery },
      responses: {
        200: { description: "What was found", content: { "application/json": { schema: AuditCheck } } },
        ...problems(422),
      },
    },
  ),
  async (c) => c.json(await verifyChain(c.get("ctx").db, c.req.valid("query").expect_head), 200),
);

auditRoutes.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "audit:export" } },
    {
      method: "get",
      path: "/audit/export",
      operationId: "exportAudit",
      tags: ["audit"],
      summary: "The log as a file, oldest first",
      description:
        "Of any size. The export itself is the last thing that it tells of. Text in CSV that a spreadsheet would run as a formula begins with an apostrophe.",
      request: { query: ExportQuery },
      responses: {
        200: { description: "The file", content: { "application/x-ndjson": file, "text/csv": file } },
        ...problems(422),
      },
    },
  ),
  async (c) => {
    const ctx = c.get("ctx");
    const query = c.req.valid("query");
    const headers = {
      "content-type": TYPES[query.format],
      "content-disposition": `attachment; filename="audit-${isoTime(ctx.now()).slice(0, 10)}.${query.format}"`,
      "cache-control": "no-store",
    };
    // Nobody would read the file.
    if (c.req.raw.method === "HEAD") return c.body(null, 200, headers);
    return c.body(await exportEntries(ctx, query), 200, headers);
  },
);
