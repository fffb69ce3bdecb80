import { expect, test } from "vitest";
import { randomToken } from "../../../shared/platform/bytes.ts";
import { createSeal } from "../../../shared/platform/seal.ts";

const MASTER_KEY = randomToken();

test("what was sealed opens again, for the same purpose only", async () => {
  const seal = createSeal({ MASTER_KEY });
  const sealed = await seal.seal("mfa:usr_1", "JBSWY3DP ünï");
  expect(await seal.open("mfa:usr_1", sealed)).toBe("JBSWY3DP ünï");
  await expect(seal.open("mfa:usr_2", sealed)).rejects.toThrow();
});

test("the same secret never looks the same twice, and shows nothing of itself", async () => {
  const seal = createSeal({ MASTER_KEY });
  const [one, two] = await Promise.all([seal.seal("p", "secret"), seal.seal("p", "secret")]);
  expect(one).not.toBe(two);
  expect(atob(one?.split(".").at(-1)?.replaceAll("-", "+").replaceAll("_", "/") ?? "")).not.toContain(
    "secret",
  );
});

test("any changed character is noticed", async () => {
  const seal = createSeal({ MASTER_KEY });
  const sealed = await seal.seal("p", "secret");
  const [version, id, wrapped = "", body = ""] = sealed.split(".");
  const flip = (text: string) => (text.startsWith("A") ? "B" : "A") + text.slice(1);
  for (const changed of [
    [version, id, flip(wrapped), body],
    [version, id, wrapped, flip(body)],
    [version, "00000000", wrapped, body],
    ["xs2", id, wrapped, body],
  ])
    await expect(seal.open("p", changed.join("."))).rejects.toThrow();
});

test("a new master key opens what the previous one sealed, while both are configured", async () => {
  const sealed = await createSeal({ MASTER_KEY }).seal("p", "secret");
  const next = randomToken();
  const both = createSeal({ MASTER_KEY: next, MASTER_KEY_PREVIOUS: MASTER_KEY });
  expect(await both.open("p", sealed)).toBe("secret");
  await expect(createSeal({ MASTER_KEY: next }).open("p", sealed)).rejects.toThrow();
  expect(await createSeal({ MASTER_KEY: next }).open("p", await both.seal("p", "new"))).toBe("new");
});
