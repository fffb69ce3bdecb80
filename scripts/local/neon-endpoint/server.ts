import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { createWebSocketStream, WebSocketServer } from "ws";
import type { Backend } from "./backend.ts";
import { answerSql } from "./http.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";

export interface NeonEndpoint {
  /**
   * `http://127.0.0.1:PORT/SECRET`, made anew with each start; statements go to `/sql` below it, WebSockets to `/v2`.
   * Whoever does not know it is refused: other users of the machine reach the port, too.
   */
  url: string;
  /** Hangs up on everybody and refuses whoever comes, until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends the server, then the backend. */
  close(): Promise<void>;
}

/**
 * Only programs on this machine may speak to the database: a web page in the user's browser can reach a local
 * port too, but always says where it comes from, and a rebound name shows in `Host`.
 */
function isFromHere(request: IncomingMessage): boolean {
  const host = request.headers.host ?? "";
  return request.headers.origin === undefined && /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(host);
}

/** The path below the secret, or undefined where the secret is not in front of it. */
function pathBelow(secret: string, request: IncomingMessage): string | undefined {
  const [, given = "", ...rest] = (request.url?.split("?")[0] ?? "").split("/");
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(secret)) ? `/${rest.join("/")}` : undefined;
}

/** Starts a server on 127.0.0.1 that speaks Neon's HTTP and WebSocket protocols in front of `backend`. */
export async function startNeonEndpoint(backend: Backend, port = 0): Promise<NeonEndpoint> {
  const secret = randomBytes(24).toString("base64url");
  const server = createServer((request, response) => {
    const path = pathBelow(secret, request);
    if (!isFromHere(request)) response.writeHead(403).end("for programs on this machine only");
    else if (path === undefined)
      response.writeHead(403).end("for the program that was given the whole address");
    else if (path !== "/sql") response.writeHead(404).end("statements go to /sql");
    else if (request.method !== "POST") response.writeHead(405, { allow: "POST" }).end();
    else void answerSql(backend, request, response);
  });
  // workerd keeps its connections; one that is closed while idle fails the next statement on it.
  server.keepAliveTimeout = 0;

  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  server.on("upgrade", (request, socket, head) => {
    if (!isFromHere(request) || pathBelow(secret, request) !== "/v2") {
      socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => backend.serve(createWebSocketStream(client)));
  });

  const listen = async (at: number) => {
    server.listen(at, "127.0.0.1");
    await once(server, "listening");
  };
  const hangUp = async () => {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    for (const client of sockets.clients) client.terminate();
    await closed;
  };

  await listen(port);
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}/${secret}`,
    pause: hangUp,
    resume: () => listen(address.port),
    close: async () => {
      if (server.listening) await hangUp();
      await backend.close();
    },
  };
}
