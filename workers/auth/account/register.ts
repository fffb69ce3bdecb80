import { and, eq, isNotNull, isNull } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { createUser } from "../../../shared/auth/create-user.ts";
import { emailKey } from "../../../shared/auth/email-key.ts";
import { REGISTER_LIMITS } from "../../../shared/auth/login/limits.ts";
import { hashPassword } from "../../../shared/auth/password/hash-password.ts";
import { users } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { accountExistsMail } from "../../../shared/mail/templates/account-exists.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { countRequest, onMailTurn } from "../mail-turn.ts";
import { judgeNewPassword } from "../password/judge-new-password.ts";
import { standIn } from "../write-to-account.ts";
import type { RegisterRequest } from "./schema.ts";
import { writeVerifyMail } from "./write-verify-mail.ts";

interface NewAccount {
  email: string;
  name: string | null;
  password_hash: string;
}

async function insert(tx: Tx, ctx: Ctx, given: NewAccount): Promise<void> {
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
 * Whether the address waits to be confirmed, as of an account that is new or that somebody registered before. The
 * account shows the newest registration until one of them is confirmed.
 */
async function claim(tx: Tx, ctx: Ctx, given: NewAccount): Promise<string | null> {
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
  return user?.id ?? null;
}

/** Tells the owner of an account that somebody tried to make another with its address. Three statements. */
async function writeExistsMail(tx: Tx, ctx: Ctx, user: { name: string | null; email: string }) {
  await standIn(tx, 2);
  const link = `${ctx.config.PUBLIC_URL}/forgot-password`;
  const content = accountExistsMail({ name: user.name, link });
  return enqueueMail(tx, ctx, "account_exists", { to: user.email, ...content });
}

/** Stores the registration with its mail. Each case takes seven statements, so that their time tells nothing. */
async function store(ctx: Ctx, given: NewAccount): Promise<string> {
  return ctx.transact(async (tx) => {
    await insert(tx, ctx, given);
    const claimed = await claim(tx, ctx, given);
    const [user] = await tx
      .select({ id: users.id, email: users.email, name: users.name })
      .from(users)
      .where(eq(users.email_key, emailKey(given.email)));
    if (user === undefined) throw new Error("an account vanished while somebody registered");
    const mail =
      claimed === null
        ? await writeExistsMail(tx, ctx, user)
        : await writeVerifyMail(tx, ctx, user, { password_hash: given.password_hash, name: given.name });
    await recordAudit(tx, ctx, {
      action: claimed === null ? "user.registration_repeated" : "user.registered",
      target: { type: "user", id: user.id },
      ...(claimed !== null && { after: { role: ctx.config.DEFAULT_ROLE, status: "pending" } }),
    });
    return mail;
  });
}

/**
 * Makes an account that waits for its address to be verified; its mail is in the outbox when this returns. For an address
 * that has an account everything seems the same, and takes the same time: only the mail says otherwise. Of several
 * registrations of one address each has a link of its own, which confirms nothing but its own password.
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
  // Where no mail may go, nothing changes either.
  await onMailTurn(ctx, "register", email_key, async () => {
    sendMailSoon(ctx, await store(ctx, { email, name, password_hash }));
  });
}
