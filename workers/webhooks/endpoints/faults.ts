import type { PayloadCondition } from "../../../shared/contracts/webhooks.ts";

const NUMBER = /^-?\d{1,100}(?:\.\d{1,100})?$/;

/** What is wrong with the value of a condition, or `null`: a condition that can never hold is a mistake. */
export function faultOfCondition({ operator, value }: PayloadCondition): string | null {
  switch (operator) {
    case "exists":
      return value === undefined || typeof value === "boolean" ? null : "must be true or false, or left out";
    case "in":
      return Array.isArray(value) && value.length > 0 ? null : "must be a list of texts";
    case "eq":
    case "ne":
      return value === undefined || Array.isArray(value)
        ? "must be a text, a number, true, false or null"
        : null;
    case "lt":
    case "lte":
    case "gt":
    case "gte":
      return typeof value === "number" || (typeof value === "string" && NUMBER.test(value))
        ? null
        : 'must be a number, such as "1.5"';
  }
}
