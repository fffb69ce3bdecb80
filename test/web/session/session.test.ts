import { beforeEach, describe, expect, test } from "vitest";
import { RequestFailed } from "../../../web/src/api/problem.ts";
import type { Session } from "../../../web/src/session/session.ts";
import { FakeServer, refusal } from "../support/fake-server.ts";

let server: FakeServer;
let tab: Session;

beforeEach(() => {
  server = new FakeServer();
  tab = server.openTab();
});

describe("the access token", () => {
  test("of nobody is none, and nothing is refreshed", async () => {
    expect(await tab.use(server.ask)).toBeNull();
    expect(server.refreshed).toEqual([]);
  });

  test("is sent as long as it is good, and never stored", async () => {
    await tab.begin(server.logIn());
    expect(await tab.use(server.ask)).toBe("access-1");
    expect(server.refreshed).toEqual([]);
    expect(server.stored).toContain("refresh-1");
    expect(server.stored).not.toContain("access-1");
  });

  test("is renewed before it runs out", async () => {
    await tab.begin(server.logIn());
    server.now += 1_789_999;
    expect(await tab.use(server.ask)).toBe("access-1");
    server.now += 1;
    expect(await tab.use(server.ask)).toBe("access-2");
    expect(server.refreshed).toEqual(["refresh-1"]);
  });

  test("that the server calls expired is renewed, and the request made once more", async () => {
    await tab.begin(server.logIn());
    server.refused.set("access-1", "token_expired");
    expect(await tab.use(server.ask)).toBe("access-2");
  });

  test("is renewed once, and no more, where the next one is refused too", async () => {
    await tab.begin(server.logIn());
    server.refused.set("access-1", "token_expired").set("access-2", "token_expired");
    await expect(tab.use(server.ask)).rejects.toThrow("token_expired");
    expect(server.refreshed).toEqual(["refresh-1"]);
    expect(tab.get().kind).toBe("in");
  });

  test("is renewed once for all requests that were refused at the same time", async () => {
    await tab.begin(server.logIn());
    server.refused.set("access-1", "token_expired");
    const answers = await Promise.all(Array.from({ length: 8 }, () => tab.use(server.ask)));
    expect(new Set(answers)).toEqual(new Set(["access-2"]));
    expect(server.refreshed).toEqual(["refresh-1"]);
  });

  test("stays, and so does the session, where a request was refused for another reason", async () => {
    await tab.begin(server.logIn());
    server.refused.set("access-1", "forbidden");
    await expect(tab.use(server.ask)).rejects.toThrow("forbidden");
    expect(server.refreshed).toEqual([]);
    expect(tab.get().kind).toBe("in");
  });
});

describe("several tabs", () => {
  test("that refresh at once exchange each refresh token once, one after the other", async () => {
    await tab.begin(server.logIn());
    const tabs = [tab, server.openTab(), server.openTab(), server.openTab()];
    server.refused.set("access-1", "token_expired");
    const answers = await Promise.all(tabs.map((one) => one.use(server.ask)));
    expect(new Set(answers)).toEqual(new Set(["access-2", "access-3", "access-4", "access-5"]));
    expect(server.refreshed).toEqual(["refresh-1", "refresh-2", "refresh-3", "refresh-4"]);
    expect(tabs.map((one) => one.get().kind)).toEqual(["in", "in", "in", "in"]);
  });

  test("are signed in and out together", async () => {
    const other = server.openTab();
    let told = 0;
    other.subscribe(() => {
      told += 1;
    });
    await tab.begin(server.logIn());
    expect(other.get().kind).toBe("in");
    await tab.end();
    expect(other.get()).toEqual({ kind: "out", notice: "You were signed out in another tab." });
    expect(told).toBe(2);
    expect(await other.use(server.ask)).toBeNull();
  });

  test("never act for who signed in before, once another person has", async () => {
    await tab.begin(server.logIn());
    const other = server.openTab();
    expect(await other.use(server.ask)).toBe("access-2");
    await tab.begin(server.logIn());
    expect(other.get()).toEqual({ kind: "in", login: "login-3" });
    expect(await other.use(server.ask)).toBe("access-4");
  });

  test("opened later are signed in by what the others keep", async () => {
    await tab.begin(server.logIn());
    const later = server.openTab();
    expect(later.get()).toEqual(tab.get());
    expect(await later.use(server.ask)).toBe("access-2");
  });
});

describe("the end of a session", () => {
  test("that a request hears of signs out, in the page's words", async () => {
    await tab.begin(server.logIn());
    const other = server.openTab();
    server.refused.set("access-1", "session_ended");
    await expect(tab.use(server.ask)).rejects.toThrow("session_ended");
    expect(tab.get()).toEqual({ kind: "out", notice: "Your session has ended." });
    expect(other.get().kind).toBe("out");
    expect(server.stored).toBe("");
  });

  test("that a refresh hears of signs out too, and the request is made as nobody's", async () => {
    await tab.begin(server.logIn());
    server.now += 1_800_000;
    server.good = null;
    expect(await tab.use(server.ask)).toBeNull();
    expect(tab.get()).toEqual({ kind: "out", notice: "Your session has ended." });
  });

  test("is found out by asking, as when a live socket was closed", async () => {
    await tab.begin(server.logIn());
    await tab.check();
    expect(tab.get().kind).toBe("in");
    server.good = null;
    await tab.check();
    expect(tab.get().kind).toBe("out");
  });

  test("of who signed in before is none of who has signed in since", async () => {
    await tab.begin(server.logIn());
    const late = tab.use(async () => {
      await tab.begin(server.logIn());
      throw refusal("session_ended");
    });
    await expect(late).rejects.toThrow("session_ended");
    expect(tab.get()).toEqual({ kind: "in", login: "login-2" });
    expect(server.stored).toContain("refresh-2");
  });
});

describe("a server that is away", () => {
  const away = new RequestFailed(0, "The server cannot be reached.");

  test("signs nobody out", async () => {
    await tab.begin(server.logIn());
    server.now += 1_800_000;
    server.refreshFails = away;
    await expect(tab.use(server.ask)).rejects.toThrow("cannot be reached");
    expect(tab.get().kind).toBe("in");
    server.refreshFails = null;
    expect(await tab.use(server.ask)).toBe("access-2");
  });

  test("does not keep anybody from signing out here, and they are told", async () => {
    await tab.begin(server.logIn());
    server.logOutFails = away;
    await tab.end();
    expect(tab.get()).toMatchObject({ kind: "out", notice: expect.stringContaining("could not be told") });
    expect(server.stored).toBe("");
  });
});

test("signing out ends the session at the server", async () => {
  await tab.begin(server.logIn());
  await tab.end();
  expect(server.loggedOut).toEqual(["refresh-1"]);
  expect(tab.get()).toEqual({ kind: "out", notice: null });
});

test("goes on with the tokens of a changed password", async () => {
  await tab.begin(server.logIn());
  await tab.adopt({ access_token: "access-new", refresh_token: "refresh-new", expires_in: 1800 });
  expect(await tab.use(server.ask)).toBe("access-new");
  expect(server.stored).toContain("refresh-new");
  expect(tab.get()).toEqual({ kind: "in", login: "login-1" });
});
