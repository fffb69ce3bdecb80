import { eq } from "drizzle-orm";
import type { Plan } from "../contracts/access.ts";
import { users } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";
import { AppError } from "../platform/errors.ts";

/**
 * The plan of a user, whose account stays locked until the transaction ends: who makes two at once of what a plan limits
 * makes them one after the other, so that both are counted.
 * @throws `session_ended` where the account is gone.
 */
export async function lockPlan(tx: Pick<Tx, "select">, user_id: string): Promise<Plan> {
  const [owner] = await tx
    .select({ plan: users.plan })
    .from(users)
    .where(eq(users.id, user_id))
    .for("no key update");
  if (owner === undefined) throw new AppError("session_ended", "This account is gone.");
  return owner.plan;
}
