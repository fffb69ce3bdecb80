import { describe, expect, it } from "vitest";
import { nameText } from "../../../shared/contracts/primitives.ts";
import { CreateKeyRequest } from "../../../workers/auth/api-keys/schema.ts";
import { PersonName } from "../../../workers/auth/schema.ts";
import { ChangeUserRequest, InviteRequest } from "../../../workers/users/accounts/schema.ts";
import { ChangeGroupRequest, CreateGroupRequest } from "../../../workers/users/groups/schema.ts";

/** What is wrong with a name; nothing where it is good. */
const fault = (name: string) => nameText(10).safeParse(name).error?.issues[0]?.message;

const code = (char: string) => `U+${char.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`;
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => String.fromCodePoint(from + index));

const REFUSED = [
  "\0",
  "\t",
  "\n",
  "\r",
  "\x1b",
  "\x7f",
  "\x85",
  ...range(0x202a, 0x202e),
  ...range(0x2066, 0x2069),
];

describe("a name", () => {
  it.each(REFUSED.map((char) => [code(char), char]))("does not hold %s", (_, char) => {
    expect(fault(`a${char}b`)).toContain("must not hold control characters or marks that turn");
  });

  it("may be of any script, with marks that join or shape its letters", () => {
    for (const name of ["Ann", "Đặng", "عائشة", "שרה\u200f", "ศรี", "क्‍ष", "👩‍🚀"])
      expect(fault(name)).toBeUndefined();
  });

  it("is one line, neither empty nor too long, without the blanks around it", () => {
    expect(nameText(10).parse("  Ann \n")).toBe("Ann");
    expect(fault(" \t ")).toBe("must not be empty");
    expect(fault("a".repeat(11))).toBe("must be at most 10 characters long");
    expect(fault("a\ud800")).toBe("must not hold broken Unicode");
  });

  const name = "Ann\u202Egpj.exe";
  const permissions = ["market:read"];
  it.each([
    ["of a person", PersonName, name],
    ["in an invitation", InviteRequest, { email: "a@x.example", name }],
    ["of an account", ChangeUserRequest, { name }],
    ["of a new group", CreateGroupRequest, { name, permissions }],
    ["of a group", ChangeGroupRequest, { name }],
    ["of an API key", CreateKeyRequest, { name, scopes: permissions }],
  ])("%s is judged so", (_, schema, value) => {
    expect(schema.safeParse(value).error?.issues[0]?.message).toContain("U+202A to U+202E");
  });
});
