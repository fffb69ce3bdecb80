/** A member that objects could not hold, since JavaScript takes it for something else. */
export class ForbiddenName extends Error {
  constructor() {
    super('it has a member "__proto__", which no object here can hold');
  }
}

/** What reading plainly would lose: this name (also written with escapes), and integers longer than a float knows. */
const NEEDS_CARE = /__proto__|\\u00|(?:^|[[:,\s])-?\d{16,}(?=[\s,\]}]|$)/;

function carefully(name: string, value: unknown, context?: { source?: string }): unknown {
  if (name === "__proto__") throw new ForbiddenName();
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const { source = "" } = context ?? {};
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}

/**
 * JSON as its writer meant it. An integer that a number cannot hold exactly becomes a `bigint`, so that whoever reads it
 * takes it whole or refuses it, and nobody stores another one.
 * @throws SyntaxError, `ForbiddenName`
 */
export function parseJsonExactly(text: string): unknown {
  return NEEDS_CARE.test(text) ? JSON.parse(text, carefully) : JSON.parse(text);
}
