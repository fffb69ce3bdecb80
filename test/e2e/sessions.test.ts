import { request } from "node:http";
import { sql } from "drizzle-orm";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { TokenAnswer } from "../../shared/auth/sessions/token-answer.ts";
import { LIVE_PROTOCOL } from "../../shared/contracts/live.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { SessionPage } from "../../workers/auth/sessions/schema.ts";
import { postEvents, rawSales, until } from "../support/api.ts";
import { hangUpAfterGoodbye } from "../support/goodbye.ts";
import { createPerson, MASTER_KEY, openSessionOf, type Person, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";

let platform: Platform;
let ctx: Ctx;
beforeAll(async () => {
  platform = await openPlatform({ vars: { MASTER_KEY, PUBLIC_MARKET: "off" } });
  ctx = platformCtx(platform, { client: { ip: "192.0.2.7", user_agent: "curl/8.5.0" } });
  await postEvents(platform, rawSales("punks", "sessions", 1));
});
afterAll(() => platform.stop());

const call = (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) =>
  fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const Refusal = z.object({ code: z.string(), detail: z.string() });
async function refusalOf(answer: Response) {
  return { status: answer.status, ...Refusal.parse(await answer.json()) };
}
const sessionsOf = async (person: Pick<Person, "headers">) =>
  SessionPage.parse(await (await call("GET", "/auth/sessions", person.headers)).json());
const another = (person: Person) =>
  openSessionOf(ctx, { id: person.user_id, email: person.email, role: "trader", access_version: 1 });

interface Opened {
  /** The status that refused the upgrade, or 101. */
  status: number;
  protocol: string;
  closed: Promise<{ code: number; reason: string }>;
}

async function openSocket(
  path: string,
  { protocols = [], headers = {} }: { protocols?: string[]; headers?: Record<string, string> },
): Promise<Opened> {
  const address = `${platform.url.replace(/^http/, "ws")}/api/v1${path}`;
  const socket = new WebSocket(address, [LIVE_PROTOCOL, ...protocols], { headers });
  hangUpAfterGoodbye(socket);
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  socket.on("error", () => {});
  const status = await new Promise<number>((resolve) => {
    socket.once("open", () => resolve(101));
    socket.once("unexpected-response", (_, answer) => {
      resolve(answer.statusCode ?? 0);
      answer.destroy();
    });
  });
  return { status, protocol: socket.protocol, closed };
}

describe("sessions over HTTP", () => {
  test("are listed with what they were opened by, and the one that asks is marked", async () => {
    const ann = await createPerson(ctx);
    const second = await another(ann);
    const { data, next_cursor } = await sessionsOf(ann);
    expect(next_cursor).toBeNull();
    expect(data).toHaveLength(2);
    expect(data.find((session) => session.id === ann.session_id)).toMatchObject({
      current: true,
      device: "curl",
      ip: "192.0.2.7",
      methods: ["pwd"],
      mfa_at: null,
    });
    expect(data.find((session) => session.id === second.session_id)?.current).toBe(false);
  });

  test("are paged without a hole or a double", async () => {
    const ann = await createPerson(ctx);
    const opened = [ann.session_id];
    for (let i = 0; i < 4; i += 1) opened.push((await another(ann)).session_id);
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page = await call("GET", `/auth/sessions?limit=2${cursor && `&cursor=${cursor}`}`, ann.headers);
      const { data, next_cursor } = SessionPage.parse(await page.json());
      seen.push(...data.map((session) => session.id));
      cursor = next_cursor;
    }
    expect(seen).toEqual(opened.reverse());
  });

  test("one that is ended is refused at once, and the others go on", async () => {
    const ann = await createPerson(ctx);
    const second = await another(ann);
    expect((await call("GET", "/auth/sessions", second.headers)).status).toBe(200);
    expect((await call("DELETE", `/auth/sessions/${second.session_id}`, ann.headers)).status).toBe(204);
    expect(await refusalOf(await call("GET", "/auth/sessions", second.headers))).toMatchObject({
      status: 401,
      code: "session_ended",
    });
    expect(
      await refusalOf(await call("POST", "/auth/refresh", {}, { refresh_token: second.refresh_token })),
    ).toMatchObject({ status: 401, code: "session_ended" });
    expect((await sessionsOf(ann)).data).toHaveLength(1);
    expect((await call("DELETE", `/auth/sessions/${second.session_id}`, ann.headers)).status).toBe(404);
  });

  test("somebody else's cannot be ended, and is not told from one that is not there", async () => {
    const [ann, bob] = [await createPerson(ctx), await createPerson(ctx)];
    const foreign = await refusalOf(await call("DELETE", `/auth/sessions/${bob.session_id}`, ann.headers));
    const unknown = await refusalOf(await call("DELETE", `/auth/sessions/ses_unknown`, ann.headers));
    expect(foreign).toMatchObject({ status: 404, code: "not_found" });
    expect(foreign.detail).toBe(unknown.detail);
    expect((await call("GET", "/auth/sessions", bob.headers)).status).toBe(200);
  });

  test("all others end, and this one too where that is asked for", async () => {
    const ann = await createPerson(ctx);
    const second = await another(ann);
    const ended = await call("DELETE", "/auth/sessions", ann.headers);
    expect(await ended.json()).toEqual({ ended: 1 });
    expect((await call("GET", "/auth/sessions", second.headers)).status).toBe(401);
    expect((await call("GET", "/auth/sessions", ann.headers)).status).toBe(200);
    const all = await call("DELETE", "/auth/sessions?include_current=true", ann.headers);
    expect(await all.json()).toEqual({ ended: 1 });
    expect((await call("GET", "/auth/sessions", ann.headers)).status).toBe(401);
  });

  test("log-out ends the session of the access token, or of the refresh token in the body", async () => {
    const ann = await createPerson(ctx);
    expect((await call("POST", "/auth/logout", ann.headers)).status).toBe(204);
    expect((await call("GET", "/auth/sessions", ann.headers)).status).toBe(401);
    const bob = await createPerson(ctx);
    expect((await call("POST", "/auth/logout", {}, { refresh_token: bob.refresh_token })).status).toBe(204);
    expect((await call("GET", "/auth/sessions", bob.headers)).status).toBe(401);
    expect((await call("POST", "/auth/logout", {}, { refresh_token: "A".repeat(43) })).status).toBe(401);
    expect((await call("POST", "/auth/logout")).status).toBe(401);
  });
});

