import { and, eq, isNotNull, isNull } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { createUser } from "../../../shared/auth/create-user.ts";
import { emailKey } from "../../../shared/auth/email-key.ts";
import { voidEmailTokens } from "../../../shared/auth/email-tokens.ts";
import { REGISTER_LIMITS } from "../../../shared/auth/login/limits.ts";
import { hashPassword } from "../../../shared/auth/password/hash-password.ts";
import { users } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { afterAnswer } from "../after-answer.ts";
import { countRequest, mayMail } from "../mail-turn.ts";
import { judgeNewPassword } from "../password/judge-new-password.ts";
import type { RegisterRequest } from "./schema.ts";
import { sendExistsMail } from "./send-exists-mail.ts";
import { sendVerifyMail } from "./send-verify-mail.ts";

interface Registration {
  email: string;
  name: string | null;
  password_hash: string;
}

async function insert(tx: Tx, ctx: Ctx, given: Registration): Promise<void> {
  try {
    await createUser(tx, ctx, {
      ...given,
      role: ctx.config.DEFAULT_ROLE,
      plan: "free",
      status: "pending",
      email_verified: false,
    });
  } catch (error) {
    if (!(error instanceof AppError && error.code === "conflict")) throw error;
  }
}

/**
 * Gives an account that waits for its address to be verified the password of this registration: whoever registered a
 * stranger's address first must not keep theirs, and no link from before works.
 */
async function claim(tx: Tx, ctx: Ctx, given: Registration): Promise<string | null> {
  const { name, password_hash } = given;
  const at = isoTime(ctx.now());
  const [user] = await tx
    .update(users)
    .set({ name, password_hash, password_changed_at: at, updated_at: at })
    .where(
      and(
        eq(users.email_key, emailKey(given.email)),
        eq(users.status, "pending"),
        isNull(users.email_verified_at),
        isNotNull(users.password_hash),
      ),
    )
    .returning({ id: users.id });
  if (user === undefined) return null;
  await voidEmailTokens(tx, ctx, user.id, "verify");
  return user.id;
}

async function findKnown(tx: Tx, given: Registration): Promise<string | null> {
  const [user] = await tx
    .select({ id: users.id })
    .from(users)
    .where(eq(users.email_key, emailKey(given.email)));
  return user?.id ?? null;
}

/** Whether the account is this registration's. Each case takes four statements, so that their time tells nothing. */
async function store(ctx: Ctx, given: Registration): Promise<boolean> {
  return ctx.transact(async (tx) => {
    await insert(tx, ctx, given);
    const claimed = await claim(tx, ctx, given);
    await recordAudit(tx, ctx, {
      action: claimed === null ? "user.registration_repeated" : "user.registered",
      target: { type: "user", id: claimed ?? (await findKnown(tx, given)) },
      ...(claimed !== null && { after: { role: ctx.config.DEFAULT_ROLE, status: "pending" } }),
    });
    return claimed !== null;
  });
}

/**
 * Makes an account that waits for its address to be verified. For an address that has one already everything seems the
 * same, and takes the same time: only the mail, which goes out after the answer, says otherwise.
 * @throws `forbidden` where only invited people have accounts, `invalid_request` for a weak password, `rate_limited`.
 */
export async function register(ctx: Ctx, given: RegisterRequest): Promise<void> {
  if (ctx.config.REGISTRATION !== "open")
    throw new AppError(
      "forbidden",
      "This deployment has no open registration: ask an administrator for an invitation.",
    );
  await countRequest(ctx, "register", REGISTER_LIMITS);
  const { email, password } = given;
  const name = given.name ?? null;
  await judgeNewPassword(ctx, { email, name, mfa_enabled: false }, password);
  const password_hash = await hashPassword(ctx.config, password);
  const email_key = emailKey(email);
  // Where no mail may go, nothing may change either: a link that was sent would be void for nothing.
  if (!(await mayMail(ctx, "register", email_key))) return;
  const isNew = await store(ctx, { email, name, password_hash });
  afterAnswer(ctx, "the mail of a registration", () =>
    isNew ? sendVerifyMail(ctx, email_key) : sendExistsMail(ctx, email_key),
  );
}
