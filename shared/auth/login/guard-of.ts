import type { LoginGuardRpc, LoginGuardsRpc } from "../../contracts/accounts.ts";

/**
 * So many objects hold all guards. Fixed, since strangers choose the names: a mail address or network that somebody made
 * up must not leave an object behind.
 */
const OBJECTS = 256;

/** FNV-1a, 32 bits: spreads names evenly; nothing depends on its being hard to turn around. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** The guard of a name, in the object that holds it. */
export function guardOf(objects: { getByName(name: string): LoginGuardsRpc }, name: string): LoginGuardRpc {
  const object = () => objects.getByName(`guards:${hashOf(name) % OBJECTS}`);
  return {
    attempt: (limits) => object().attempt(name, limits),
    count: (limits) => object().count(name, limits),
    succeeded: () => object().succeeded(name),
    failed: () => object().failed(name),
    reset: () => object().reset(name),
  };
}
