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
  let failing = false;
  let held: Promise<void> = Promise.resolve();
  app.get("/read", async (c) => {
    const n = asked.push(c.req.url);
    await held;
    return failing ? c.json({ failed: true }, 503) : c.json({ n });
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
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    return resolve;
  };
  const fail = (value: boolean) => {
    failing = value;
  };
  return { clock, asked, ask, hold, fail };
}

test("the same read within the time is answered from memory, and after it asked anew", async () => {
  const { clock, ask } = aCountingApp();
  expect(await ask("/read?a=1")).toEqual({ n: 1 });
  clock.advance(999);
  expect(await ask("/read?a=1")).toEqual({ n: 1 });
  clock.advance(1);
  expect(await ask("/read?a=1")).toEqual({ n: 2 });
});

test("while one looks anew the others are answered as before, unless the look takes too long", async () => {
  const { clock, asked, ask, hold } = aCountingApp();
  await ask("/read");
  clock.advance(1000);
  const release = hold();
  const slow = ask("/read");
  expect(await ask("/read")).toEqual({ n: 1 });
  clock.advance(2000);
  const again = ask("/read");
  release();
  expect(await slow).toEqual({ n: 2 });
  expect(await again).toEqual({ n: 3 });
  expect(asked).toHaveLength(3);
});

test("an answer from long ago is never given, not even while others look anew", async () => {
  const { clock, ask, hold } = aCountingApp();
  await ask("/read");
  clock.advance(3_600_000);
  const release = hold();
  const both = Promise.all([ask("/read"), ask("/read")]);
  release();
  expect(await both).toEqual([{ n: 2 }, { n: 3 }]);
});

test("a failure ends what was remembered", async () => {
  const { clock, ask, fail } = aCountingApp();
  await ask("/read");
  clock.advance(1000);
  fail(true);
  expect(await ask("/read")).toEqual({ failed: true });
  expect(await ask("/read")).toEqual({ failed: true });
  fail(false);
  expect(await ask("/read")).toEqual({ n: 4 });
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
