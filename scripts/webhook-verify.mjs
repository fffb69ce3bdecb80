#!/usr/bin/env node
// Plain JavaScript for Node 20 and later, without dependencies: integrators run it where nothing else of this is.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { diagnose } from "./webhook-verify/diagnose.mjs";
import { readHeaders, readRequest } from "./webhook-verify/read-request.mjs";

const USAGE = `Checks a saved webhook request offline, and says what is wrong with it.

  xsema-webhook-verify --secret whsec_… request.http
  xsema-webhook-verify --secret whsec_… --headers headers.txt --body body.json

  request.http   request line, headers, an empty line, body: the bytes that arrived
  --headers      header lines or a JSON object; --body the body's bytes
  --secret       as it was shown; or leave it out and set WEBHOOK_SECRET
  --at           when it arrived, such as 2026-11-21T08:58:38Z or seconds since 1970; by default, now
  --tolerance    how old or early the timestamp may be, in seconds; 300 by default
  --id           another id to try, where the signature may be for another message; may be repeated

It ends with 0 where the request verifies, 1 where it does not, 2 where it could not be checked.
`;

class Misuse extends Error {}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Misuse(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** @param {string | undefined} text */
function readTime(text) {
  if (text === undefined) return Math.floor(Date.now() / 1000);
  const time = /^\d{1,11}$/.test(text) ? Number(text) : Math.floor(Date.parse(text) / 1000);
  if (Number.isNaN(time)) throw new Misuse(`--at ${text} is no time; write it as 2026-11-21T08:58:38Z.`);
  return time;
}

/**
 * @param {{ headers?: string, body?: string }} values
 * @param {string[]} files
 */
function readSaved({ headers, body }, files) {
  const [file, ...more] = files;
  if (more.length > 0) throw new Misuse("Name one request at a time.");
  if ((headers === undefined) !== (body === undefined)) throw new Misuse("--headers and --body go together.");
  if ((file === undefined) === (headers === undefined))
    throw new Misuse("Name a request, or --headers and --body.");
  try {
    return file === undefined
      ? { headers: readHeaders(read(headers).toString("utf8")), body: read(body) }
      : readRequest(read(file));
  } catch (error) {
    if (error instanceof Misuse) throw error;
    throw new Misuse(`The request cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
}

function run() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      secret: { type: "string" },
      headers: { type: "string" },
      body: { type: "string" },
      at: { type: "string" },
      tolerance: { type: "string", default: "300" },
      id: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const secret = values.secret ?? (process.env.WEBHOOK_SECRET || undefined);
  if (secret === undefined) throw new Misuse("Name the secret: --secret whsec_…, or WEBHOOK_SECRET.");
  if (!/^\d{1,9}$/.test(values.tolerance)) throw new Misuse("--tolerance must be whole seconds.");
  const now_s = readTime(values.at);
  const saved = readSaved(values, positionals);
  const verdict = diagnose({
    ...saved,
    secret,
    now_s,
    tolerance_s: Number(values.tolerance),
    ids: values.id,
  });
  const lines = [
    verdict.ok ? "It verifies." : "It does not verify.",
    ...verdict.problems.map((problem) => `- ${problem}`),
    ...verdict.notes.map((note) => `  note: ${note}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return verdict.ok ? 0 : 1;
}

try {
  process.exitCode = run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  process.exitCode = 2;
}
