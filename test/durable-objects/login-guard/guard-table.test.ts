import { expect, test } from "vitest";
import { GuardTable } from "../../../durable-objects/login-guard/guard-table.ts";
import { guardOf } from "../../../shared/auth/login/guard-of.ts";
import { Guards } from "../../../shared/auth/login/guards.ts";
import { ACCOUNT_LIMITS } from "../../../shared/auth/login/limits.ts";
import { memorySql } from "../../support/sqlite.ts";

const START = Date.parse("2026-01-01T00:00:00Z");

function tableOf(most?: number) {
  const clock = { now: START };
  const sql = memorySql();
  const table = new GuardTable(sql, most);
  return { clock, sql, table, guards: new Guards(table, () => clock.now) };
}

test("what strangers made up is forgotten, and nothing is left of it", async () => {
  const { clock, table, guards } = tableOf();
  for (let i = 0; i < 50; i += 1) await guards.count(`account:${i}`, ACCOUNT_LIMITS);
  expect(table.nextForgotten()).toBe(START + ACCOUNT_LIMITS.forget_after_ms);
  clock.now += ACCOUNT_LIMITS.forget_after_ms;
  table.forget(clock.now);
  expect(table.nextForgotten()).toBeNull();
});

test("failures outlive the object's memory", async () => {
  const { clock, sql, guards } = tableOf();
  for (let i = 0; i < 5; i += 1) await guards.count("account:ann", ACCOUNT_LIMITS);
  const again = new Guards(new GuardTable(sql), () => clock.now);
  expect(await again.attempt("account:ann", ACCOUNT_LIMITS)).toEqual({
    allowed: false,
    retry_after_ms: 1000,
  });
  expect((await again.attempt("account:bob", ACCOUNT_LIMITS)).allowed).toBe(true);
});

test("a full table lets go of those that would be forgotten first, and takes the new one", async () => {
  const { clock, sql, guards, table } = tableOf(3);
  for (const name of ["a", "b", "c", "d"]) {
    clock.now += 1000;
    await guards.count(name, ACCOUNT_LIMITS);
  }
  expect(["a", "b", "c", "d"].filter((name) => table.read(name) !== null)).toEqual(["b", "c", "d"]);
  await guards.reset("b");
  expect(sql.all("select name from guards order by name")).toEqual([{ name: "c" }, { name: "d" }]);
});

test("ten thousand made-up names touch a fixed number of objects, evenly", async () => {
  const touched = new Map<string, number>();
  const { guards } = tableOf();
  const objects = {
    getByName(name: string) {
      touched.set(name, (touched.get(name) ?? 0) + 1);
      return guards;
    },
  };
  for (let i = 0; i < 10_000; i += 1) await guardOf(objects, `mail:reset:${i}@example.org`).succeeded();
  expect(touched.size).toBe(256);
  expect(Math.max(...touched.values())).toBeLessThan(100);
});
