import type { z } from "zod";
import { readBody } from "./read-body.ts";
import { request } from "./request.ts";

/**
 * GETs JSON of the API, as whoever is signed in, and checks its shape. Throws `RequestFailed`, also where the answer
 * is not what this page knows how to read; an abort by the caller is thrown as it is.
 */
export async function readJson<Schema extends z.ZodType>(
  address: string,
  schema: Schema,
  signal?: AbortSignal,
): Promise<z.output<Schema>> {
  return readBody(await request(address, { signal }), schema);
}
