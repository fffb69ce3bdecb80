import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { hashPassword } from "../../../../shared/auth/password/hash-password.ts";
import { rememberPassword, wasUsedBefore } from "../../../../shared/auth/password/password-history.ts";
import { password_history, users } from "../../../../shared/db/schema/accounts.ts";
import { isoTime } from "../../../../shared/platform/clock.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";
import { CHEAP, config } from "./support.ts";

describeOnEachBackend("password history", (backend) => {
  let time = Date.parse("2026-01-01T00:00:00Z");

  async function addUser(id: string) {
    const at = isoTime(time);
    const email = `${id}@example.com`;
    const named = { id, email, email_key: email, role: "viewer", status: "active" } as const;
    await backend.db.insert(users).values({ ...named, created_at: at, updated_at: at });
    return id;
  }

  /** As changing a password does it. */
  async function set(user_id: string, password: string, settings: Record<string, string>) {
    time += 1000;
    const now = time;
    const password_hash = await hashPassword(CHEAP, password);
    await backend.transact(async (tx) => {
      await tx.update(users).set({ password_hash }).where(eq(users.id, user_id));
      await rememberPassword(tx, { config: config(settings), now: () => now }, { user_id, password_hash });
    });
  }

  const used = (user_id: string, password: string, settings: Record<string, string>) =>
    wasUsedBefore({ db: backend.db, config: config(settings) }, user_id, password);
  const three = { PASSWORD_HISTORY: "3" };

  test("knows as many passwords as asked for, and forgets those before", async () => {
    const user = await addUser("user_a");
    for (const password of ["one", "two", "three", "four"]) await set(user, password, three);
    expect(await used(user, "one", three)).toBe(false);
    for (const password of ["two", "three", "four"]) expect(await used(user, password, three)).toBe(true);
    expect(await used(user, "five", three)).toBe(false);
    expect(await backend.db.$count(password_history)).toBe(3);
  });

  test("is each user's own", async () => {
    const [a, b] = [await addUser("user_a"), await addUser("user_b")];
    await set(a, "mine", three);
    await set(b, "other", three);
    expect(await used(b, "mine", three)).toBe(false);
    expect(await used(a, "mine", three)).toBe(true);
  });

  test("knows the present password also where it was set before there was a history", async () => {
    const user = await addUser("user_a");
    await set(user, "present", {});
    expect(await used(user, "present", three)).toBe(true);
  });

  test("is off unless asked for: nothing is kept, what was kept is removed, and nothing is refused", async () => {
    const user = await addUser("user_a");
    await set(user, "one", three);
    await set(user, "two", {});
    expect(await backend.db.$count(password_history)).toBe(0);
    expect(await used(user, "two", {})).toBe(false);
  });
});
