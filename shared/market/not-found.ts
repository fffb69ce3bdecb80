import { AppError } from "../platform/errors.ts";

export function collectionNotFound(slug: string): AppError {
  return new AppError("not_found", `No collection is called "${slug}". GET /api/v1/collections lists them.`);
}

export function tokenNotFound(slug: string, tokenId: string): AppError {
  return new AppError("not_found", `No event of "${slug}" names a token "${tokenId}".`);
}