test("the metadata of the authorization server says where its keys are", async () => {
  const answer = await fetch(`${platform.url}/.well-known/oauth-authorization-server`);
  const { issuer, jwks_uri } = z
    .object({ issuer: z.string(), jwks_uri: z.string() })
    .parse(await answer.json());
  expect(issuer).toBe(platform.url);
  expect((await fetch(jwks_uri)).status).toBe(200);
});

describe("refreshing over HTTP", () => {
  const refresh = (refresh_token: string) => call("POST", "/auth/refresh", {}, { refresh_token });

  test("twenty tabs that refresh at once are all given the same tokens' successor, and stay logged in", async () => {
    const ann = await createPerson(ctx);
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(ann.refresh_token)));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(answers[0]?.headers.get("cache-control")).toBe("no-store");
    const tokens = await Promise.all(answers.map(async (answer) => TokenAnswer.parse(await answer.json())));
    expect(new Set(tokens.map((token) => token.refresh_token)).size).toBe(1);
    for (const { access_token } of tokens.slice(0, 3))
      expect((await sessionsOf({ headers: { authorization: `Bearer ${access_token}` } })).data).toHaveLength(
        1,
      );
  });

  test("a stolen token ends the session, whose access tokens are refused at once", async () => {
    const ann = await createPerson(ctx);
    expect((await refresh(ann.refresh_token)).status).toBe(200);
    expect((await call("GET", "/auth/sessions", ann.headers)).status).toBe(200);
    await ctx.db.execute(
      sql`update refresh_tokens set used_at = used_at - interval '11 seconds' where session_id = ${ann.session_id}`,
    );
    expect(await refusalOf(await refresh(ann.refresh_token))).toMatchObject({
      status: 401,
      code: "session_ended",
    });
    expect(await refusalOf(await call("GET", "/auth/sessions", ann.headers))).toMatchObject({
      status: 401,
      code: "session_ended",
    });
  });

  test("a body that is none is told so", async () => {
    const post = (body: string, type = "application/json") =>
      fetch(`${platform.url}/api/v1/auth/refresh`, {
        method: "POST",
        body,
        headers: { "content-type": type },
      });
    expect((await post("{")).status).toBe(400);
    expect((await post("{}")).status).toBe(422);
    expect((await post("{}", "text/plain")).status).toBe(415);
  });
});

