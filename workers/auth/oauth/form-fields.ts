import { AppError } from "../../../shared/platform/errors.ts";
import { readForm } from "../../../shared/platform/http/body.ts";

const MAX_FORM_BYTES = 64 * 1024;

/** The fields of a form of OAuth 2: each once, and an empty one as if it were not there (RFC 6749, 3.2). */
export async function readFormFields(request: Request): Promise<Record<string, string>> {
  const fields: Record<string, string> = {};
  for (const [name, value] of await readForm(request, MAX_FORM_BYTES)) {
    if (Object.hasOwn(fields, name))
      throw new AppError("invalid_request", "must be given once", {
        details: [{ pointer: `/${name}`, message: "must be given once" }],
      });
    if (value !== "") Object.defineProperty(fields, name, { value, enumerable: true });
  }
  return fields;
}
