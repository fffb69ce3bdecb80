import type { z } from "@hono/zod-openapi";
import { query } from "../../../shared/platform/http/query.ts";
import { KeyId, Paging } from "../access/parameters.ts";
import { UserParams } from "../accounts/schema.ts";

export const KeyOfUserParams = UserParams.extend({ key_id: KeyId });

export const KeysQuery = query(Paging);
export type KeysQuery = z.output<typeof KeysQuery>;
