import { RequestFailed, readFailure } from "./problem.ts";

export interface Asked {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON. */
  body?: unknown;
  /** The revision that was read: refused where somebody has changed it since. */
  ifMatch?: number;
  /** Under which the server knows the request again, where its answer was lost. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/**
 * One request to the API, with the access token where one is given. Throws `RequestFailed` for whatever is no
 * success; an abort by the caller is thrown as it is.
 */
export async function exchange(
  address: string,
  { method = "GET", body, ifMatch, idempotencyKey, signal }: Asked,
  accessToken: string | null,
): Promise<Response> {
  const headers = new Headers({ accept: "application/json" });
  if (accessToken !== null) headers.set("authorization", `Bearer ${accessToken}`);
  if (body !== undefined) headers.set("content-type", "application/json");
  if (ifMatch !== undefined) headers.set("if-match", `"${ifMatch}"`);
  if (idempotencyKey !== undefined) headers.set("idempotency-key", idempotencyKey);
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const response = await fetch(address, { method, signal, headers, body: sent }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new RequestFailed(0, "The server cannot be reached.", { code: "no_answer", cause });
  });
  if (!response.ok) throw await readFailure(response);
  return response;
}
