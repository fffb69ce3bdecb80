const SHORTEST = 24;
const LONGEST = 64;

/**
 * The key in a secret, with what is wrong with the text of it.
 * @param {string} given
 * @returns {{ key: Buffer | null, text: string, problems: string[], notes: string[] }}
 */
export function readSecret(given) {
  const problems = [];
  const notes = [];
  let text = given.trim();
  if (text !== given)
    notes.push("The secret has spaces or a line break around it; they do not belong to it.");
  const unquoted = /^(["'`])(.*)\1$/.exec(text)?.[2];
  if (unquoted !== undefined) {
    notes.push("The secret stands in quotes; they do not belong to it.");
    text = unquoted;
  }
  if (text.startsWith("v1,")) {
    notes.push('The secret begins with "v1,", which belongs to signatures; it is left out here.');
    text = text.slice(3);
  }
  if (text === "") return { key: null, text, problems: ["The secret is empty."], notes };
  if (/^wh[sp]k_/.test(text)) {
    problems.push(
      `The secret begins with ${text.slice(0, 5)}: that is a key for asymmetric signatures (v1a). XSEMA signs with v1 and a secret that begins with whsec_.`,
    );
    return { key: null, text, problems, notes };
  }
  if (!text.startsWith("whsec_"))
    notes.push(
      "The secret does not begin with whsec_. It is taken as the base64 after it; check that it was copied whole.",
    );
  const base64 = text.replace(/^whsec_/, "");
  if (/^(?:[0-9a-f]{2}){16,}$/i.test(base64))
    notes.push(
      "The secret looks like hexadecimal. Secrets of XSEMA are base64: this may be another system's.",
    );
  if (/[-_]/.test(base64))
    problems.push(
      "The secret is not base64: it has - or _, as in base64url. Secrets of XSEMA have + and / there.",
    );
  else if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
    const [wrong] = /[^A-Za-z0-9+/=]/.exec(base64) ?? ["="];
    problems.push(`The secret is not base64: it has ${JSON.stringify(wrong)} in it.`);
  } else if (base64.replace(/=+$/, "").length % 4 === 1)
    problems.push("The secret is not base64: its length is impossible, so a part of it is missing.");
  if (problems.length > 0) return { key: null, text, problems, notes };
  const key = Buffer.from(base64, "base64");
  if (key.length < SHORTEST || key.length > LONGEST)
    problems.push(
      `The secret decodes to ${key.length} bytes; it must be ${SHORTEST} to ${LONGEST}${key.length < SHORTEST ? ", so a part of it is missing" : ""}.`,
    );
  return { key, text, problems, notes };
}

/**
 * Keys that verifiers and signers take by mistake.
 * @param {string} text of the secret
 */
export function mistakenKeys(text) {
  const bare = text.replace(/^whsec_/, "");
  return [
    [
      "with the undecoded secret: the text after whsec_ was taken as the key, without decoding its base64",
      Buffer.from(bare),
    ],
    ["with the undecoded secret: the whole text, whsec_ included, was taken as the key", Buffer.from(text)],
    ["with an empty key: the secret was not set where it was signed", Buffer.alloc(0)],
  ];
}
