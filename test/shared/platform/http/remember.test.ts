import { Hono } from "hono";
import { expect, test } from "vitest";
import type { AppEnv } from "../../../../shared/platform/http/app.ts";
import { remember } from "../../../../shared/platform/http/remember.ts";
import { fixedClock } from "../../../support/room.ts";

/** An app that counts how often it is really asked. */
function aCountingApp() {
  const clock = fixedClock();
  const asked: string[] = [];
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    const now = clock.now;
    c.set("ctx", { ...c.env.ctx, now });
    await next();
  });
  app.use(remember(1000));
  app.get("/read", (c) => {
    asked.push(c.req.url);
    return c.json({ n: asked.length });
  });
  app.get("/broken", (c) => {
    asked.push(c.req.url);
    return c.json({}, 503);
  });
  app.post("/read", (c) => {
    asked.push("post");
    return c.json({});
  });
  const ask = async (path: string, init?: RequestInit) => (await app.request(path, init, { ctx: {} })).json();
  return { clock, asked, ask };
}

test("the same read within the time is answered from memory, and after it asked anew", async () => {
  const { clock, ask } = aCountingApp();
  expect(await ask("/read?a=1")).toEqual({ n: 1 });
  clock.advance(999);
  expect(await ask("/read?a=1")).toEqual({ n: 1 });
  clock.advance(1);
  expect(await ask("/read?a=1")).toEqual({ n: 2 });
});

test("another query is another read", async () => {
  const { ask } = aCountingApp();
  await ask("/read?a=1");
  expect(await ask("/read?a=2")).toEqual({ n: 2 });
});

test("failures and writes are never kept", async () => {
  const { asked, ask } = aCountingApp();
  await ask("/broken");
  await ask("/broken");
  await ask("/read", { method: "POST" });
  await ask("/read", { method: "POST" });
  expect(asked).toHaveLength(4);
});
