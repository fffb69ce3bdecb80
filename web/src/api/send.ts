import type { z } from "zod";
import type { Asked } from "./exchange.ts";
import { readBody } from "./read-body.ts";
import { request } from "./request.ts";

type Method = NonNullable<Asked["method"]>;

/** Sends JSON as whoever is signed in; what is answered does not matter. Throws `RequestFailed`. */
export async function send(method: Method, address: string, body?: unknown): Promise<void> {
  await request(address, { method, body });
}

/** Sends JSON as whoever is signed in, and checks the shape of what is answered. Throws `RequestFailed`. */
export async function sendFor<Schema extends z.ZodType>(
  schema: Schema,
  method: Method,
  address: string,
  body?: unknown,
): Promise<z.output<Schema>> {
  return readBody(await request(address, { method, body }), schema);
}
