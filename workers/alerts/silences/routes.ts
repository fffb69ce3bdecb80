import { Silence, SilenceHits } from "../../../shared/contracts/alerts.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { answerOnce, idempotent } from "../../../shared/platform/http/idempotent.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { READ_ALERTS, WRITE_ALERTS } from "../access.ts";
import { changeSilence, endSilence } from "./change-silence.ts";
import { checkMatchers } from "./check-matchers.ts";
import { createSilence } from "./create-silence.ts";
import { listSilences } from "./list-silences.ts";
import { readHits } from "./read-hits.ts";
import {
  ChangeSilenceRequest,
  CreateSilenceRequest,
  PreviewSilenceRequest,
  SilencePage,
  SilenceParams,
  SilencesQuery,
  SilenceWithHits,
} from "./schema.ts";
import { findSilence } from "./silence-row.ts";

export const silenceRoutes = createApp();

silenceRoutes.openapi(
  defineRoute(
    { ...WRITE_ALERTS, middleware: [idempotent] },
    {
      method: "post",
      path: "/silences",
      operationId: "createSilence",
      tags: ["alerts"],
      summary: "Be told nothing of some alerts for a time",
      description: `Alerts for which every matcher holds are seen, with the silence's id in \`silenced_by\`, and told to
nobody while it lasts. What still stands when it ends is told then. A matcher names a label, or \`metric\`, \`rule\` (an id),
\`level\` or \`name\`; in \`~\` and \`!~\`, \`*\` is any text. A list as its value means any of these, or none for \`!=\` and \`!~\`. One
matcher at least must need its label to be there: what holds for every alert is refused. \`hits\` are the standing alerts that it
holds for.`,
      request: {
        body: { required: true, content: { "application/json": { schema: CreateSilenceRequest } } },
      },
      responses: {
        201: { description: "The silence", content: { "application/json": { schema: SilenceWithHits } } },
        ...problems(409),
      },
    },
  ),
  async (c) => {
    return answerOnce(
      c,
      (ctx) => createSilence(ctx, c.req.valid("json")),
      (made: SilenceWithHits) => c.json(made, 201, { location: `/api/v1/silences/${made.id}` }),
    );
  },
);

silenceRoutes.openapi(
  defineRoute(READ_ALERTS, {
    method: "post",
    path: "/silences/preview",
    operationId: "previewSilence",
    tags: ["alerts"],
    summary: "Which standing alerts a silence would hold back",
    description: "Nothing is written: for looking at matchers before a silence is made of them.",
    request: {
      body: { required: true, content: { "application/json": { schema: PreviewSilenceRequest } } },
    },
    responses: {
      200: { description: "The alerts", content: { "application/json": { schema: SilenceHits } } },
      ...problems(422),
    },
  }),
  async (c) => {
    const { matchers } = c.req.valid("json");
    checkMatchers(matchers);
    return c.json(await readHits(c.get("ctx"), matchers), 200);
  },
);

silenceRoutes.openapi(
  defineRoute(READ_ALERTS, {
    method: "get",
    path: "/silences",
    operationId: "listSilences",
    tags: ["alerts"],
    summary: "One's silences, newest first",
    description: "Newest first, those that are over included.",
    request: { query: SilencesQuery },
    responses: {
      200: { description: "A page of silences", content: { "application/json": { schema: SilencePage } } },
      ...problems(422),
    },
  }),
  async (c) => c.json(await listSilences(c.get("ctx"), c.req.valid("query")), 200),
);

silenceRoutes.openapi(
  defineRoute(READ_ALERTS, {
    method: "get",
    path: "/silences/{id}",
    operationId: "getSilence",
    tags: ["alerts"],
    summary: "One of one's silences",
    description: "With whether it waits, holds or has ended.",
    request: { params: SilenceParams },
    responses: {
      200: { description: "The silence", content: { "application/json": { schema: SilenceWithHits } } },
      ...problems(404, 422),
    },
  }),
  async (c) => {
    const found = await findSilence(c.get("ctx"), c.req.valid("param").id);
    return c.json({ ...found, hits: await readHits(c.get("ctx"), found.matchers) }, 200);
  },
);

silenceRoutes.openapi(
  defineRoute(WRITE_ALERTS, {
    method: "patch",
    path: "/silences/{id}",
    operationId: "changeSilence",
    tags: ["alerts"],
    summary: "Change a silence's end or comment",
    description: "One that has ended keeps its end: make another one.",
    request: {
      params: SilenceParams,
      body: { required: true, content: { "application/json": { schema: ChangeSilenceRequest } } },
    },
    responses: {
      200: { description: "The silence as it is now", content: { "application/json": { schema: Silence } } },
      ...problems(404, 409),
    },
  }),
  async (c) => c.json(await changeSilence(c.get("ctx"), c.req.valid("param").id, c.req.valid("json")), 200),
);

silenceRoutes.openapi(
  defineRoute(WRITE_ALERTS, {
    method: "delete",
    path: "/silences/{id}",
    operationId: "endSilence",
    tags: ["alerts"],
    summary: "End a silence now",
    description:
      "What it held back and still stands is told. The silence stays in the list as ended; again does no harm.",
    request: { params: SilenceParams },
    responses: { 204: { description: "It has ended" }, ...problems(404, 422) },
  }),
  async (c) => {
    await endSilence(c.get("ctx"), c.req.valid("param").id);
    return c.body(null, 204);
  },
);
