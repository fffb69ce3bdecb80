import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

const Body = z.object({ events: z.array(z.unknown()) });

/** Takes events by POST, as XSEMA does, so that publishing costs every server alike. Returns its port. */
export function openPublishEndpoint(publish: (event: unknown) => void): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      for (const event of Body.parse(JSON.parse(Buffer.concat(chunks).toString())).events) publish(event);
      response.end("{}");
    });
  });
  return listen(server);
}

/** Listens on a free port of the loopback interface and returns it. */
export function listen(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)),
  );
}
