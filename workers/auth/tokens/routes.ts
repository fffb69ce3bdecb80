import { z } from "@hono/zod-openapi";
import { rotateSigningKeys } from "../../../shared/auth/tokens/rotate-signing-keys.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { answerOnce, idempotent } from "../../../shared/platform/http/idempotent.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";

const Rotation = z
  .object({
    /** The new key. */
    kid: z.string(),
    /** From when it signs. */
    active_from: z.string(),
    /** The one before, and until when its tokens are good. */
    previous: z.object({ kid: z.string(), retires_at: z.string() }).nullable(),
  })
  .openapi("SigningKeyRotation");

export const tokensApp = createApp();

tokensApp.openapi(
  defineRoute(
    {
      access: { kind: "user", permission: "signing_keys:rotate", step_up: true },
      middleware: [idempotent],
    },
    {
      method: "post",
      path: "/auth/signing-keys/rotate",
      operationId: "rotateSigningKeys",
      tags: ["auth"],
      summary: "Replace the key that signs access tokens",
      description: `The new key signs ten minutes later, when every copy of the JWKS has it. Tokens of the one before stay
good until they run out; nobody is logged out.`,
      responses: {
        201: { description: "The new key", content: { "application/json": { schema: Rotation } } },
        ...problems(503),
      },
    },
  ),
  async (c) =>
    answerOnce(
      c,
      (ctx) =>
        ctx.transact(async (tx) => {
          const rotation = await rotateSigningKeys(tx, ctx);
          await ctx.keepAnswer?.(tx, rotation);
          return rotation;
        }),
      (rotation: z.output<typeof Rotation>) => c.json(rotation, 201),
    ),
);
