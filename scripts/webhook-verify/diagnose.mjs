import { createHmac, timingSafeEqual } from "node:crypto";
import { bodyNotes, bodyVariants } from "./body-variants.mjs";
import { mistakenKeys, readSecret } from "./secret.mjs";

/**
 * @typedef {{ ok: boolean, problems: string[], notes: string[] }} Verdict
 * @typedef {{ headers: Map<string, string>, body: Buffer, secret: string, now_s: number, tolerance_s: number, ids: string[] }} Question
 */

const NAMES = ["webhook-id", "webhook-timestamp", "webhook-signature"];

/** @param {number} seconds */
function inWords(seconds) {
  const s = Math.abs(seconds);
  if (s < 120) return `${s} s`;
  if (s < 7200) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return s < 172_800
    ? `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
    : `${Math.floor(s / 86_400)} days`;
}

/**
 * @param {Buffer} key
 * @param {string} prefix of the body in what is signed
 * @param {Buffer} body
 */
const hmac = (key, prefix, body) => createHmac("sha256", key).update(prefix).update(body).digest();

/**
 * @param {Buffer} left
 * @param {Buffer} right
 */
const same = (left, right) => left.length === right.length && timingSafeEqual(left, right);

/**
 * @param {string} timestamp
 * @param {{ now_s: number, tolerance_s: number }} limits
 * @returns {string | null} what is wrong with it
 */
function faultOfTimestamp(timestamp, { now_s, tolerance_s }) {
  if (/^\d{13}$/.test(timestamp))
    return `webhook-timestamp is ${timestamp}: that is in milliseconds; it must be in seconds.`;
  if (!/^\d{1,11}$/.test(timestamp))
    return `webhook-timestamp is ${JSON.stringify(timestamp)}; it must be whole seconds since 1970.`;
  const age = now_s - Number(timestamp);
  if (Math.abs(age) <= tolerance_s) return null;
  const where = age > 0 ? "old" : "in the future";
  const by = inWords(Math.abs(age) - tolerance_s);
  return `webhook-timestamp is ${inWords(age)} ${where}, ${by} beyond the tolerance of ${tolerance_s} s. ${
    age > 0
      ? "For a request that was saved, say when it arrived: --at 2026-11-21T08:58:38Z."
      : "Is the clock of this machine right?"
  }`;
}

/**
 * The signatures of a header, and what is wrong with its entries.
 * @param {string} header
 */
function readSignatures(header) {
  const signatures = [];
  const problems = [];
  for (const entry of header.split(/\s+|,\s+/).filter((part) => part !== "")) {
    const [, version, text] = /^(v\d+[a-z]?),(.*)$/.exec(entry) ?? [];
    if (version === "v1a")
      problems.push(
        "There is a v1a signature (ed25519): it is asymmetric and not checked here; XSEMA sends v1.",
      );
    else if (/^sha256=/.test(entry))
      problems.push(
        `The signature ${entry.slice(0, 12)}… is of another scheme (sha256=hex); it must be v1,<base64>.`,
      );
    else if (version === undefined || text === undefined)
      problems.push(
        `The signature ${JSON.stringify(entry.slice(0, 16))} has no version; it must be v1,<base64>.`,
      );
    else if (version !== "v1")
      problems.push(`The signature version ${version} is unknown here; XSEMA sends v1.`);
    else if (/^[0-9a-f]{64}$/i.test(text)) {
      problems.push("A signature is in hexadecimal; it must be base64.");
      signatures.push(Buffer.from(text, "hex"));
    } else {
      const bytes = Buffer.from(text, "base64");
      if (/[-_]/.test(text)) problems.push("A signature is in base64url (with - or _); it must be base64.");
      if (bytes.length !== 32)
        problems.push(`A signature decodes to ${bytes.length} bytes, not 32: it was cut or is not base64.`);
      else signatures.push(bytes);
    }
  }
  return { signatures, problems };
}

/**
 * Ids that stand somewhere in the request besides `webhook-id`, or were named.
 * @param {Question} question
 * @param {string} id
 */
function otherIds({ headers, body, ids }, id) {
  const text = [...headers.values(), body.toString("utf8")].join("\n");
  const found = text.match(/\b(?:msg|dlv|whk|evt)_[A-Za-z0-9_]+/g) ?? [];
  return [...new Set([...ids, ...found, headers.get("svix-id") ?? "", ""])].filter((other) => other !== id);
}

/**
 * What makes a signature fit that does not fit as it stands; `null` where nothing that is usually wrong does.
 * @param {Question} question
 * @param {{ key: Buffer, text: string, signatures: Buffer[], id: string, timestamp: string }} parts
 */
function findMistake(question, { key, text, signatures, id, timestamp }) {
  const { body } = question;
  /** @type {[string | null, Buffer][]} */
  const keys = [[null, key], ...mistakenKeys(text)];
  /** @type {[string | null, string][]} */
  const prefixes = [
    [null, `${id}.${timestamp}.`],
    ...otherIds(question, id).map((other) => [
      other === "" ? "without an id" : `for another id: ${other}, and webhook-id says ${id}`,
      `${other}.${timestamp}.`,
    ]),
    ["for the body alone, without id and timestamp: that is another scheme", ""],
    ["for timestamp and body without the id: that is another scheme", `${timestamp}.`],
    ["with id and timestamp in the wrong order", `${timestamp}.${id}.`],
    ["with the timestamp in milliseconds", `${id}.${timestamp}000.`],
  ];
  /** @type {[string | null, Buffer][]} */
  const bodies = [[null, body], ...bodyVariants(body)];
  for (const [keyFault, aKey] of keys)
    for (const [prefixFault, prefix] of prefixes)
      for (const [bodyFault, aBody] of bodies) {
        const expected = hmac(aKey, prefix, aBody);
        if (!signatures.some((signature) => same(signature, expected))) continue;
        return [
          ...(keyFault === null ? [] : [`It was signed ${keyFault}.`]),
          ...(prefixFault === null ? [] : [`It was signed ${prefixFault}.`]),
          ...(bodyFault === null ? [] : [`The body is not what was signed: ${bodyFault}.`]),
        ];
      }
  return null;
}

const NOTHING_FITS =
  "The signature does not fit, and nothing that is usually wrong makes it fit. Either the secret is another one " +
  "(of another webhook, or rotated away), or the body, webhook-id or webhook-timestamp was changed.";

/**
 * Checks a saved request as Standard Webhooks 1.0.0 says, and says what is wrong.
 * @param {Question} question
 * @returns {Verdict}
 */
export function diagnose(question) {
  const { headers, body, secret } = question;
  const { key, text, problems, notes } = readSecret(secret);
  const missing = NAMES.filter((name) => !headers.get(name));
  for (const name of missing) {
    const svix = headers.has(name.replace("webhook-", "svix-"))
      ? " There is one of Svix, whose names begin with svix-."
      : "";
    problems.push(`The header ${name} is missing.${svix}`);
  }
  const [id = "", timestamp = "", header = ""] = NAMES.map((name) => headers.get(name));
  const late = missing.includes("webhook-timestamp") ? null : faultOfTimestamp(timestamp, question);
  if (late !== null) problems.push(late);
  if (key === null || missing.length > 0) return { ok: false, problems, notes };
  const { signatures, problems: faults } = readSignatures(header);
  const expected = hmac(key, `${id}.${timestamp}.`, body);
  const fits = signatures.findIndex((signature) => same(signature, expected));
  // Beside one that fits, the others are of no account: a secret that takes over signs too.
  if (fits >= 0 && signatures.length > 1)
    notes.push(
      `There are ${signatures.length} signatures, as while a secret is rotated; number ${fits + 1} is by this secret.`,
    );
  (fits >= 0 && !faults.some((fault) => /hexadecimal|base64url/.test(fault)) ? notes : problems).push(
    ...faults,
  );
  if (fits < 0) {
    if (signatures.length === 0) problems.push("There is no v1 signature to check.");
    else
      problems.push(...(findMistake(question, { key, text, signatures, id, timestamp }) ?? [NOTHING_FITS]));
    notes.push(...bodyNotes(body, headers));
  }
  return { ok: problems.length === 0, problems, notes };
}
