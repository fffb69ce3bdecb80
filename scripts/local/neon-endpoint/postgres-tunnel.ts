import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type Duplex, pipeline } from "node:stream";
import { connect as connectTls } from "node:tls";
import { fatalError } from "./wire.ts";

/** SSLRequest of the wire protocol: length 8, code 80877103. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

function address(url: string) {
  const { hostname, port, searchParams } = new URL(url);
  const mode = searchParams.get("sslmode") ?? "disable";
  return {
    host: decodeURIComponent(hostname).replace(/^\[|\]$/g, ""),
    port: port === "" ? 5432 : Number(port),
    encrypted: !["disable", "allow", "prefer"].includes(mode),
    verified: mode !== "no-verify",
  };
}

/** How long the server may take to let a client in, as far as the tunnel sees it. */
const CONNECT_TIMEOUT_MS = 5_000;

async function openSocket(url: string, signal: AbortSignal): Promise<Socket> {
  const { host, port, encrypted, verified } = address(url);
  const socket = connect(port, host);
  const stop = () => socket.destroy();
  signal.addEventListener("abort", stop);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 10_000);
  try {
    await once(socket, "connect", { signal });
    return encrypted ? await encrypt(socket, host, verified, signal) : socket;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function encrypt(
  socket: Socket,
  host: string,
  verified: boolean,
  signal: AbortSignal,
): Promise<Socket> {
  socket.write(SSL_REQUEST);
  const [reply] = await once(socket, "data", { signal });
  if (String(reply) !== "S") {
    socket.destroy();
    throw new Error("the server does not encrypt, which sslmode asks for");
  }
  const secure = connectTls({ socket, servername: host, rejectUnauthorized: verified });
  await once(secure, "secureConnect", { signal });
  return secure;
}

/** Joins a client's stream to the server at `url`; the encryption that `sslmode` asks for happens here. */
export function connectWire(url: string, client: Duplex): void {
  // Whatever ends one side ends the other; there is nobody left to tell.
  const ignore = () => {};
  client.on("error", ignore);
  const left = new AbortController();
  client.once("close", () => left.abort());
  openSocket(url, AbortSignal.any([left.signal, AbortSignal.timeout(CONNECT_TIMEOUT_MS)])).then(
    (socket) => {
      pipeline(client, socket, ignore);
      pipeline(socket, client, ignore);
    },
    (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      client.end(fatalError("08001", `the database cannot be reached: ${reason}`));
    },
  );
}
