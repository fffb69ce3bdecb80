import { z } from "zod";

/** What the database's thread is told when it starts: a folder, an address, or neither for one in memory. */
export const DatabaseSource = z.object({
  folder: z.string().optional(),
  url: z.string().optional(),
  migrations: z.string(),
  /** What else the role of the embedded database may, in SQL: for tests that tamper. */
  grants: z.string().optional(),
});
export type DatabaseSource = z.output<typeof DatabaseSource>;

export const DatabaseCall = z.object({ id: z.number().int(), name: z.enum(["pause", "resume", "stop"]) });
export type DatabaseCall = z.output<typeof DatabaseCall>;

export const DatabaseReply = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready"), endpoint: z.string() }),
  /** It could not start. `expected` marks a `StartupError`. */
  z.object({ type: z.literal("failed"), message: z.string(), expected: z.boolean() }),
  /** It gave up while it ran, and its thread answers nothing any more. */
  z.object({ type: z.literal("panic"), reason: z.string() }),
  z.object({ type: z.literal("done"), id: z.number().int() }),
]);
export type DatabaseReply = z.output<typeof DatabaseReply>;
