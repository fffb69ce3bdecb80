import { z } from "@hono/zod-openapi";
import { Email } from "../../../shared/auth/email-key.ts";
import type { TokenAnswer } from "../../../shared/auth/sessions/token-answer.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { fieldErrors } from "../../../shared/platform/zod-errors.ts";
import { logIn } from "../login/log-in.ts";
import { FactorCode, OpaqueToken, Password } from "../schema.ts";
import { refreshSession } from "../sessions/refresh-session.ts";

const byPassword = {
  username: Email,
  password: Password,
  otp: FactorCode.optional().openapi({ description: "A code, where the account has a second factor" }),
  client_secret: FactorCode.optional().openapi({ description: "The same, for programs that have no `otp`" }),
  device_token: OpaqueToken.optional(),
};
const byRefreshToken = { refresh_token: OpaqueToken };

/** What `POST /auth/token` reads; other fields are ignored, as RFC 6749, 3.2 asks. */
const TokenForm = z.discriminatedUnion(
  "grant_type",
  [
    z.object({ grant_type: z.literal("password"), ...byPassword }),
    z.object({ grant_type: z.literal("refresh_token"), ...byRefreshToken }),
  ],
  { error: 'must have a grant_type: "password" or "refresh_token"' },
);

/** The same for the document: generators of clients expect the fields of a form in one list. */
export const TokenFormFields = z
  .object({
    grant_type: z
      .enum(["password", "refresh_token"])
      .openapi({ description: "`password` needs username and password, `refresh_token` a refresh_token" }),
    ...z.object({ ...byPassword, ...byRefreshToken }).partial().shape,
  })
  .openapi("TokenForm");

/** The password half of `Authorization: Basic`, where clients put the secret unless told otherwise (RFC 6749, 2.3.1). */
export function basicSecret(header: string | undefined): string | undefined {
  const [, encoded] = /^basic\s+([A-Za-z0-9+/=]+)\s*$/i.exec(header ?? "") ?? [];
  if (encoded === undefined) return undefined;
  try {
    const secret = atob(encoded).split(":").slice(1).join(":");
    return secret === "" ? undefined : decodeURIComponent(secret.replaceAll("+", " "));
  } catch {
    // Not base64, or not a form's encoding: no secret that anybody was given.
    return undefined;
  }
}

function parse(fields: Record<string, string>): z.output<typeof TokenForm> {
  const parsed = TokenForm.safeParse(fields);
  if (parsed.success) return parsed.data;
  const details = fieldErrors(parsed.error);
  throw new AppError("invalid_request", details[0]?.message ?? "The form is not valid.", { details });
}

/** The tokens that a form of OAuth 2 asks for: by password (RFC 6749, 4.3), or by refresh token (RFC 6749, 6). */
export async function answerTokenForm(
  ctx: Ctx,
  form: Record<string, string>,
  given: { secret: string | undefined; device_token: string | undefined },
): Promise<TokenAnswer> {
  const fields = parse(form);
  if (fields.grant_type === "refresh_token") return refreshSession(ctx, fields.refresh_token);
  const code = fields.otp ?? fields.client_secret ?? given.secret;
  const device_token = fields.device_token ?? given.device_token;
  const answer = await logIn(ctx, {
    email: fields.username,
    password: fields.password,
    ...(code !== undefined && { code }),
    ...(device_token !== undefined && { device_token }),
  });
  if ("access_token" in answer) return answer;
  throw new AppError(
    "unauthorized",
    "This account has a second factor: send its code as otp, or as the client secret.",
  );
}
