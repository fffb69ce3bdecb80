import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";

export interface Received {
  path: string;
  headers: Record<string, string>;
  body: string;
  /** ms since 1970, when the last byte was there. */
  at: number;
}

export interface Receiver {
  url: string;
  received: Received[];
  stop(): Promise<void>;
}

type Answer = (response: ServerResponse, received: Received, request: IncomingMessage) => void;

function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(", ")]),
  );
}

/** An endpoint on this machine that keeps what it gets and answers as the test says; 204 by default. */
export async function startReceiver(
  answer: Answer = (response) => response.writeHead(204).end(),
): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("error", () => response.destroy());
    request.on("end", () => {
      const body = Buffer.concat(parts).toString("utf8");
      const one = { path: request.url ?? "", headers: headersOf(request), body, at: Date.now() };
      received.push(one);
      answer(response, one, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What two libraries that nobody here wrote say of a message; throws where either refuses it. */
export function verifyByJudges(
  secret: string,
  { body, headers }: Pick<Received, "body" | "headers">,
): unknown {
  const standard = new StandardWebhook(secret).verify(body, headers);
  new SvixWebhook(secret).verify(body, headers);
  return standard;
}
