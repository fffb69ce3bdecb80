import { BodyFormat } from "../storage/stored-json.ts";

/** The shape of `MarketEvent` as it is kept; a change that old texts do not fit needs a step here. */
export const MARKET_EVENT_BODY = new BodyFormat([(old) => ({ ...Object(old), corrected: [] })]);
