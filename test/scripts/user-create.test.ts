import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAccount } from "../../scripts/commands/user-create.ts";
import { lockDataDir } from "../../scripts/local/data-lock.ts";
import { MIGRATIONS } from "../../scripts/local/paths.ts";
import { migrateFolderDatabase } from "../../scripts/local/pglite-database.ts";
import { withDatabase } from "../../scripts/local/read-database.ts";
import { verifyPassword } from "../../shared/auth/password/verify-password.ts";
import { audit_log, users } from "../../shared/db/schema/index.ts";
import { runCommand, runScript } from "../support/command.ts";

const CHEAP = { PASSWORD_MEMORY_KIB: "7168", PASSWORD_PASSES: "1" };
const HASHING = { PASSWORD_MEMORY_KIB: 7168, PASSWORD_PASSES: 1 };

describe("npm run user:create", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "xsema-user-"));
    await migrateFolderDatabase(join(folder, "postgres"), MIGRATIONS);
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true }));

  const given = (env: Record<string, string> = {}) => ({ DATA_DIR: folder, ...CHEAP, ...env });
  const run = (
    args: string[],
    { stdin, env }: { stdin?: string | undefined; env?: Record<string, string> } = {},
  ) => runCommand(createAccount, args, { env: given(env), ...(stdin !== undefined && { stdin }) });
  const find = (email: string) =>
    withDatabase({ DATA_DIR: folder }, async (db) => {
      const [user] = await db.select().from(users).where(eq(users.email_key, email));
      const logged = await db
        .select()
        .from(audit_log)
        .where(eq(audit_log.target_id, user?.id ?? ""));
      return { user, logged };
    });

  test("makes an active account with a random password, shown once, that must be changed", async () => {
    const made = await run(["--email", "Ann@Example.org", "--role", "admin", "--name", "Ann"]);
    expect(made).toMatchObject({ code: 0, errors: "" });
    const [, password = ""] = /first log-in: (\S{24})\n$/.exec(made.out) ?? [];
    const { user, logged } = await find("ann@example.org");
    expect(user).toMatchObject({
      email: "Ann@Example.org",
      name: "Ann",
      role: "admin",
      plan: "free",
      status: "active",
      must_change_password: true,
    });
    expect(user?.email_verified_at).not.toBeNull();
    expect((await verifyPassword(HASHING, password, user?.password_hash ?? null)).ok).toBe(true);
    expect(logged).toMatchObject([{ action: "user.created", actor_type: "system", actor_id: "user:create" }]);
    expect(JSON.stringify(logged)).not.toContain(password);
  }, 120_000);

  test("reads the password from standard input, keeps it as it is, and never prints it", async () => {
    const password = "seven quiet owls by the harbour";
    const made = await runScript(
      "user-create.ts",
      ["--email", "bob@example.org", "--role", "viewer", "--password-stdin"],
      { env: given(), stdin: `${password}\n` },
    );
    expect(made).toMatchObject({ code: 0, errors: "" });
    expect(made.out).not.toContain(password);
    const { user } = await find("bob@example.org");
    expect(user?.must_change_password).toBe(false);
    expect((await verifyPassword(HASHING, password, user?.password_hash ?? null)).ok).toBe(true);
  }, 120_000);

  test("ends with 1 and one message for what cannot be", async () => {
    const refuse = async (args: string[], given: Parameters<typeof run>[1], message: string) =>
      expect(await run(args, given), args.join(" ")).toMatchObject({
        code: 1,
        out: "",
        errors: expect.stringContaining(message),
      });
    const cy = ["--email", "cy@example.org"];
    await refuse(["--role", "admin"], {}, "--email: ");
    await refuse([...cy, "--role", "boss"], {}, "--role: ");
    await refuse([...cy, "--roles", "admin"], {}, "npm run user:create");
    await refuse([...cy, "--role", "admin", "--password-stdin"], { stdin: "short\n" }, "at least 15");
    await refuse([...cy, "--role", "admin", "--password-stdin"], {}, "The password");
    await refuse(
      [...cy, "--role", "admin"],
      { env: { DATA_DIR: join(folder, "none") } },
      "There is no database",
    );
    await refuse(
      ["--email", "ANN@example.org", "--role", "admin"],
      {},
      "There is an account with this address",
    );
    const unlock = await lockDataDir(folder);
    await refuse([...cy, "--role", "admin"], {}, "is in use by process");
    await unlock();
    expect((await find("cy@example.org")).user).toBeUndefined();
  }, 120_000);
});
