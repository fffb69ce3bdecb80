import { decode } from "fast-png";
import jsQR from "jsqr";
import { generateSync } from "otplib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { hashPassword } from "../../shared/auth/password/hash-password.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { createPerson, MASTER_KEY, type Person, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";

const PASSWORD = "seven quiet owls by the harbour";
const SetUp = z.object({ secret: z.string(), otpauth_url: z.string(), qr_png: z.string() });
const Named = z.object({ id: z.string() });
const STEP_MS = 30_000;

let platform: Platform;
let ctx: Ctx;
beforeAll(async () => {
  platform = await openPlatform({ vars: { MASTER_KEY } });
  ctx = platformCtx(platform);
}, 120_000);
afterAll(() => platform.stop());

async function ask(who: Person, method: string, path: string, body?: unknown) {
  const response = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: { ...who.headers, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
}

describe("accounts are administered inside workerd:", () => {
  test("a second factor is set up by its QR code, and a code that many send at once counts for one", async () => {
    const password_hash = await hashPassword(ctx.config, PASSWORD);
    const ann = await createPerson(ctx, { password_hash });
    const { body } = await ask(ann, "POST", "/auth/mfa/setup", { current_password: PASSWORD });
    const { otpauth_url, qr_png, secret } = SetUp.parse(body);
    const image = decode(Buffer.from(qr_png.replace("data:image/png;base64,", ""), "base64"));
    const rgba = Uint8ClampedArray.from(
      Array.from(image.data).flatMap((grey) => [Number(grey), Number(grey), Number(grey), 255]),
    );
    expect(jsQR(rgba, image.width, image.height)?.data).toBe(otpauth_url);
    const codeAt = (ms: number) => generateSync({ secret, epoch: ms / 1000 });
    const activated = await ask(ann, "POST", "/auth/mfa/activate", { code: codeAt(Date.now() - STEP_MS) });
    expect([activated.status, activated.body.recovery_codes?.length]).toEqual([200, 10]);
    const same = { code: codeAt(Date.now()) };
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => ask(ann, "POST", "/auth/mfa/step-up", same)),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 422, 422, 422]);
    const recovery = { code: activated.body.recovery_codes[0] };
    const used = await Promise.all(
      Array.from({ length: 2 }, () => ask(ann, "POST", "/auth/mfa/step-up", recovery)),
    );
    // The sixth wrong one has to wait.
    expect(used.map(({ status }) => status).toSorted()).toEqual([200, 422]);
  }, 60_000);

  test("what a role, a group or a suspension changes holds with the next request", async () => {
    const [root, ann] = [await createPerson(ctx, { role: "super_admin" }), await createPerson(ctx)];
    const own = `/users/${ann.user_id}/permissions`;
    expect((await ask(ann, "GET", "/groups")).status).toBe(403);
    const wanted = { name: "desk", permissions: ["groups:read"] };
    const group = Named.parse((await ask(root, "POST", "/groups", wanted)).body);
    const joined = await ask(root, "POST", `/groups/${group.id}/members`, { user_id: ann.user_id });
    expect(joined.status).toBe(201);
    expect(await ask(ann, "GET", own)).toMatchObject({ status: 401, body: { code: "token_expired" } });
    expect((await ask(root, "GET", own)).body.permissions).toContainEqual(
      expect.objectContaining({
        permission: "groups:read",
        sources: [{ type: "group", id: group.id, name: "desk" }],
      }),
    );
    expect((await ask(root, "POST", `/users/${ann.user_id}/suspend`)).status).toBe(200);
    expect(await ask(ann, "GET", own)).toMatchObject({ status: 401, body: { code: "session_ended" } });
  }, 60_000);
});
