import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

export const USAGE = `Reads how this machine is doing and pushes it to XSEMA, until it is stopped.

  XSEMA_KEY=xs_live_… xsema-agent --url https://xsema.example.com
  xsema-agent --url https://xsema.example.com --key-file /etc/xsema/key

  --url          where XSEMA is, or XSEMA_URL
  --key-file     file that holds an API key with the scope metrics:push, or XSEMA_KEY
  --key          the key itself: everybody on this machine sees it in the list of processes
  --interval     seconds between readings, 1 to 300; 15 by default
  --host         name of this machine; by default, what it calls itself
  --once         reads and sends once
  --help         this

While XSEMA cannot be reached, readings of an hour are kept in memory and sent in order afterwards. It ends with 0 when
it is stopped, with 1 where --once could not send, with 2 where it was called wrongly.
`;

export class Misuse extends Error {}

/** @param {string | undefined} text */
function readUrl(text) {
  if (!text) throw new Misuse("Name where XSEMA is: --url https://…, or XSEMA_URL.");
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new Misuse(`--url ${text} is no address; write it as https://xsema.example.com.`);
  // Whoever hands in the address of the API means the same.
  url.pathname = `${url.pathname.replace(/\/+$/, "").replace(/\/api(?:\/v1)?$/, "")}/api/v1/metrics/push`;
  url.search = "";
  url.hash = "";
  return url;
}

/** @param {string} path */
function readKeyFile(path) {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    throw new Misuse(`--key-file ${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** @param {URL} url */
function isLocal({ hostname }) {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}

/**
 * What the command line and the environment say; `null`: only help is wanted.
 * @param {string[]} args
 * @param {Record<string, string | undefined>} env
 * @param {string} ownName
 */
export function readOptions(args, env, ownName) {
  const { values } = parse(args);
  if (values.help) return null;
  const url = readUrl(values.url ?? env.XSEMA_URL);
  const key =
    values.key ?? (values["key-file"] === undefined ? env.XSEMA_KEY : readKeyFile(values["key-file"]));
  if (!key) throw new Misuse("Name the key: XSEMA_KEY=xs_live_…, or --key-file with a file that holds it.");
  if (!/^[\x21-\x7e]{1,500}$/.test(key)) throw new Misuse("The key is none: it must be one word, xs_live_….");
  if (!/^\d{1,3}$/.test(values.interval) || Number(values.interval) < 1 || Number(values.interval) > 300)
    throw new Misuse("--interval must be whole seconds, 1 to 300.");
  const host = values.host ?? ownName;
  if (host === "" || host.length > 200) throw new Misuse("--host must be 1 to 200 characters long.");
  const warnings = [];
  if (values.key !== undefined)
    warnings.push("--key shows the key to everybody on this machine; better use XSEMA_KEY or --key-file.");
  if (url.protocol === "http:" && !isLocal(url))
    warnings.push(`${url.origin} is not encrypted: the key can be read on the way.`);
  return { url, key, host, interval_ms: Number(values.interval) * 1000, once: values.once, warnings };
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      options: {
        url: { type: "string" },
        key: { type: "string" },
        "key-file": { type: "string" },
        interval: { type: "string", default: "15" },
        host: { type: "string" },
        once: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new Misuse(error instanceof Error ? error.message : String(error));
  }
}
