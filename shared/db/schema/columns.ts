import { customType, timestamp } from "drizzle-orm/pg-core";

export const bytea = customType<{ data: Uint8Array; driverData: string }>({ dataType: () => "bytea" });
/** An instant, in milliseconds; text on the way in and out. */
export const time = (name: string) => timestamp(name, { withTimezone: true, mode: "string", precision: 3 });
