import { expect, test } from "vitest";
import { RequestFailed } from "../../../web/src/api/problem.ts";
import { sortProblems } from "../../../web/src/forms/field-problems.ts";

const shown = (name: string) => ["email", "scopes"].includes(name);
const failed = (fields: { pointer: string; message: string }[]) =>
  new RequestFailed(422, "The request is not valid", "See errors.", { fields });

test("what is wrong with a field goes to the field, the first of several things and of a list's items alike", () => {
  const { problems, rest } = sortProblems(
    failed([
      { pointer: "/email", message: "must be an e-mail address" },
      { pointer: "/email", message: "is too long" },
      { pointer: "/scopes/2", message: "must be a permission" },
    ]),
    shown,
  );
  expect(problems).toEqual(
    new Map([
      ["email", "Must be an e-mail address."],
      ["scopes", "Must be a permission."],
    ]),
  );
  expect(rest).toEqual([]);
});

test("what is wrong with anything that is not on show is said above, with its name", () => {
  const { problems, rest } = sortProblems(failed([{ pointer: "/token", message: "has run out" }]), shown);
  expect(problems.size).toBe(0);
  expect(rest).toEqual(["token has run out"]);
});

test("a failure without fields is said in its own words", () => {
  expect(sortProblems(new RequestFailed(423, "Locked", "Try again in 30 s."), shown).rest).toEqual([
    "Try again in 30 s.",
  ]);
});
