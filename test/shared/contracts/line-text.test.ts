import { describe, expect, it } from "vitest";
import { BUILT_IN_ACTIVITY } from "../../../shared/contracts/activity.ts";
import { AlertRuleFields } from "../../../shared/contracts/alerts.ts";
import { freeText, lineText } from "../../../shared/contracts/primitives.ts";
import { BroadcastRequest } from "../../../workers/activity/notifications/schema.ts";
import { CreateTaskRequest } from "../../../workers/activity/tasks/schema.ts";
import { CreateKeyRequest } from "../../../workers/auth/api-keys/schema.ts";
import { PersonName } from "../../../workers/auth/schema.ts";
import { ChangeUserRequest, InviteRequest } from "../../../workers/users/accounts/schema.ts";
import { ChangeGroupRequest, CreateGroupRequest } from "../../../workers/users/groups/schema.ts";
import { ChangeWebhookRequest } from "../../../workers/webhooks/endpoints/schema.ts";

const ActivityTitle = BUILT_IN_ACTIVITY.content_published.data;

/** What is wrong with a name; nothing where it is good. */
const fault = (name: string) => lineText(10).safeParse(name).error?.issues[0]?.message;

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
  "\u061c",
  "\u200e",
  "\u200f",
  ...range(0x2028, 0x202e),
  ...range(0x2066, 0x2069),
];

describe("a name", () => {
  it.each(REFUSED.map((char) => [code(char), char]))("does not hold %s", (_, char) => {
    expect(fault(`a${char}b`)).toContain("must be one line");
  });

  it("may be of any script, with marks that join or shape its letters", () => {
    for (const name of ["Ann", "Đặng", "عائشة", "שרה\u200f", "ศรี", "क्‍ष", "👩‍🚀"])
      expect(fault(name)).toBeUndefined();
  });

  it("is one line, neither empty nor too long, without the blanks around it", () => {
    expect(lineText(10).parse("  Ann \n")).toBe("Ann");
    expect(lineText(10).parse("\u200fשרה \u200f")).toBe("שרה");
    expect(lineText(3).parse(" Ann ")).toBe("Ann");
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
    ["as the title of a broadcast", BroadcastRequest, { title: name, body: "b", cause: "c" }],
    ["as the title of a task", CreateTaskRequest, { kind: "import", title: name }],
    ["as the description of a webhook", ChangeWebhookRequest, { description: name }],
    ["as the name of a rule", AlertRuleFields.pick({ name: true }), { name }],
    ["as a title in an activity", ActivityTitle, { title: name, channel: "blog" }],
  ])("%s is judged so", (_, schema, value) => {
    expect(schema.safeParse(value).error?.issues[0]?.message).toContain("must be one line");
  });

  it("is told from a text of several lines, which is trimmed before it is measured too", () => {
    expect(freeText(5).parse("  a\r\nb  ")).toBe("a\r\nb");
    expect(freeText(5).safeParse("   ").success).toBe(false);
    expect(freeText(5).safeParse("a\0").success).toBe(false);
  });
});
