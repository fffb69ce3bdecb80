import { parseArgs } from "node:util";
import pg from "pg";
import { type Platform, startPlatform } from "../scripts/local/platform.ts";
import { MASTER_KEY } from "../test/support/people.ts";
import { startStorm } from "../test/support/storm.ts";
import { CHROMIUM, launchBrowser } from "../test/web/support/browser.ts";
import { measureAlerts } from "./alerts/run.ts";
import { withBenchWorker } from "./auth/platform.ts";
import { HASHES, measureBurst, measureHash } from "./auth/run.ts";
import { sleep } from "./clock.ts";
import { runFanout } from "./fanout/run.ts";
import { startSocketIoPeer, startWsPeer, xsemaTarget } from "./fanout/targets.ts";
import { measureFirstEvents } from "./idle/run.ts";
import { measureIngest, measureRawInsert } from "./ingest/run.ts";
import { descendants } from "./process-usage.ts";
import { measureReads } from "./rest/run.ts";
import { measureTab, STYLES } from "./tab/run.ts";
import {
  measureBareLoop,
  measureFlood,
  measureLatency,
  startEndpoint,
  subscribe,
  subscribeCrowd,
} from "./webhooks/run.ts";

const HELP = `npm run bench -- [fanout] [storm] [ingest] [rest] [auth] [webhooks] [alerts] [idle] [tab] [--sockets 2000,10000] [--rate 50] [--seconds 10]

fanout  one room beside a plain ws server and Socket.IO: latency, deliveries, CPU, memory
storm   2,000 clients that resume at once, 300 events behind
ingest  events a second to Postgres, beside a raw batched insert (needs a PostgreSQL: BENCH_POSTGRES_URL)
rest    latency of reads at 200 a second, on the embedded database
auth    what a password hash costs, and what 20 log-ins at once do to other requests
webhooks  deliveries a second and commit to receipt, beside a bare loop of fetch to the same endpoint
alerts  what a changed metric costs 1,000 and 100,000 rules, beside a scan of all of them
idle    first event of new sockets of many collections, also after nobody watched for 130 s
tab     CPU of a browser tab with a busy collection (needs a Chromium: CHROMIUM names another than /usr/bin/chromium)
Without names, all of them. Everything runs on the loopback interface of this machine.`;

const POSTGRES = process.env.BENCH_POSTGRES_URL ?? "postgres://postgres@127.0.0.1:5432/postgres";

const round = (value: number) => Math.round(value * 10) / 10;

async function withPlatform(databaseUrl: string | undefined, work: (platform: Platform) => Promise<void>) {
  const platform = await startPlatform({ quiet: true, databaseUrl, vars: { LOG_LEVEL: "error" } });
  try {
    await work(platform);
  } finally {
    await platform.stop();
  }
}

