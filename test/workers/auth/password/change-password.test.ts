import { expect, it } from "vitest";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";
import { loginApp, OTHER_PASSWORD, PASSWORD } from "../../../support/login-app.ts";

const ANN = "ann@example.org";

async function loggedIn(backend: Backend) {
  const app = loginApp(backend);
  const ann = await app.join(ANN);
  const tokens = app.tokensOf(await app.logIn(ANN));
  const change = (current_password: string, new_password: string, token = tokens.access_token) =>
    app.post("/auth/password/change", { current_password, new_password }, token);
  return { ...app, ann, tokens, change };
}

describeOnEachBackend("POST /auth/password/change", (backend) => {
  it("ends the other sessions and goes on with new tokens", async () => {
    const { change, tokens, tokensOf, logIn, send, post, mails, clock, audited, ann } =
      await loggedIn(backend);
    const other = tokensOf(await logIn(ANN));
    const answer = await change(PASSWORD, OTHER_PASSWORD);
    expect(answer.status).toBe(200);
    const fresh = tokensOf(answer);
    expect((await send(fresh.access_token, "GET", "/auth/me")).status).toBe(200);
    expect((await send(tokens.access_token, "GET", "/auth/me")).status).toBe(401);
    expect((await post("/auth/refresh", { refresh_token: other.refresh_token })).body.code).toBe(
      "session_ended",
    );
    // Another tab that still has the old refresh token is given the new one; a thief comes later.
    expect((await post("/auth/refresh", { refresh_token: tokens.refresh_token })).body).toMatchObject({
      refresh_token: fresh.refresh_token,
    });
    clock.now += 10_001;
    expect((await post("/auth/refresh", { refresh_token: tokens.refresh_token })).body.code).toBe(
      "session_ended",
    );
    expect((await logIn(ANN, OTHER_PASSWORD)).status).toBe(200);
    expect((await mails()).map(({ kind }) => kind)).toContain("password_changed");
    expect(await audited()).toContainEqual({ action: "user.password_changed", target_id: ann.id });
  });

  it("asks for the current password, and makes who guesses at it wait without locking the owner out", async () => {
    const { change, logIn } = await loggedIn(backend);
    const statuses: number[] = [];
    for (let i = 0; i < 6; i += 1) statuses.push((await change(OTHER_PASSWORD, OTHER_PASSWORD)).status);
    expect(statuses).toEqual([422, 422, 422, 422, 422, 423]);
    expect((await logIn(ANN)).status).toBe(200);
  });

  it.each([
    ["the same", PASSWORD],
    ["a weak one", "passwordpassword"],
  ])("refuses %s", async (_what, password) => {
    const { change } = await loggedIn(backend);
    expect((await change(PASSWORD, password)).body).toMatchObject({
      code: "invalid_request",
      errors: [{ pointer: "/new_password" }],
    });
  });

  it("is for people who are logged in", async () => {
    const { change } = await loggedIn(backend);
    expect((await change(PASSWORD, OTHER_PASSWORD, "none")).status).toBe(401);
  });

  it("lets who must change the password do so, and then everything else", async () => {
    const app = loginApp(backend, { PASSWORD_MAX_AGE_DAYS: "1" });
    await app.join(ANN);
    app.clock.now += 2 * 86_400_000;
    const { access_token } = app.tokensOf(await app.logIn(ANN));
    const patch = (token: string) => app.send(token, "PATCH", "/auth/me", { name: "Ann" });
    expect((await patch(access_token)).body.code).toBe("password_change_required");
    const body = { current_password: PASSWORD, new_password: OTHER_PASSWORD };
    const changed = app.tokensOf(await app.post("/auth/password/change", body, access_token));
    expect((await patch(changed.access_token)).status).toBe(200);
  });

  it("of two changes at once, one is made", async () => {
    const { change, logIn } = await loggedIn(backend);
    const passwords = [OTHER_PASSWORD, "seven paper lanterns above"];
    const answers = await Promise.all(passwords.map((password) => change(PASSWORD, password)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect((await logIn(ANN, passwords[winner])).status).toBe(200);
  });
});
