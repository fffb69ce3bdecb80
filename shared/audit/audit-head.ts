import { z } from "zod";
import type { AuditHead } from "./verify-chain.ts";

/** A head as people keep it: `42:9f86d0…`. */
export const AuditHeadText = z
  .string()
  .regex(
    /^[1-9]\d{0,14}:[0-9a-f]{64}$/,
    "must be the head of an earlier check: a number, a colon and 64 hex digits",
  )
  .transform((text): AuditHead => {
    const [seq = "", hash = ""] = text.split(":");
    return { seq: Number(seq), hash };
  });
