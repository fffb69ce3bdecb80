import { createServer, type Server, type ServerResponse } from "node:http";
import { z } from "zod";

const Body = z.object({
  samples: z.array(
    z.object({
      name: z.string(),
      labels: z.record(z.string(), z.string()),
      value: z.number(),
      at: z.string(),
      type: z.enum(["gauge", "counter"]),
    }),
  ),
});
type Sent = z.infer<typeof Body>["samples"][number];

/** Stands in for XSEMA: takes readings, or answers what a test wants, and may go away and come back on its port. */
export async function standIn() {
  const received: Sent[] = [];
  const keys: (string | undefined)[] = [];
  const times: number[] = [];
  const paths: (string | undefined)[] = [];
  /** Answers the next requests instead. */
  const instead: ((answer: ServerResponse, take: () => void) => void)[] = [];
  let port = 0;
  let server: Server | undefined;

  async function open() {
    server = createServer(async (request, answer) => {
      let text = "";
      for await (const part of request) text += part;
      keys.push(request.headers.authorization);
      paths.push(request.url);
      times.push(Date.now());
      const { samples } = Body.parse(JSON.parse(text));
      const take = () => void received.push(...samples);
      const other = instead.shift();
      if (other !== undefined) return other(answer, take);
      take();
      answer.setHeader("content-type", "application/json");
      answer.end(JSON.stringify({ accepted: samples.length, duplicate: 0, late: 0, rejected: [] }));
    });
    const opened = server;
    await new Promise<void>((resolve) => opened.listen(port, "127.0.0.1", resolve));
    port = Number(Object(opened.address()).port);
  }

  async function close() {
    const closing = server;
    closing?.closeAllConnections();
    await new Promise((resolve) => closing?.close(resolve));
  }

  await open();
  return { url: `http://127.0.0.1:${port}`, received, keys, times, paths, instead, open, close };
}
