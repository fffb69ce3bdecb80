import { createECDH, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import ece from "http_ece";
import { importJWK, jwtVerify } from "jose";
import { PushMessage } from "../../shared/contracts/notifications.ts";

interface Answer {
  status: number;
  headers?: Record<string, string>;
}

export interface Pushed {
  headers: Record<string, string>;
  message: PushMessage;
}

/** A browser that has subscribed: what it gives its site, and what it was pushed. */
export interface Subscriber {
  subscription: { endpoint: string; expirationTime: null; keys: { p256dh: string; auth: string } };
  /** What the push service took for it, decrypted. */
  pushed: Pushed[];
  /** What the push service answers for it, also what it does not take. */
  answer: Answer;
  /** Requests that were made for it. */
  requests: number;
}

export interface PushService {
  url: string;
  subscribe(): Subscriber;
  stop(): Promise<void>;
}

/** A push service on this machine, with browsers that decrypt by the library of the standard's author. */
export async function startPushService(): Promise<PushService> {
  const subscribers = new Map<string, { subscriber: Subscriber; decrypt(body: Buffer): PushMessage }>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const found = subscribers.get(request.url ?? "");
      if (found === undefined) return response.writeHead(404).end();
      const { subscriber, decrypt } = found;
      const { status, headers } = subscriber.answer;
      subscriber.requests += 1;
      if (status < 300) {
        const given = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
        subscriber.pushed.push({
          headers: Object.fromEntries(given),
          message: decrypt(Buffer.concat(parts)),
        });
      }
      return response.writeHead(status, headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    subscribe() {
      const path = `/push/${randomBytes(8).toString("hex")}`;
      const privateKey = createECDH("prime256v1");
      const keys = {
        p256dh: privateKey.generateKeys().toString("base64url"),
        auth: randomBytes(16).toString("base64url"),
      };
      const subscriber: Subscriber = {
        subscription: { endpoint: url + path, expirationTime: null, keys },
        pushed: [],
        answer: { status: 201 },
        requests: 0,
      };
      const params = { version: "aes128gcm", privateKey, authSecret: keys.auth } as const;
      const decrypt = (body: Buffer) => PushMessage.parse(JSON.parse(ece.decrypt(body, params).toString()));
      subscribers.set(path, { subscriber, decrypt });
      return subscriber;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What jose says of `Authorization: vapid …` (RFC 8292, 3): the claims, and the key it verifies with; else it throws. */
export async function verifyVapid(authorization: string | undefined, now: Date) {
  const [, token = "", key = ""] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(authorization ?? "") ?? [];
  const point = Buffer.from(key, "base64url");
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString("base64url"));
  const publicKey = await importJWK({ kty: "EC", crv: "P-256", x, y }, "ES256");
  const { payload } = await jwtVerify(token, publicKey, { algorithms: ["ES256"], currentDate: now });
  return { ...payload, key };
}
