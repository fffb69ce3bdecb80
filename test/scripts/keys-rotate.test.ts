import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lockDataDir } from "../../scripts/local/data-lock.ts";
import { newToken } from "../../scripts/local/dev-vars.ts";
import { ROOT } from "../../scripts/local/paths.ts";

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "xsema-keys-"));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const MASTER_KEY = newToken();

function run(env: Record<string, string>): Promise<{ code: number; output: string }> {
  const given = { ...process.env, DATABASE_URL: "", DATA_DIR: dataDir, MASTER_KEY, ...env };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(ROOT, "scripts/keys-rotate.ts")],
      { env: given },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : 1, output: stdout + stderr });
      },
    );
  });
}

const NEW_KEY = /^The new key ([\w-]{43}) signs from (\S+)\.$/m;

test("the first run makes a key, the next one replaces it with overlap, and a wrong master key none", async () => {
  const first = await run({});
  expect(first.output).toMatch(NEW_KEY);
  const [, kid = ""] = NEW_KEY.exec(first.output) ?? [];
  const second = await run({ ACCESS_TOKEN_S: "600" });
  expect(second.output).toMatch(NEW_KEY);
  expect(second.output).toContain(`Tokens of ${kid} are good until `);
  const wrong = await run({ MASTER_KEY: newToken() });
  expect(wrong).toMatchObject({ code: 1 });
  expect(wrong.output).toContain("MASTER_KEY does not open the key that signs now");
  expect(wrong.output).not.toMatch(NEW_KEY);
}, 60_000);

test("where the platform runs on the folder, it says what to do", async () => {
  const unlock = await lockDataDir(dataDir);
  try {
    const refused = await run({});
    expect(refused.code).toBe(1);
    expect(refused.output).toContain("rotate by POST /api/v1/auth/signing-keys/rotate, or stop it first");
    expect(refused.output).not.toContain("    at ");
  } finally {
    await unlock();
  }
}, 60_000);
