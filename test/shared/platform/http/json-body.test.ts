import { z } from "@hono/zod-openapi";
import { expect, it } from "vitest";
import { createApp } from "../../../../shared/platform/http/app.ts";
import { readJsonText } from "../../../../shared/platform/http/body.ts";
import { handleError } from "../../../../shared/platform/http/handle.ts";
import { Problem } from "../../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../../shared/platform/http/route.ts";
import { testCtx } from "../../../support/ctx.ts";

const Named = z.strictObject({ name: z.string() });
const route = defineRoute(
  { access: { kind: "public" } },
  {
    method: "post",
    path: "/named",
    request: { body: { required: true, content: { "application/json": { schema: Named } } } },
    responses: { 200: { description: "The same", content: { "application/json": { schema: Named } } } },
  },
);

async function send(body: BodyInit, type = "application/json") {
  const app = createApp();
  app.use(async (c, next) => {
    c.set("ctx", testCtx());
    await next();
  });
  app.onError(handleError);
  app.openapi(route, async (c) => {
    // What keeps the text of a request for later reads it after the schemas did.
    expect(JSON.parse(await c.req.text())).toEqual(c.req.valid("json"));
    return c.json(c.req.valid("json"), 200);
  });
  const response = await app.request("/named", { method: "POST", body, headers: { "content-type": type } });
  return { status: response.status, body: await response.json() };
}

it("hands a JSON body to the schemas, and the same text to whoever asks later", async () => {
  expect(await send('{"name": "a"}')).toEqual({ status: 200, body: { name: "a" } });
  expect(await send('{"name": "a"}', "application/json; charset=utf-8")).toMatchObject({ status: 200 });
});

it.each([
  "application/json;",
  "application/json ; charset=utf-8",
  'Application/JSON;charset="utf-8";  x=y ;',
  'application/json; profile="a;b, c"',
  "application/vnd.api+json; ext=x",
  "application/vnd.xsema.v1+json",
  "text/json",
])("takes JSON as %s", async (type) => {
  expect(await send('{"name": "a"}', type)).toEqual({ status: 200, body: { name: "a" } });
});

it.each([
  ["application/json; charset", 415],
  ["application/json x", 415],
  ["application/jsonp", 415],
  ["application/json/x", 415],
  ["json", 415],
  ["", 415],
  ["application/json, application/json", 400],
])("refuses JSON as %j with %i, a type that cannot be read or is given twice", async (type, status) => {
  expect(await send('{"name": "a"}', type)).toMatchObject({ status });
});

it("a body that breaks off is the caller's fault", async () => {
  const body = new ReadableStream({
    pull(controller) {
      controller.error(new Error("Network connection lost."));
    },
  });
  const request = new Request("http://x/", { method: "POST", body, ...{ duplex: "half" } });
  request.headers.set("content-type", "application/json");
  await expect(readJsonText(request, 100)).rejects.toMatchObject({ code: "malformed_request" });
});

it.each([
  ["broken JSON", '{"name": ', "application/json", 400, "unreadable_body"],
  ["no body at all", "", "application/json", 400, "unreadable_body"],
  ["text that is not UTF-8", new Uint8Array([0x22, 0xff, 0x22]), "application/json", 400, "unreadable_body"],
  ["more than 64 KiB", `{"name": "${"a".repeat(65_536)}"}`, "application/json", 413, "body_too_large"],
  ["another content type", '{"name": "a"}', "text/plain", 415, "unsupported_media_type"],
  ["another shape", '{"nam": "a"}', "application/json", 422, "invalid_request"],
])("refuses %s with a problem document", async (_what, body, type, status, code) => {
  const answer = await send(body, type);
  expect({ status: answer.status, code: Problem.parse(answer.body).code }).toEqual({ status, code });
});
