import type { OpenAPIHono } from "@hono/zod-openapi";
import { TrieRouter } from "hono/router/trie-router";
import { AppError } from "../errors.ts";
import type { AppEnv } from "./app.ts";

/** Builds the function that says what is wrong with a request that no route took: the path, or the method. */
export function createUnmatched(app: OpenAPIHono<AppEnv>): (method: string, path: string) => AppError {
  const router = new TrieRouter<true>();
  const methods = new Set<string>();
  for (const route of app.routes) {
    // Middleware stands under every method and answers nothing by itself.
    if (route.method === "ALL") continue;
    methods.add(route.method);
    router.add(route.method, route.path, true);
  }
  return (method, path) => {
    const allowed = [...methods].filter((other) => router.match(other, path)[0].length > 0);
    if (allowed.length === 0)
      return new AppError("not_found", `There is nothing at ${path}. The API is described at /api/docs.`);
    return new AppError(
      "method_not_allowed",
      `${method} is not possible here; use ${allowed.join(" or ")}.`,
      {
        headers: { allow: allowed.join(", ") },
      },
    );
  };
}
