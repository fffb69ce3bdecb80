import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

let clone: string;
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "xsema-run-"));
  cpSync("scripts/run.mjs", join(clone, "scripts/run.mjs"));
  writeFileSync(
    join(clone, "package.json"),
    JSON.stringify({ type: "module", dependencies: { one: "1.2.3" } }),
  );
  writeFileSync(
    join(clone, "scripts/hello.ts"),
    "import { one } from 'one'; console.log(one, process.argv.slice(2).join());",
  );
});
afterEach(() => rmSync(clone, { recursive: true }));

function install(version: string, code: string): void {
  mkdirSync(join(clone, "node_modules/one"), { recursive: true });
  const manifest = { name: "one", version, type: "module", exports: "./index.js" };
  writeFileSync(join(clone, "node_modules/one/package.json"), JSON.stringify(manifest));
  writeFileSync(join(clone, "node_modules/one/index.js"), code);
}
function run() {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/run.mjs", "hello", "--a", "b"], {
    cwd: clone,
    encoding: "utf8",
  });
  return [status, stdout + stderr];
}

it("runs a command with its arguments on an installation that is whole", () => {
  install("1.2.3", "export const one = 1;");
  expect(run()).toEqual([0, "1 --a,b\n"]);
});

it("says in one line what an installation lacks", () => {
  expect(run()).toEqual([1, "Run npm install first.\n"]);
  mkdirSync(join(clone, "node_modules"));
  expect(run()).toEqual([1, "The installation is not whole: one is not installed. Run npm install.\n"]);
  install("1.2.2", "");
  expect(run()[1]).toBe(
    "The installation is not whole: one is installed in version 1.2.2, and 1.2.3 is needed. Run npm install.\n",
  );
  install("1.2.3", "import './gone.js'; export const one = 1;");
  expect(run()[1]).toMatch(
    /^The installation is not whole: Cannot find module '.*gone\.js'\. Delete node_modules and run npm install\.\n$/,
  );
});
