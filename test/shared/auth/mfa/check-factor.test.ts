import { expect, test } from "vitest";
import { checkFactor } from "../../../../shared/auth/mfa/check-factor.ts";
import { AppError } from "../../../../shared/platform/errors.ts";
import { testCtx } from "../../../support/ctx.ts";
import { memoryGuards } from "../../../support/login-guards.ts";

/** A context whose database answers every transaction with `error`. */
function failing(error: Error) {
  const testing = testCtx();
  const { login } = memoryGuards(testing.now);
  return testCtx({
    gates: { ...testing.gates, login },
    transact: async () => {
      throw error;
    },
  });
}

test.each([
  ["a database that is away", new Error("connection refused")],
  ["a second factor that is there already", new AppError("conflict", "There is one already.")],
])("%s is no wrong code, however often it is tried", async (_, error) => {
  const ctx = failing(error);
  for (let time = 0; time < 8; time += 1)
    await expect(checkFactor(ctx, "usr_1", async () => null)).rejects.toBe(error);
});