async function post(platform: Platform, events: unknown[]) {
  const answer = await fetch(`${platform.url}/api/v1/market/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${platform.ingestKey}`, "content-type": "application/json" },
    body: JSON.stringify({ events }),
  });
  if (!answer.ok) throw new Error(`ingest was answered with ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

function sales(collection: string, prefix: string, count: number) {
  return Array.from({ length: count }, (_, i) => ({
    event_key: `${prefix}-${i}`,
    kind: "sale",
    collection,
    token_id: String(i),
    price: "1.5",
    currency: "ETH",
    occurred_at: new Date().toISOString(),
  }));
}

async function benchFanout(sockets: number[], rate: number, seconds: number): Promise<void> {
  const rows: Record<string, unknown>[] = [];
  for (const count of sockets) {
    const settings = { sockets: count, rate, seconds };
    const measure = async (target: Parameters<typeof runFanout>[0]) => {
      const run = await runFanout(target, settings);
      rows.push({
        server: run.name,
        sockets: count,
        "p50 ms": run.p50,
        "p95 ms": run.p95,
        "p99 ms": run.p99,
        "max ms": run.max,
        "deliveries/s": Math.round(run.deliveries_per_s),
        "server CPU s": round(run.server_cpu_s),
        "server MB": Math.round(run.server_rss_mb),
        "not whole": run.incomplete,
      });
    };
    await withPlatform(undefined, async (platform) => {
      await post(platform, sales("bench", "warm", 1));
      const pids = () => descendants(process.pid, "workerd");
      await measure(xsemaTarget({ url: platform.url, token: platform.ingestKey, pids }));
    });
    for (const start of [startWsPeer, startSocketIoPeer]) {
      const peer = await start();
      await measure(peer).finally(() => peer.stop());
    }
  }
  console.log(`\nfanout: ${rate} events/s for ${seconds} s, publish to receipt`);
  console.table(rows);
}

async function benchStorm(): Promise<void> {
  await withPlatform(undefined, async (platform) => {
    const slug = "storm";
    const before = (await post(platform, sales(slug, "before", 10))) as {
      positions: { epoch: string; head: number }[];
    };
    const { epoch = "", head = 0 } = before.positions[0] ?? {};
    await post(platform, sales(slug, "missed", 300));
    const url = `${platform.url.replace(/^http/, "ws")}/api/v1/collections/${slug}/live`;
    const storm = await startStorm({ url, clients: 2000, from: { epoch, seq: head }, expected: 300 });
    console.log("\nstorm: 2,000 clients resume at once, 300 events behind (budget: 5 s)");
    console.table([{ whole: storm.whole, wrong: storm.wrong, seconds: round(storm.elapsed_ms / 1000) }]);
  });
}

async function benchIngest(): Promise<void> {
  const admin = new pg.Client(POSTGRES);
  await admin.connect();
  const name = `xsema_bench_${process.pid}`;
  await admin.query(`create database ${name}`);
  const url = new URL(POSTGRES);
  url.pathname = `/${name}`;
  try {
    await withPlatform(url.href, async (platform) => {
      await measureIngest(platform, url.href, { events: 2000, rooms: 4 });
      const events = 20_000;
      const rows: Record<string, unknown>[] = [];
      for (const rooms of [1, 4]) {
        const raw = await measureRawInsert(url.href, events);
        const run = await measureIngest(platform, url.href, { events, rooms });
        rows.push({
          rooms,
          "accepted/s": Math.round(run.accepted_per_s),
          "in Postgres/s": Math.round(run.stored_per_s),
          "raw insert/s": Math.round(raw),
          "ratio to raw": Math.round((run.stored_per_s / raw) * 1000) / 1000,
        });
      }
      console.log("\ningest: 20,000 events in requests of 500, to PostgreSQL (budget: 2,000 events/s)");
      console.table(rows);
    });
  } finally {
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.end();
  }
}

async function benchRest(): Promise<void> {
  await withPlatform(undefined, async (platform) => {
    for (let i = 0; i < 10; i++) await post(platform, sales(`rest-${i % 5}`, `r${i}`, 1000));
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const api = `${platform.url}/api/v1`;
    const paths = ["collections", "collections/rest-1", "collections/rest-1/events?limit=50"];
    paths.push("collections/rest-1/stats?range=day", "collections/rest-1/candles?interval=1m");
    const rows: Record<string, unknown>[] = [];
    for (const path of [...paths, null]) {
      const urls = path === null ? paths.map((each) => `${api}/${each}`) : [`${api}/${path}`];
      const run = await measureReads(urls, { rate: 200, seconds: 5 });
      const { p50, p95, p99, failed } = run;
      rows.push({ read: path ?? "all of them", "p50 ms": p50, "p95 ms": p95, "p99 ms": p99, failed });
    }
    console.log("\nrest: reads at 200 a second on the embedded database (budget: p95 25 ms)");
    console.table(rows);
  });
}

async function benchAuth(): Promise<void> {
  await withBenchWorker(async (platform) => {
    await post(platform, sales("bench", "auth", 1000));
    const hashes: Record<string, unknown>[] = [];
    for (const hash of HASHES) {
      const { first, median } = await measureHash(`${platform.url}/bench/${hash}`, 15);
      hashes.push({ hash, "first ms": round(first), "median ms": median });
    }
    console.log("\nauth: one request that makes one hash, in workerd");
    console.table(hashes);

    const rows: Record<string, unknown>[] = [];
    const reads = [`${platform.url}/health`, `${platform.url}/api/v1/collections/bench`];
    for (const read of reads) {
      for (const login of [null, "login-at-once", "login-queued"]) {
        const url = login && `${platform.url}/bench/${login}`;
        const run = await measureBurst(read, url, { count: 20, rate: 100, calm_ms: 1500 });
        rows.push({
          read: new URL(read).pathname,
          "log-ins": login ?? "none",
          reads: run.reads,
          "p50 ms": run.p50,
          "p95 ms": run.p95,
          "max ms": run.max,
          "all answered ms": Math.round(run.burst_ms),
        });
      }
    }
    console.log("\nauth: reads at 100 a second while 20 log-ins come at once");
    console.table(rows);
  });
}

async function benchWebhooks(): Promise<void> {
  const vars = { LOG_LEVEL: "error", MASTER_KEY };
  const platform = await startPlatform({ quiet: true, vars });
  const endpoint = await startEndpoint();
  try {
    const bare = await measureBareLoop(endpoint, 2000);
    const rows: Record<string, unknown>[] = [
      {
        "to the endpoint": "a bare loop of fetch, 4 at once",
        "a second": Math.round(bare.per_s),
        "p50 ms": bare.p50,
        "p95 ms": bare.p95,
      },
    ];
    for (const endpoints of [1, 10]) {
      const slug = `flood-${endpoints}`;
      await subscribe(platform, endpoint, slug, endpoints);
      const count = endpoints === 1 ? 1000 : 200;
      const { per_s } = await measureFlood(endpoint, count * endpoints, () =>
        post(platform, sales(slug, slug, count)),
      );
      rows.push({
        "to the endpoint": `${count} sales to ${endpoints} webhook(s)`,
        "a second": Math.round(per_s),
      });
    }
    await subscribe(platform, endpoint, "in-order", 1, true);
    const inOrder = await measureFlood(endpoint, 300, () =>
      post(platform, sales("in-order", "in-order", 300)),
    );
    rows.push({ "to the endpoint": "300 sales to 1 ordered webhook", "a second": Math.round(inOrder.per_s) });
    await subscribe(platform, endpoint, "single", 1);
    const { p50, p95, max } = await measureLatency(platform, endpoint, 40, (n) =>
      post(platform, sales("single", `n${n}`, 1)),
    );
    rows.push({
      "to the endpoint": "single sales, flush to receipt",
      "p50 ms": p50,
      "p95 ms": p95,
      "max ms": max,
    });
    await subscribeCrowd(platform, endpoint, "crowd", 100);
    const crowd = await measureLatency(platform, endpoint, 160, (n) =>
      post(platform, sales("crowd", `c${n}`, 1)),
    );
    rows.push({
      "to the endpoint": "the same beside 100 webhooks that hang",
      "p50 ms": crowd.p50,
      "p95 ms": crowd.p95,
      "max ms": crowd.max,
    });
    console.log("\nwebhooks: signed deliveries from workerd, on the embedded database (budget: p95 1 s)");
    console.table(rows);
  } finally {
    endpoint.stop();
    await platform.stop();
  }
}

function benchAlerts(): void {
  const cases = [
    { rules: 1000, collections: 1000 },
    { rules: 100_000, collections: 1000 },
    { rules: 100_000, collections: 1 },
  ];
  const rows = cases.map(({ rules, collections }) => {
    const run = measureAlerts({ rules, collections, changes: 5000, scans: collections === 1 ? 20 : 200 });
    return {
      rules,
      collections,
      "median µs": round(run.median_us),
      "p99 µs": round(run.p99_us),
      "scan of all, median µs": round(run.scan_median_us),
      "transitions a change": round(run.transitions),
    };
  });
  console.log("\nalerts: rules on the floor, in memory, for one changed metric (budget: 10 ms)");
  console.table(rows);
}

/** Longer than a room remembers a relay without watchers (two minutes). */
const IDLE_MS = 130_000;

async function benchIdle(): Promise<void> {
  await withPlatform(undefined, async (platform) => {
    const collections = Array.from({ length: 6 }, (_, n) => `idle-${n}`);
    let published = 0;
    const publish = (slug: string) => post(platform, sales(slug, `${slug}-${published++}`, 1));
    for (const slug of collections) await publish(slug);
    const url = `${platform.url.replace(/^http/, "ws")}/api/v1/live`;
    // So many that every one of the eight relays has some.
    const measure = () => measureFirstEvents({ url, collections, sockets: 48, publish });
    const rows = [
      { relays: "new", ...(await measure()) },
      { relays: "used a moment ago", ...(await measure()) },
    ];
    for (const end = performance.now() + IDLE_MS; performance.now() < end; ) {
      await publish(collections[0] ?? "");
      await sleep(5000);
    }
    rows.push({ relays: "without a watcher for 130 s", ...(await measure()) });
    console.log(
      "\nidle: 48 sockets that follow 6 collections each, from the first event published to the first received",
    );
    console.table(rows.map(({ relays, p50, max }) => ({ relays, "p50 ms": p50, "max ms": max })));
  });
}

async function benchTab(seconds: number): Promise<void> {
  if (CHROMIUM === undefined) throw new Error("There is no Chromium here: name one in CHROMIUM.");
  const vars = { LOG_LEVEL: "error" };
  const platform = await startPlatform({ quiet: true, buildWeb: true, vars });
  const browser = await launchBrowser();
  try {
    const rows: Record<string, unknown>[] = [];
    let published = 0;
    for (const [index, [mark, style]] of Object.entries(STYLES).entries()) {
      const slug = `tab-${index}`;
      const publish = () => post(platform, sales(slug, `t${published++}`, 1));
      await publish();
      const asked = { url: `${platform.url}/c/${slug}`, style, seconds, rate: 3, publish };
      const { cores, main, rows: shown } = await measureTab(browser, asked);
      const hundredths = (value: number) => Math.round(value * 100) / 100;
      rows.push({
        mark,
        "cores, all": hundredths(cores),
        "cores, main thread": hundredths(main),
        rows: shown,
      });
    }
    console.log(
      `\ntab: a collection with 3 sales a second, watched for ${seconds} s by a headless Chromium without a GPU`,
    );
    console.table(rows);
  } finally {
    await browser.close();
    await platform.stop();
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sockets: { type: "string", default: "2000" },
    rate: { type: "string", default: "50" },
    seconds: { type: "string", default: "10" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const wants = (name: string) => positionals.length === 0 || positionals.includes(name);
if (wants("fanout"))
  await benchFanout(values.sockets.split(",").map(Number), Number(values.rate), Number(values.seconds));
if (wants("storm")) await benchStorm();
if (wants("ingest")) await benchIngest();
if (wants("rest")) await benchRest();
if (wants("auth")) await benchAuth();
if (wants("webhooks")) await benchWebhooks();
if (wants("alerts")) benchAlerts();
if (wants("idle")) await benchIdle();
if (wants("tab")) await benchTab(Number(values.seconds));
process.exit(0);