describe("access tokens over HTTP", () => {
  test("are refused in workerd too where the signature is cut, in DER, or of zeros", async () => {
    const { access_token } = await createPerson(ctx);
    const [head = "", body = ""] = access_token.split(".");
    const der = Buffer.concat([Buffer.from([0x30, 0x44, 0x02, 0x20]), Buffer.alloc(66, 1)]);
    for (const signature of ["AAAA", Buffer.alloc(64).toString("base64url"), der.toString("base64url")])
      expect(
        await refusalOf(
          await call("GET", "/auth/sessions", { authorization: `Bearer ${head}.${body}.${signature}` }),
        ),
      ).toMatchObject({ status: 401, code: "unauthorized", detail: expect.stringContaining("signature") });
  });

  test("verify with the published keys, which carry an ETag", async () => {
    const ann = await createPerson(ctx);
    const address = new URL("/.well-known/jwks.json", platform.url);
    const { payload } = await jwtVerify(ann.access_token, createRemoteJWKSet(address), {
      issuer: platform.url,
      audience: `${platform.url}/api`,
      typ: "at+jwt",
      algorithms: ["ES256"],
    });
    expect(payload).toMatchObject({
      sub: ann.user_id,
      sid: ann.session_id,
      email: ann.email,
      role: "trader",
    });
    const first = await fetch(address);
    expect(first.headers.get("cache-control")).toBe("public, max-age=300");
    const etag = first.headers.get("etag") ?? "";
    expect((await fetch(address, { headers: { "if-none-match": etag } })).status).toBe(304);
    expect(JSON.stringify(await first.json())).not.toContain('"d"');
  });

  test("of an account whose role was changed ask for a refresh, also where the gate was not told", async () => {
    const ann = await createPerson(ctx);
    expect((await call("GET", "/auth/sessions", ann.headers)).status).toBe(200);
    await ctx.db.execute(
      sql`update users set role = 'viewer', access_version = 2, updated_at = now() where id = ${ann.user_id}`,
    );
    await platform.tick();
    expect(await refusalOf(await call("GET", "/auth/sessions", ann.headers))).toMatchObject({
      status: 401,
      code: "token_expired",
    });
    const answer = await call("POST", "/auth/refresh", {}, { refresh_token: ann.refresh_token });
    const { access_token } = TokenAnswer.parse(await answer.json());
    expect((await sessionsOf({ headers: { authorization: `Bearer ${access_token}` } })).data).toHaveLength(1);
  });

  test("a rotated key signs later, for who may rotate it only", async () => {
    const [root, ann] = [await createPerson(ctx, { role: "super_admin" }), await createPerson(ctx)];
    expect((await call("POST", "/auth/signing-keys/rotate", ann.headers)).status).toBe(403);
    expect((await call("POST", "/auth/signing-keys/rotate")).status).toBe(401);
    const answer = await call("POST", "/auth/signing-keys/rotate", root.headers);
    expect(answer.status).toBe(201);
    const { kid, previous } = z
      .object({ kid: z.string(), previous: z.object({ kid: z.string() }) })
      .parse(await answer.json());
    expect(decodeProtectedHeader(ann.access_token).kid).toBe(previous.kid);
    const refreshed = await call("POST", "/auth/refresh", {}, { refresh_token: ann.refresh_token });
    const { access_token } = TokenAnswer.parse(await refreshed.json());
    expect(decodeProtectedHeader(access_token).kid).toBe(previous.kid);
    expect(kid).not.toBe(previous.kid);
    expect((await call("GET", "/auth/sessions", ann.headers)).status).toBe(200);
  });
});

