import { z } from "zod";

/** What the measuring process asks its children over IPC, and what they answer. */
export const LoadRequest = z.object({
  url: z.string(),
  protocol: z.string().optional(),
  sockets: z.number().int(),
  /** Text frames to send once connected. */
  greet: z.array(z.string()),
  /** A frame that begins so means that the socket is ready. */
  readyPrefix: z.string(),
  /** Frames to answer, word for word: heartbeats. */
  answers: z.record(z.string(), z.string()),
});
export type LoadRequest = z.infer<typeof LoadRequest>;

export const LoadReport = z.object({
  deliveries: z.number(),
  frames: z.number(),
  bytes: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  max: z.number(),
  closed: z.number(),
  /** Sockets that did not get every event once. */
  incomplete: z.number(),
});
export type LoadReport = z.infer<typeof LoadReport>;

export const ChildMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("listening"), port: z.number(), publish_port: z.number() }),
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("report"), report: LoadReport }),
]);
export type ChildMessage = z.infer<typeof ChildMessage>;

/** Every benchmark event carries when it was published in its key: `bench:<n>:<microseconds>`. */
export const STAMP = "bench:";
