import { expect, test } from "vitest";
import { RequestFailed } from "../../../web/src/api/problem.ts";
import { FieldsRefused, sortProblems } from "../../../web/src/forms/field-problems.ts";

const shown = (name: string) => ["email", "scopes"].includes(name);
const failed = (fields: { pointer: string; message: string }[]) =>
  new RequestFailed(422, "See errors.", { code: "invalid_request", traceId: "abc", fields });

test("what is wrong with a field goes to the field, the first of several things and of a list's items alike", () => {
  const { problems, rest, traceId } = sortProblems(
    failed([
      { pointer: "/email", message: "must be an e-mail address, such as x" },
      { pointer: "/email", message: "must be at most 5 characters long" },
      { pointer: "/scopes/2", message: '"x:y" is not among your own permissions' },
    ]),
    shown,
  );
  expect(problems).toEqual(
    new Map([
      ["email", "Enter an e-mail address, such as ann@example.org."],
      ["scopes", "A key cannot be allowed more than you are."],
    ]),
  );
  expect([rest, traceId]).toEqual([[], null]);
});

test("what is wrong with anything that is not on show is said above, without its name on the wire", () => {
  const message = "is wrong, was used already, or has run out: ask for another mail";
  const { problems, rest } = sortProblems(failed([{ pointer: "/token", message }]), shown);
  expect(problems.size).toBe(0);
  expect(rest).toEqual(["This link was used before or has expired. Ask for another mail."]);
});

test("what there are no words for is said plainly, with the trace id, and never as the server wrote it", () => {
  const odd = "must match ^[a-z]+$ at /email/0";
  const { problems, rest, traceId } = sortProblems(
    failed([
      { pointer: "/email", message: odd },
      { pointer: "/body_field", message: odd },
    ]),
    shown,
  );
  expect(problems.get("email")).toBe("This is not accepted.");
  expect(rest.join()).not.toMatch(/must match|body_field/);
  expect(traceId).toBe("abc");
});

test("a failure without fields is said in the page's words, or in those of the form", () => {
  const locked = new RequestFailed(423, "POST /x is locked.", { code: "locked", retryAfterS: 30 });
  expect(sortProblems(locked, shown).rest).toEqual([
    "There were too many failed attempts. Try again in 30 s.",
  ]);
  const wrong = new RequestFailed(401, "Bearer", { code: "unauthorized" });
  expect(sortProblems(wrong, shown, { unauthorized: "The password is wrong." }).rest).toEqual([
    "The password is wrong.",
  ]);
});

test("what the page itself refuses keeps its words", () => {
  const refused = new FieldsRefused([{ pointer: "/email", message: "This may be 1 or 1000." }]);
  expect(sortProblems(refused, shown).problems.get("email")).toBe("This may be 1 or 1000.");
});
