import { session } from "../session/session-here.ts";
import { type Asked, exchange } from "./exchange.ts";
import { OpenPosts } from "./open-posts.ts";

const posts = new OpenPosts(() => Date.now());

/** A request to the API as whoever is signed in, or as nobody. Every request of the page goes through here. */
export function request(address: string, asked: Asked = {}): Promise<Response> {
  const send = (given: Asked) => session.use((accessToken) => exchange(address, given, accessToken));
  if (asked.method !== "POST") return send(asked);
  return posts.run(address, asked.body, (idempotencyKey) => send({ ...asked, idempotencyKey }));
}
