import { sql } from "drizzle-orm";
import { generateSync } from "otplib";
import { expect, it } from "vitest";
import { z } from "zod";
import { mfaPurpose } from "../../../../shared/auth/mfa/take-step.ts";
import { newTotpSecret } from "../../../../shared/auth/mfa/totp.ts";
import { verifyFactor } from "../../../../shared/auth/mfa/verify-factor.ts";
import { hashPassword } from "../../../../shared/auth/password/hash-password.ts";
import { hashQueue } from "../../../../shared/auth/password/hash-queue.ts";
import { readRows } from "../../../../shared/db/rows.ts";
import { mfaApp } from "../../../../workers/auth/mfa/routes.ts";
import { SetUpAnswer } from "../../../../workers/auth/mfa/schema.ts";
import { type Answer, accountApp, type Somebody } from "../../../support/account-app.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";

const PASSWORD = "correct horse battery staple";
const SHORT_PASSWORD = "xK9#mQ2v";
const CHEAP = { PASSWORD_MEMORY_KIB: "7168", PASSWORD_PASSES: "1" };
const STEP_MS = 30_000;
const Codes = z.object({ recovery_codes: z.array(z.string()) });

describeOnEachBackend("a second factor", (backend: Backend) => {
  /** Somebody with a password, and their authenticator app. */
  async function world(password = PASSWORD) {
    const app = accountApp(backend, mfaApp, CHEAP);
    const { ctx, clock, ask } = app;
    const password_hash = await hashPassword(ctx.config, password);
    const ann = await app.enter("trader", { password_hash });
    const post = (what: string, body: unknown, who: Somebody = ann) =>
      ask(who, "POST", `/auth/mfa/${what}`, body);
    let secret = "";
    /** What the app shows so many steps from now. */
    const code = (away = 0) => generateSync({ secret, epoch: clock.now / 1000 + away * 30 });
    const setUp = async () => {
      const answer = SetUpAnswer.parse((await post("setup", { current_password: password })).body);
      secret = answer.secret;
      return answer;
    };
    /** Sets it up, activates it, and lets the step of that code pass. */
    const enrol = async () => {
      await setUp();
      const { recovery_codes } = Codes.parse((await post("activate", { code: code() })).body);
      clock.now += STEP_MS;
      return recovery_codes;
    };
    const verify = async (given: string) =>
      (await ctx.transact((tx) => verifyFactor(tx, ctx, ann.id, given)))?.method ?? null;
    const actions = async () =>
      (
        await readRows(
          ctx.db,
          sql`select action from audit_log order by seq`,
          z.object({ action: z.string() }),
        )
      ).map(({ action }) => action);
    return { ...app, ann, post, code, setUp, enrol, verify, actions };
  }

  const refusal = ({ status, body }: Answer) => [status, body.code];

  it("is on once a first code was seen: then this session has proved it, and all others end", async () => {
    const { ann, ctx, clock, post, code, setUp, told, mails, actions, verify } = await world();
    await ctx.db.execute(sql`insert into sessions (id, user_id, ip, methods, created_at, last_used_at, expires_at)
      values ('ses_other', ${ann.id}, '192.0.2.9', '{pwd}', now(), now(), now() + interval '30 days')`);
    const { otpauth_url, secret } = await setUp();
    expect(new URL(otpauth_url).searchParams.get("secret")).toBe(secret);
    expect(await verify(code())).toBeNull();
    const answer = await post("activate", { code: code() });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const codes = Codes.parse(answer.body).recovery_codes;
    expect(new Set(codes).size).toBe(10);
    for (const each of codes) expect(each).toMatch(/^(?:[0-9a-hjkmnp-tv-z]{4}-){5}[0-9a-hjkmnp-tv-z]{4}$/);
    const rows = await readRows(
      ctx.db,
      sql`select id, end_reason, extract(epoch from mfa_at)::float8 * 1000 as mfa_at from sessions order by created_at`,
      z.object({ id: z.string(), end_reason: z.string().nullable(), mfa_at: z.number().nullable() }),
    );
    expect(rows.find(({ id }) => id === ann.session_id)).toMatchObject({
      end_reason: null,
      mfa_at: clock.now,
    });
    expect(rows.find(({ id }) => id === "ses_other")).toMatchObject({
      end_reason: "mfa_changed",
      mfa_at: null,
    });
    expect(told).toEqual([ann.id]);
    expect((await mails()).map(({ kind, to }) => [kind, to])).toEqual([["mfa_enabled", ann.email]]);
    expect(await actions()).toEqual(["user.mfa_set_up", "user.mfa_enabled"]);
  });

  it("keeps neither secret nor recovery codes in the clear", async () => {
    const { ctx, setUp, post, code } = await world();
    const { secret } = await setUp();
    const { recovery_codes } = Codes.parse((await post("activate", { code: code() })).body);
    const stored = JSON.stringify([
      (await ctx.db.execute(sql`select * from users`)).rows,
      (await ctx.db.execute(sql`select * from recovery_codes`)).rows,
      (await ctx.db.execute(sql`select * from audit_log`)).rows,
    ]);
    for (const clear of [
      secret,
      ...recovery_codes,
      ...recovery_codes.map((each) => each.replaceAll("-", "")),
    ])
      expect(stored).not.toContain(clear);
  });

  it("needs the password to be set up, and a code to be activated", async () => {
    const { post, setUp, code } = await world();
    expect(refusal(await post("activate", { code: "123456" }))).toEqual([409, "conflict"]);
    expect(refusal(await post("setup", { current_password: "wrong" }))).toEqual([422, "invalid_request"]);
    expect(refusal(await post("setup", {}))).toEqual([422, "invalid_request"]);
    await setUp();
    const first = code();
    await setUp();
    expect(refusal(await post("activate", { code: first }))).toEqual([422, "invalid_request"]);
    expect((await post("activate", { code: code() })).status).toBe(200);
    expect(refusal(await post("setup", { current_password: PASSWORD }))).toEqual([409, "conflict"]);
    expect(refusal(await post("activate", { code: code(1) }))).toEqual([409, "conflict"]);
  });

  it("accepts one step of drift either way, each code once, and none older than the last", async () => {
    const { enrol, code, verify } = await world();
    await enrol();
    expect(await verify(code(2))).toBeNull();
    expect(await verify(code(-1))).toBeNull();
    expect(await verify(` ${code(0).slice(0, 3)} ${code(0).slice(3)} `)).toBe("otp");
    expect(await verify(code(0))).toBeNull();
    expect(await verify(code(1))).toBe("otp");
    expect(await verify(code(0))).toBeNull();
  });

  it("accepts one of many requests with the same code at the same moment", async () => {
    const { enrol, code, verify } = await world();
    await enrol();
    const same = code();
    const results = await Promise.all(Array.from({ length: 8 }, () => verify(same)));
    expect(results.filter((result) => result === "otp")).toHaveLength(1);
  });

  it("accepts one of many requests with the same recovery code at the same moment", async () => {
    const { enrol, verify } = await world();
    const [same = ""] = await enrol();
    const results = await Promise.all(Array.from({ length: 8 }, () => verify(same)));
    expect(results.filter((result) => result === "recovery")).toHaveLength(1);
  });

  it("takes a recovery code however it is typed, once, on no other account, and mails how many are left", async () => {
    const { enrol, enter, ctx, verify, mails, ann } = await world();
    const [one = "", two = ""] = await enrol();
    expect(await verify(one.toUpperCase().replaceAll("-", " ").replaceAll("0", "O"))).toBe("recovery");
    expect(await verify(one)).toBeNull();
    const bob = await enter("trader");
    // Somebody who can write to the tables gives one account the codes of another.
    const own = await ctx.seal.seal(mfaPurpose(bob.id), newTotpSecret());
    await ctx.db.execute(
      sql`update users set mfa_enabled_at = now(), mfa_secret = ${own} where id = ${bob.id}`,
    );
    await ctx.db.execute(sql`insert into recovery_codes (user_id, code_hash)
      select ${bob.id}, code_hash from recovery_codes where user_id = ${ann.id}`);
    expect(await ctx.transact((tx) => verifyFactor(tx, ctx, bob.id, two))).toBeNull();
    const [, mail] = await mails();
    expect(mail).toMatchObject({ kind: "recovery_code_used", to: ann.email });
    expect(mail?.text).toContain("9 are left");
  });

  it("steps up for a few minutes, by code or by recovery code, and says until when", async () => {
    const { enrol, post, code, clock, ctx, told } = await world();
    const [recovery = ""] = await enrol();
    clock.now += ctx.config.STEP_UP_S * 1000 + STEP_MS;
    expect(refusal(await post("recovery-codes", undefined))).toEqual([403, "step_up_required"]);
    told.length = 0;
    const proved = await post("step-up", { code: code() });
    expect(proved.body).toEqual({
      mfa_at: new Date(clock.now).toISOString(),
      fresh_until: new Date(clock.now + ctx.config.STEP_UP_S * 1000).toISOString(),
    });
    expect(told).toHaveLength(1);
    expect((await post("recovery-codes", undefined)).status).toBe(200);
    clock.now += ctx.config.STEP_UP_S * 1000 + 1;
    expect(refusal(await post("recovery-codes", undefined))).toEqual([403, "step_up_required"]);
    // Void since new ones were made.
    expect(refusal(await post("step-up", { code: recovery }))).toEqual([422, "invalid_request"]);
  });

  it("of many who make recovery codes at once one is given them, and those work", async () => {
    const { enrol, post, verify } = await world();
    await enrol();
    const answers = await Promise.all(Array.from({ length: 5 }, () => post("recovery-codes", undefined)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
    const shown = answers.find(({ status }) => status === 200);
    const [code = ""] = Codes.parse(shown?.body).recovery_codes;
    expect(await verify(code)).toBe("recovery");
  });

  it("makes ten new recovery codes, after which the ones before are void", async () => {
    const { enrol, post, verify } = await world();
    const [before = ""] = await enrol();
    const [after = ""] = Codes.parse((await post("recovery-codes", undefined)).body).recovery_codes;
    expect(await verify(before)).toBeNull();
    expect(await verify(after)).toBe("recovery");
  });

  it("lets five wrong codes pass, then makes guessing wait, longer each time, and audits each", async () => {
    const { enrol, post, code, clock, actions } = await world();
    await enrol();
    const guess = () => post("step-up", { code: "000000" });
    for (let n = 0; n < 5; n += 1) expect(refusal(await guess())).toEqual([422, "invalid_request"]);
    const locked = await post("step-up", { code: code() });
    expect(refusal(locked)).toEqual([423, "locked"]);
    const wait = Number(locked.headers.get("retry-after"));
    expect(wait).toBeGreaterThan(0);
    clock.now += wait * 1000;
    expect(refusal(await guess())).toEqual([422, "invalid_request"]);
    expect(Number((await guess()).headers.get("retry-after"))).toBeGreaterThan(wait);
    expect((await actions()).filter((action) => action === "user.factor_refused")).toHaveLength(6);
  });

  it("a right code is no guess", async () => {
    const { enrol, post, code, clock } = await world();
    await enrol();
    for (let n = 0; n < 8; n += 1) {
      expect((await post("step-up", { code: code() })).status).toBe(200);
      clock.now += STEP_MS;
    }
  });

  it("is removed with password and code: other tokens end, its codes too, and the owner is told", async () => {
    const { ann, enrol, post, code, verify, tokenOf, send, told, mails } = await world();
    const [recovery = ""] = await enrol();
    const token = await tokenOf(ann);
    expect(refusal(await post("disable", { code: code(), current_password: "wrong" }))).toEqual([
      422,
      "invalid_request",
    ]);
    expect(refusal(await post("disable", { code: "000000", current_password: PASSWORD }))).toEqual([
      422,
      "invalid_request",
    ]);
    told.length = 0;
    expect((await post("disable", { code: code(), current_password: PASSWORD })).status).toBe(204);
    expect(told).toEqual([ann.id]);
    expect(refusal(await send(token, "POST", "/auth/mfa/recovery-codes"))).toEqual([401, "token_expired"]);
    expect(await verify(code(1))).toBeNull();
    expect(await verify(recovery)).toBeNull();
    expect((await mails()).at(-1)).toMatchObject({ kind: "mfa_disabled", to: ann.email });
    for (const what of ["step-up", "disable"])
      expect(
        refusal(await post(what, { code: "1", ...(what === "disable" && { current_password: PASSWORD }) })),
      ).toEqual([409, "conflict"]);
    expect(refusal(await post("recovery-codes", undefined))).toEqual([409, "conflict"]);
  });

  it("is removed by one code, which counts as the fresh proof, or by a proof from just before", async () => {
    const { enrol, post, code, clock, ctx, actions } = await world();
    const [recovery = ""] = await enrol();
    clock.now += ctx.config.STEP_UP_S * 1000;
    const stale = await post("disable", { current_password: PASSWORD });
    expect(refusal(stale)).toEqual([403, "step_up_required"]);
    expect((await post("disable", { code: code(), current_password: PASSWORD })).status).toBe(204);
    await enrol();
    expect(refusal(await post("disable", { current_password: "wrong" }))).toEqual([422, "invalid_request"]);
    expect((await post("disable", { current_password: PASSWORD })).status).toBe(204);
    expect((await actions()).filter((action) => action === "user.mfa_disabled")).toHaveLength(2);
    const [other = ""] = await enrol();
    clock.now += ctx.config.STEP_UP_S * 1000;
    expect(refusal(await post("disable", { code: recovery, current_password: PASSWORD }))[0]).toBe(422);
    expect((await post("disable", { code: other, current_password: PASSWORD })).status).toBe(204);
  });

  it("is removed by one of two at the same moment", async () => {
    const { enrol, post, actions } = await world();
    await enrol();
    const answers = await Promise.all([1, 2].map(() => post("disable", { current_password: PASSWORD })));
    expect(answers.map(({ status }) => status).filter((status) => status === 204)).toHaveLength(1);
    expect((await actions()).filter((action) => action === "user.mfa_disabled")).toHaveLength(1);
  });

  it.each(["step-up", "disable"])("%s by a recovery code sends its mail at once", async (what) => {
    const { ctx, enrol, post, clock } = await world();
    const [recovery = ""] = await enrol();
    const sent: string[] = [];
    ctx.queue = {
      send: async ({ job }) => {
        if (job.type === "send_mail") sent.push(job.mail_id);
      },
    };
    const body = { code: recovery, ...(what === "disable" && { current_password: PASSWORD }) };
    expect((await post(what, body)).status).toBeLessThan(300);
    const rows = await readRows(
      ctx.db,
      sql`select id from mails where created_at = ${new Date(clock.now).toISOString()}`,
      z.object({ id: z.string() }),
    );
    expect(sent.toSorted()).toEqual(rows.map(({ id }) => id).toSorted());
    expect(sent).toHaveLength(what === "disable" ? 2 : 1);
  });

  it("a password that nobody looked at, since too many were being checked, is no wrong one", async () => {
    const { ann, post, guards } = await world();
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const waiting = Array.from({ length: 20 }, () => hashQueue.run(() => gate));
    const refused = await post("setup", { current_password: PASSWORD });
    open();
    await Promise.all(waiting);
    expect(refusal(refused)).toEqual([503, "unavailable"]);
    expect(guards.failures(`password:${ann.id}`)).toBe(0);
  });

  it("leaves a password that is too weak to stand alone to be changed at once", async () => {
    const { enrol, post, code } = await world(SHORT_PASSWORD);
    await enrol();
    await post("disable", { code: code(), current_password: SHORT_PASSWORD });
    expect(refusal(await post("setup", { current_password: SHORT_PASSWORD }))).toEqual([
      403,
      "password_change_required",
    ]);
  });
});
