import { session } from "../session/session-here.ts";
import { type Asked, exchange } from "./exchange.ts";

/** A request to the API as whoever is signed in, or as nobody. Every request of the page goes through here. */
export function request(address: string, asked: Asked = {}): Promise<Response> {
  return session.use((accessToken) => exchange(address, asked, accessToken));
}
