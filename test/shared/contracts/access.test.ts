import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Permission, Role, RolePermissions } from "../../../shared/contracts/access.ts";

const DOCUMENT = readFileSync("docs/security.md", "utf8");

/** The table of the document: for each permission, which roles it marks. */
function readTable(): Record<string, string[]> {
  const lines = DOCUMENT.split("\n").filter((line) => /^\| (?:permission|`[a-z_]+:[a-z]+`) \|/.test(line));
  const [head = [], ...rows] = lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const roles = head.slice(1);
  return Object.fromEntries(
    rows.map(([name = "", ...marks]) => [
      name.replaceAll("`", ""),
      roles.filter((_, index) => marks[index] === "yes"),
    ]),
  );
}

test("docs/security.md says of each role and permission what the code does", () => {
  const held = Permission.options.map((permission) => [
    permission,
    Role.options.filter((role) => RolePermissions[role].includes(permission)),
  ]);
  expect(readTable()).toEqual(Object.fromEntries(held));
});

test("every test that docs/security.md names is there", () => {
  const named = [...DOCUMENT.matchAll(/`(test\/[\w./-]+\.ts)`/g)].map(([, path = ""]) => path);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((path) => !existsSync(path))).toEqual([]);
});
