import type { Bindings } from "./env.ts";

/** The class's key is the worker's name and the class's, as the local runtime names the folder of its objects. */
const CLASS_KEY = "xsema-CollectionRoom";

/** Where the runtime keeps the room of a collection. */
export function roomObject(
  env: Pick<Bindings, "COLLECTION_ROOM">,
  slug: string,
): { id: string; class_key: string } {
  return { id: env.COLLECTION_ROOM.idFromName(slug).toString(), class_key: CLASS_KEY };
}
