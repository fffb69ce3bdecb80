import { parseArgs } from "node:util";
import { eq } from "drizzle-orm";
import { z } from "zod";
import { recordAudit } from "../../shared/audit/record-audit.ts";
import { createUser } from "../../shared/auth/create-user.ts";
import { Email } from "../../shared/auth/email-key.ts";
import { checkPassword } from "../../shared/auth/password/check-password.ts";
import { hashPassword } from "../../shared/auth/password/hash-password.ts";
import { Plan, Role } from "../../shared/contracts/access.ts";
import { lineText } from "../../shared/contracts/primitives.ts";
import { users } from "../../shared/db/schema/index.ts";
import { randomToken } from "../../shared/platform/bytes.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import { type Config, ConfigError, parseConfig } from "../../shared/platform/config.ts";
import { AppError } from "../../shared/platform/errors.ts";
import { continueTrace } from "../../shared/platform/trace.ts";
import type { Invocation } from "../local/command.ts";
import { withDatabase } from "../local/read-database.ts";
import type { Env } from "../local/read-env.ts";
import { messageOf, StartupError } from "../local/startup-error.ts";

const USAGE = `npm run user:create -- --email <address> --role <role> [--name <name>] [--plan <plan>] [--password-stdin]

Makes an active account in DATABASE_URL or else in the local data folder (DATA_DIR); stop the platform that runs on the
folder first. Prints a random password, which must be changed at the first log-in.
--role            ${Role.options.join(", ")}
--plan            ${Plan.options.join(", ")}; free by default
--password-stdin  reads the password from standard input instead: its first line`;

const Options = z.object({
  email: Email,
  role: Role,
  name: lineText(100).nullable().default(null),
  plan: Plan.default("free"),
  "password-stdin": z.boolean().default(false),
});
type Options = z.output<typeof Options>;

function refuse(message: string): never {
  throw new StartupError(`${message}\n\n${USAGE}`);
}

function readOptions(args: string[]): Options | "help" {
  const string = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    const { values } = parseArgs({
      args,
      options: {
        email: string,
        role: string,
        name: string,
        plan: string,
        "password-stdin": flag,
        help: flag,
      },
    });
    if (values.help) return "help";
    const parsed = Options.safeParse(values);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    return refuse(`--${issue?.path.join(".")}: ${issue?.message}.`);
  } catch (error) {
    if (error instanceof TypeError) return refuse(messageOf(error));
    throw error;
  }
}

/** The settings of passwords; what else the worker asks for is not used here. */
function readConfig(env: Env): Config {
  const given = Object.entries(env).filter(([name]) => name.startsWith("PASSWORD_"));
  try {
    return parseConfig({
      ENVIRONMENT: "local",
      DATABASE_URL: "postgres://local:local@127.0.0.1:5432/postgres",
      PUBLIC_URL: "http://127.0.0.1:8787",
      MASTER_KEY: randomToken(),
      ...Object.fromEntries(given),
    });
  } catch (error) {
    if (error instanceof ConfigError) throw new StartupError(error.message);
    throw error;
  }
}

/** The first line of standard input, where it is good enough. */
async function readPassword(
  config: Config,
  { email, name }: Options,
  readInput: Invocation["readInput"],
): Promise<string> {
  const [password = ""] = (await readInput()).split(/\r?\n/);
  const [fault] = await checkPassword({ config }, { password, email, name, mfa_enabled: false });
  if (fault !== undefined) throw new StartupError(`The password ${fault.message}`);
  return password;
}

async function create({ args, env, readInput }: Invocation): Promise<undefined> {
  const options = readOptions(args);
  if (options === "help") {
    console.log(USAGE);
    return;
  }
  const config = readConfig(env);
  const given = options["password-stdin"] ? await readPassword(config, options, readInput) : null;
  const password = given ?? randomToken(18);
  const password_hash = await hashPassword(config, password);
  const ctx = {
    now: systemClock,
    actor: { type: "system", job: "user:create" } as const,
    client: { ip: "-", user_agent: null },
    trace: continueTrace(null),
  };
  const { email, name, role, plan } = options;
  await withDatabase(env, (_db, transact) =>
    transact(async (tx) => {
      const account = { email, name, role, plan, status: "active" as const };
      const { id } = await createUser(tx, ctx, { ...account, password_hash, email_verified: true });
      // Whoever runs this has seen it: it must not stay the owner's password (ASVS 6.4.1).
      if (given === null) await tx.update(users).set({ must_change_password: true }).where(eq(users.id, id));
      await recordAudit(tx, ctx, {
        action: "user.created",
        target: { type: "user", id },
        after: { role, plan, status: "active", must_change_password: given === null },
      });
    }),
  );
  console.log(`Made an account for ${email} with the role ${role}.`);
  if (given === null)
    console.log(`Its password, shown only now, to be changed at the first log-in: ${password}`);
}

/** `npm run user:create`: see `USAGE`. */
export function createAccount(invocation: Invocation): Promise<undefined> {
  return create(invocation).catch((error: unknown) => {
    throw error instanceof AppError ? new StartupError(error.message) : error;
  });
}
