import { expect, it } from "vitest";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";
import { loginApp, OTHER_PASSWORD, PASSWORD } from "../../../support/login-app.ts";

const ANN = "ann@example.org";
const THIRD_PASSWORD = "seven paper lanterns above";

function forgetting(backend: Backend) {
  const app = loginApp(backend);
  const forget = async (email: string) => {
    const { status, body } = await app.post("/auth/password/forgot", { email });
    await app.settled();
    expect({ status, body }).toEqual({ status: 202, body: { status: "reset_sent" } });
  };
  const reset = (token: string, password = OTHER_PASSWORD) =>
    app.post("/auth/password/reset", { token, password });
  const mailed = () => app.mailedToken("reset_password", ANN);
  return { ...app, forget, reset, mailed };
}

describeOnEachBackend("a forgotten password", (backend) => {
  it("is replaced by the token of a mail, which ends all sessions and opens none", async () => {
    const app = forgetting(backend);
    const { join, logIn, forget, reset, mailed, send, tokensOf, post, settled, mails, told, audited } = app;
    const ann = await join(ANN);
    const entered = await logIn(ANN);
    const before = tokensOf(entered);
    const device_token = String(entered.body.device_token);
    await forget("ANN@example.org");
    const answer = await reset(await mailed());
    expect(answer).toMatchObject({ status: 200, body: { status: "password_reset" } });
    expect(answer.body).not.toHaveProperty("access_token");
    expect((await send(before.access_token, "GET", "/auth/me")).status).toBe(401);
    expect((await post("/auth/refresh", { refresh_token: before.refresh_token })).body.code).toBe(
      "session_ended",
    );
    expect(told).toContain(ann.id);
    expect((await logIn(ANN, PASSWORD)).status).toBe(401);
    // Devices from before are strangers again: one of them may have been the thief's.
    expect((await logIn(ANN, OTHER_PASSWORD, { device_token })).body).toHaveProperty("device_token");
    await settled();
    expect((await mails()).map(({ kind }) => kind)).toEqual(["reset_password", "password_changed"]);
    expect(await audited()).toContainEqual({ action: "user.password_reset", target_id: ann.id });
  });

  it("tells nobody whether an address has an account, and writes only to those that have", async () => {
    const { join, forget, mails } = forgetting(backend);
    await join("gone@example.org", { status: "suspended" });
    await forget("gone@example.org");
    await forget("nobody@example.org");
    expect(await mails()).toEqual([]);
  });

  it("sends one mail a minute, and the newest link voids those before", async () => {
    const { join, forget, mails, mailed, reset, clock } = forgetting(backend);
    await join(ANN);
    await forget(ANN);
    await forget(ANN);
    expect(await mails()).toHaveLength(1);
    const first = await mailed();
    clock.now += 60_000;
    await forget(ANN);
    expect(await mails()).toHaveLength(2);
    expect((await reset(first)).status).toBe(422);
    expect((await reset(await mailed())).status).toBe(200);
  });

  it("a link is good for half an hour", async () => {
    const { join, forget, mailed, reset, clock } = forgetting(backend);
    await join(ANN);
    await forget(ANN);
    clock.now += 30 * 60_000;
    expect((await reset(await mailed())).body.errors).toMatchObject([{ pointer: "/token" }]);
  });

  it("a weak password does not use the link up", async () => {
    const { join, forget, mailed, reset } = forgetting(backend);
    await join(ANN);
    await forget(ANN);
    const token = await mailed();
    expect((await reset(token, "passwordpassword")).body.errors).toMatchObject([{ pointer: "/password" }]);
    expect((await reset(token)).status).toBe(200);
  });

  it("of two resets at once with one token, one password is set", async () => {
    const { join, forget, mailed, reset, logIn } = forgetting(backend);
    await join(ANN);
    await forget(ANN);
    const token = await mailed();
    const passwords = [OTHER_PASSWORD, THIRD_PASSWORD];
    const answers = await Promise.all(passwords.map((password) => reset(token, password)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect((await logIn(ANN, passwords[winner])).status).toBe(200);
    expect((await logIn(ANN, passwords[1 - winner])).status).toBe(401);
  });

  it("a reset ends a lock-out, and leaves the second factor as it is", async () => {
    const { join, addFactor, forget, mailed, reset, logIn } = forgetting(backend);
    await addFactor((await join(ANN)).id);
    for (let i = 0; i < 5; i += 1) await logIn(ANN, THIRD_PASSWORD);
    expect((await logIn(ANN)).status).toBe(423);
    await forget(ANN);
    expect((await reset(await mailed())).status).toBe(200);
    expect((await logIn(ANN, OTHER_PASSWORD)).body).toMatchObject({ mfa_required: true });
  });

  it("a reset proves the address of an account that waits for that", async () => {
    const { join, forget, mailed, reset, logIn } = forgetting(backend);
    await join(ANN, { status: "pending" });
    await forget(ANN);
    expect((await reset(await mailed())).status).toBe(200);
    expect((await logIn(ANN, OTHER_PASSWORD)).status).toBe(200);
  });

  it("none of the last passwords will do where a history is kept", async () => {
    const app = loginApp(backend, { PASSWORD_HISTORY: "2" });
    await app.join(ANN);
    await app.post("/auth/password/forgot", { email: ANN });
    await app.settled();
    const token = await app.mailedToken("reset_password", ANN);
    const again = await app.post("/auth/password/reset", { token, password: PASSWORD });
    expect(again.body.errors).toMatchObject([
      { pointer: "/password", message: expect.stringMatching(/before/) },
    ]);
  });
});