describe("live connections of a session", () => {
  const ticketOf = async (person: Pick<Person, "headers">) => {
    const answer = await call("POST", "/ws/ticket", person.headers);
    return z.object({ ticket: z.string(), expires_in: z.literal(30) }).parse(await answer.json()).ticket;
  };

  test("are refused with 401 before the upgrade to who sends nothing, or something that is no credential", async () => {
    for (const path of ["/live", "/collections/punks/live"]) {
      expect((await openSocket(path, {})).status).toBe(401);
      expect((await openSocket(path, { headers: { authorization: "Bearer a.b.c" } })).status).toBe(401);
      expect((await openSocket(path, { protocols: ["ticket.usr_1.x"] })).status).toBe(401);
    }
    expect((await call("GET", "/collections/punks/stream")).status).toBe(401);
  });

  test.each(["/live", "/collections/punks/live"])(
    "on %s open by header, by token in the subprotocol and by ticket, and close with the session",
    async (path) => {
      const ann = await createPerson(ctx);
      const other = await another(ann);
      const ticket = `ticket.${await ticketOf(ann)}`;
      const opened = await Promise.all([
        openSocket(path, { headers: ann.headers }),
        openSocket(path, { protocols: [`bearer.${ann.access_token}`] }),
        openSocket(path, { protocols: [ticket] }),
      ]);
      for (const socket of opened) expect(socket).toMatchObject({ status: 101, protocol: LIVE_PROTOCOL });
      const bystander = await openSocket(path, { headers: other.headers });
      expect((await openSocket(path, { protocols: [ticket] })).status).toBe(401);
      expect((await call("POST", "/auth/logout", ann.headers)).status).toBe(204);
      for (const socket of opened) expect((await socket.closed).code).toBe(4401);
      const still = await Promise.race([
        bystander.closed,
        new Promise((resolve) => setTimeout(() => resolve("open"), 300)),
      ]);
      expect(still).toBe("open");
      await call("POST", "/auth/logout", other.headers);
      await bystander.closed;
    },
  );

  test("a ticket or a token in the subprotocol opens nothing that is not a socket", async () => {
    const ann = await createPerson(ctx);
    const ticket = await ticketOf(ann);
    for (const proof of [`bearer.${ann.access_token}`, `ticket.${ticket}`]) {
      const answer = await new Promise<number | undefined>((resolve) =>
        request(`${platform.url}/api/v1/auth/sessions`, {
          headers: { connection: "Upgrade", upgrade: "websocket", "sec-websocket-protocol": proof },
        })
          .on("response", ({ statusCode }) => resolve(statusCode))
          .end(),
      );
      expect(answer).toBe(401);
    }
    expect((await call("GET", `/auth/sessions?ticket=${ticket}`)).status).toBe(401);
    expect((await openSocket(`/live?ticket=${ticket}`, {})).status).toBe(401);
    expect((await openSocket("/live", { protocols: [`ticket.${ticket}`] })).status).toBe(101);
  });

  test("by Server-Sent Events open by a ticket in the address, once", async () => {
    const ann = await createPerson(ctx);
    const ticket = await ticketOf(ann);
    const path = `/collections/punks/stream?ticket=${ticket}`;
    const answer = await call("GET", path);
    expect(answer.status).toBe(200);
    expect((await call("GET", path)).status).toBe(401);
    expect((await call("POST", "/auth/logout", ann.headers)).status).toBe(204);
    // It ends with the session.
    expect(await answer.text()).toContain("retry: ");
  });

  test("cannot be claimed to be somebody else's by a header", async () => {
    const [ann, bob] = [await createPerson(ctx), await createPerson(ctx)];
    const socket = await openSocket("/live", {
      headers: { ...bob.headers, "x-xsema-watcher": ann.session_id },
    });
    await call("POST", "/auth/logout", bob.headers);
    expect((await socket.closed).code).toBe(4401);
  });

  test("outlive a hibernation of the room, and close with the session all the same", async () => {
    const ann = await createPerson(ctx);
    const socket = await openSocket("/collections/punks/live", { headers: ann.headers });
    await platform.evict("CollectionRoom", "punks");
    await platform.evict("AccountGate", ann.user_id);
    expect((await call("POST", "/auth/logout", ann.headers)).status).toBe(204);
    expect((await socket.closed).code).toBe(4401);
  });

  test("by Server-Sent Events end with the session", async () => {
    const ann = await createPerson(ctx);
    const answer = await call("GET", "/collections/punks/stream", ann.headers);
    expect(answer.status).toBe(200);
    let text = "";
    const whole = (async () => {
      for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) text += piece;
    })();
    await until(
      () => text,
      (read) => read.includes("event: snapshot"),
    );
    expect((await call("POST", "/auth/logout", ann.headers)).status).toBe(204);
    await whole;
  });

  test("close when the account is suspended, also where the gate was not told", async () => {
    const ann = await createPerson(ctx);
    const socket = await openSocket("/live", { headers: ann.headers });
    await ctx.db.execute(
      sql`update users set status = 'suspended', updated_at = now() where id = ${ann.user_id}`,
    );
    await platform.tick();
    expect((await socket.closed).code).toBe(4401);
    expect((await call("GET", "/ws/status", ann.headers)).status).toBe(401);
  });
});

// The last of the file: how soon all is served again is what database-away and bad-network look at.
describe("sessions without Postgres", () => {
  test("go on while Postgres is away, and what was ended stays ended", async () => {
    const [ann, bob] = [await createPerson(ctx), await createPerson(ctx)];
    for (const person of [ann, bob])
      expect((await call("GET", "/ws/status", person.headers)).status).toBe(200);
    expect((await call("POST", "/auth/logout", bob.headers)).status).toBe(204);
    await platform.pauseDatabase();
    try {
      expect((await call("GET", "/ws/status", ann.headers)).status).toBe(200);
      expect((await call("GET", "/ws/status", bob.headers)).status).toBe(401);
      await platform.evict("AccountGate", ann.user_id);
      expect((await call("GET", "/ws/status", ann.headers)).status).toBe(200);
    } finally {
      await platform.resumeDatabase();
    }
  });
});
