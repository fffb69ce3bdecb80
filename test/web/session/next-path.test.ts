import { describe, expect, test } from "vitest";
import { pathAfterSignIn, signInPath } from "../../../web/src/session/next-path.ts";

const ORIGIN = "https://market.example.org";

describe("after signing in", () => {
  test.each(["/c/cryptopunks", "/?q=ape&sort=floor", "/account#keys", "/c/a%2Fb"])(
    "leads back to %s",
    (path) => {
      const { searchParams } = new URL(signInPath(path), ORIGIN);
      expect(pathAfterSignIn(searchParams.get("next"), ORIGIN)).toBe(path);
    },
  );

  test.each([
    null,
    "",
    "c/relative",
    "https://evil.example",
    "//evil.example/x",
    "///evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/..//evil.example",
    "/.//evil.example",
    "javascript:alert(1)",
    "/sign-in?next=/sign-in",
    "http://market.example.org/insecure",
  ])("leads to the start in place of %j", (next) => {
    expect(pathAfterSignIn(next, ORIGIN)).toBe("/");
  });
});
