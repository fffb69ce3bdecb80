import { z } from "@hono/zod-openapi";
import { Slug } from "../../../shared/contracts/primitives.ts";
import { FlushReport } from "../../../shared/contracts/room.ts";
import { Cursor } from "../../../shared/platform/http/parameters.ts";
import { query } from "../../../shared/platform/http/query.ts";

export const FlushQuery = query({
  collection: Slug.optional().openapi({
    description: "Only the room of this collection, which the database need not know yet",
  }),
  cursor: Cursor,
});

export const FlushPage = z
  .object({ data: z.array(FlushReport), next_cursor: z.string().nullable() })
  .openapi("FlushPage");
export type FlushPage = z.infer<typeof FlushPage>;
