import { Buffer, MOST_PER_PUSH } from "./buffer.mjs";
import { push } from "./push.mjs";

const HOUR_MS = 3_600_000;
/** About 25 MB, so that a machine with very many disks cannot fill its own memory. */
const MOST_SAMPLES = 100_000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
/** Where somebody must mend something first. */
const SLOW_WAIT_MS = 300_000;
const LAST_PUSH_MS = 5000;

/**
 * Resolves after `ms`, or at once when `signal` is given.
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function pause(ms, signal) {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}

/**
 * How long to wait after so many failures in a row: twice as long each time, up to a minute, and any part of the upper
 * half of it, so that many agents do not come back at once.
 * @param {number} failures
 * @param {() => number} random
 */
export function backOff(failures, random) {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 20));
  return longest / 2 + (longest / 2) * random();
}

/**
 * Lets the sender sleep until something was read, or it is to stop.
 * @param {AbortSignal} signal
 */
function createDoorbell(signal) {
  let ring = () => {};
  signal.addEventListener("abort", () => ring());
  return {
    ring: () => ring(),
    /** @returns {Promise<void>} */
    rung: () =>
      new Promise((resolve) => {
        ring = resolve;
        if (signal.aborted) resolve();
      }),
  };
}

/**
 * @typedef {object} Agent
 * @property {URL} url
 * @property {string} key
 * @property {number} interval_ms
 * @property {boolean} once
 * @property {(at: string) => Promise<import("./buffer.mjs").Sample[]>} read
 * @property {(line: string) => void} say
 * @property {AbortSignal} signal when it is to stop
 * @property {{ keep_ms: number, most: number }} [limits]
 * @property {() => number} [random]
 * @property {number} [slow_wait_ms]
 */

/**
 * Reads and sends until `signal`; resolves to whether what was read last has been sent (for `once`).
 * @param {Agent} agent
 */
export async function runAgent(agent) {
  const buffer = new Buffer(agent.limits ?? { keep_ms: HOUR_MS, most: MOST_SAMPLES });
  if (agent.once) {
    await collect(agent, buffer);
    return sendOnce(agent, buffer, agent.signal);
  }
  const doorbell = createDoorbell(agent.signal);
  const reading = readOn(agent, buffer, doorbell.ring);
  await sendOn(agent, buffer, doorbell.rung);
  await reading;
  // What was read since the last push, or an outage that just ended: one short attempt.
  if (buffer.size > 0) await sendOnce(agent, buffer, AbortSignal.timeout(LAST_PUSH_MS));
  if (buffer.size > 0) agent.say(`stopped; ${buffer.size} readings were not sent.`);
  return true;
}

/**
 * @param {Agent} agent
 * @param {Buffer} buffer
 */
async function collect(agent, buffer) {
  const now = Date.now();
  const samples = await agent.read(new Date(now).toISOString());
  return buffer.add(now, samples);
}

/**
 * Reads at every interval, by the clock, so that readings do not drift.
 * @param {Agent} agent
 * @param {Buffer} buffer
 * @param {() => void} ring
 */
async function readOn(agent, buffer, ring) {
  let dropping = false;
  while (!agent.signal.aborted) {
    try {
      const dropped = await collect(agent, buffer);
      if (dropped > 0 && !dropping)
        agent.say("an hour is waiting to be sent: from now on the oldest readings are dropped.");
      dropping = dropped > 0;
    } catch (error) {
      agent.say(`this machine could not be read: ${error instanceof Error ? error.message : error}`);
    }
    ring();
    await pause(agent.interval_ms - (Date.now() % agent.interval_ms), agent.signal);
  }
}

/**
 * Given so long after `signal`: what is under way at a stop may come to its end, or it would be sent twice.
 * @param {AbortSignal} signal
 * @param {number} ms
 */
function lastingLonger(signal, ms) {
  const later = new AbortController();
  signal.addEventListener("abort", () => setTimeout(() => later.abort(), ms).unref());
  return later.signal;
}

/**
 * Sends in order, one push at a time.
 * @param {Agent} agent
 * @param {Buffer} buffer
 * @param {() => Promise<void>} rung
 */
async function sendOn(agent, buffer, rung) {
  const { signal, say } = agent;
  const random = agent.random ?? Math.random;
  let failures = 0;
  let most = MOST_PER_PUSH;
  /** @type {Set<string>} */
  const told = new Set();
  const patience = lastingLonger(signal, LAST_PUSH_MS);
  while (!signal.aborted) {
    if (buffer.size === 0) {
      await rung();
      continue;
    }
    const { samples, readings, last_at } = buffer.next(most);
    const outcome = await push({ ...agent, samples, signal: patience });
    if (signal.aborted && outcome.kind === "wait") break;
    if (outcome.kind === "too_large" && readings > 1) {
      most = Math.floor(samples.length / 2);
      continue;
    }
    if (outcome.kind === "taken" || outcome.kind === "refused" || outcome.kind === "too_large") {
      buffer.sent(last_at);
      if (outcome.kind !== "taken") say(`${samples.length} readings are dropped, since ${outcome.why}`);
      else if (failures > 0)
        say(`${agent.url.origin} takes readings again; ${buffer.size} more are waiting.`);
      for (const reason of outcome.kind === "taken" ? outcome.rejected : []) tellOnce(told, say, reason);
      if (outcome.kind === "taken") failures = 0;
      continue;
    }
    failures += 1;
    const asked = outcome.kind === "wait" ? outcome.after_ms : (agent.slow_wait_ms ?? SLOW_WAIT_MS);
    const wait = asked === null ? backOff(failures, random) : asked + FIRST_WAIT_MS * random();
    if (failures === 1 || outcome.kind === "not_allowed")
      say(`${outcome.why} Readings wait; next attempt in ${Math.ceil(wait / 1000)} s.`);
    await pause(wait, signal);
  }
}

/**
 * @param {Set<string>} told
 * @param {(line: string) => void} say
 * @param {string} reason
 */
function tellOnce(told, say, reason) {
  if (told.has(reason) || told.size >= 100) return;
  told.add(reason);
  say(`some readings were not taken: ${reason}`);
}

/**
 * One attempt for everything that waits; whether nothing is left.
 * @param {Agent} agent
 * @param {Buffer} buffer
 * @param {AbortSignal} signal
 */
async function sendOnce(agent, buffer, signal) {
  while (buffer.size > 0) {
    const { samples, last_at } = buffer.next(MOST_PER_PUSH);
    const outcome = await push({ ...agent, samples, signal });
    if (outcome.kind !== "taken") {
      agent.say(outcome.why);
      return false;
    }
    for (const reason of outcome.rejected) agent.say(`some readings were not taken: ${reason}`);
    buffer.sent(last_at);
  }
  return true;
}
