/** The fields of a Postgres error that Neon's driver copies from the body of a status 400. */
const FIELDS = [
  "severity",
  "code",
  "detail",
  "hint",
  "position",
  "internalPosition",
  "internalQuery",
  "where",
  "schema",
  "table",
  "column",
  "dataType",
  "constraint",
  "file",
  "line",
  "routine",
] as const;

type ErrorFields = { message?: string | undefined } & Partial<
  Record<(typeof FIELDS)[number], string | undefined>
>;

/** Postgres refused the statement. Everything else that goes wrong is the endpoint's or the network's fault. */
export class SqlError extends Error {
  readonly body: Record<string, string>;

  constructor(fields: ErrorFields) {
    super(fields.message ?? "the statement failed");
    this.name = "SqlError";
    this.body = { message: this.message };
    for (const name of FIELDS) {
      const value = fields[name];
      if (value !== undefined) this.body[name] = value;
    }
  }
}
