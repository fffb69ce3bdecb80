import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { createDb } from "../../../shared/db/client.ts";
import { users } from "../../../shared/db/schema/index.ts";
import { describeError } from "../../../shared/platform/errors.ts";

test("a failed query is described without its parameters, which may be somebody's address", async () => {
  const nowhere = createDb("postgres://test@127.0.0.1/test", "http://127.0.0.1:1");
  const error: unknown = await nowhere
    .select()
    .from(users)
    .where(eq(users.email_key, "somebody@example.org"))
    .catch((thrown: unknown) => thrown);
  expect(String(error)).toContain("somebody@example.org");
  expect(describeError(error)).toContain("Failed query");
  expect(describeError(error)).not.toContain("somebody@example.org");
});

test("causes are told with what they caused", () => {
  const error = new Error("outer", { cause: new TypeError("inner") });
  expect(describeError(error)).toBe("Error: outer <- TypeError: inner");
});
