import { beforeEach, expect, test } from "vitest";
import { previewRule } from "../../../shared/alerts/evaluate/preview.ts";
import { ManyMetricSeries, MetricSeries } from "../../../shared/contracts/metrics.ts";
import {
  activity_events,
  collections,
  metric_samples,
  metric_series,
} from "../../../shared/db/schema/index.ts";
import { getCollection } from "../../../shared/market/read-collections.ts";
import { storeEvents } from "../../../shared/market/store-events.ts";
import type { Somebody } from "../../support/account-app.ts";
import { ruleFields } from "../../support/alerts/rules.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { aBatch, aFloor, aFlushEvent } from "../../support/flush.ts";
import { metricsApp } from "./metrics-app.ts";

const NOW = "2026-01-10T12:00:30.000Z";

describeOnEachBackend("reading metrics", (backend) => {
  let app: ReturnType<typeof metricsApp>;
  let who: Somebody;
  beforeEach(async () => {
    app = metricsApp(backend);
    app.clock.now = Date.parse(NOW);
    who = await app.trader();
  });

  const ask = (query: string, user = who) => app.ask(user, "GET", `/metrics/query?${query}`);
  const series = async (query: string, user = who) => {
    const { status, body } = await ask(query, user);
    if (status !== 200) throw new Error(JSON.stringify(body));
    return MetricSeries.parse(body);
  };
  /** Hour and minute, and value, of each point. */
  const points = async (query: string, user = who) =>
    (await series(query, user)).points.map(({ at, value }) => `${at.slice(11, 16)} ${value}`);

  async function market() {
    const sale = (seq: number, at: string, price: string | null, more: object = {}) =>
      aFlushEvent(seq, {
        occurred_at: `2026-01-10T${at}:00Z`,
        price,
        currency: price && "ETH",
        from: `0x${seq}a`,
        to: `0x${seq}b`,
        ...more,
      });
    const listing = (seq: number, at: string, price: string, more = {}) =>
      aFlushEvent(
        seq,
        { kind: "listing", occurred_at: `2026-01-10T${at}:00Z`, price, order_id: `o${seq}`, to: null },
        {
          floor: {
            cause: "new_listing",
            floor: aFloor({ price, listed_at: `2026-01-10T${at}:00.000Z`, ...more }),
          },
        },
      );
    const events = [
      await listing(1, "10:00", "3"),
      await sale(2, "10:10", "2"),
      await sale(3, "10:20", "4", { token_id: "2" }),
      await listing(4, "10:25", "2.5"),
      await sale(5, "10:50", null, { token_id: "3" }),
      // The token goes back to who sold it.
      await sale(6, "11:05", "6", { token_id: "2", from: "0x3b", to: "0x3a" }),
    ];
    const state = {
      floor: aFloor({ price: "2.5" }),
      listed_count: 25,
      updated_at: "2026-01-10T11:59:00.000Z",
    };
    await storeEvents(backend.db, aBatch(events, { currency: "ETH", state }));
  }
  const SPAN = "collection=punks&from=2026-01-10T10:00:00Z&to=2026-01-10T11:30:00Z&step=30m";

  test("what is in force: the floor and the last price, unknown before the first", async () => {
    await market();
    expect(await series(`metric=market.floor&${SPAN}`)).toMatchObject({
      metric: "market.floor",
      labels: { collection: "punks" },
      unit: "price",
      currency: "ETH",
    });
    expect(await points(`metric=market.floor&${SPAN}`)).toEqual([
      "10:00 3",
      "10:30 2.5",
      "11:00 2.5",
      "11:30 2.5",
    ]);
    expect(
      await points(
        `metric=market.floor&collection=punks&from=2026-01-10T09:59:00Z&to=2026-01-10T10:01:00Z&step=1m`,
      ),
    ).toEqual(["09:59 null", "10:00 3", "10:01 3"]);
    expect(await points(`metric=market.last_price&${SPAN}`)).toEqual([
      "10:00 null",
      "10:30 4",
      "11:00 4",
      "11:30 6",
    ]);
  });

  test("a listing that is told late shows in the floors of when it stood, and in the change of a day", async () => {
    const listing = (seq: number, occurred_at: string, price: string, floor: boolean, more = {}) =>
      aFlushEvent(
        seq,
        {
          kind: "listing",
          occurred_at,
          price,
          token_id: String(seq),
          order_id: `o${seq}`,
          from: `0x${seq}`,
          to: null,
          ...more,
        },
        floor
          ? {
              floor: {
                cause: "new_listing",
                floor: aFloor({ price, listed_at: occurred_at, order_id: `o${seq}` }),
              },
            }
          : {},
      );
    const first = await listing(1, "2026-01-09T18:30:00.000Z", "12.7351", true);
    const state = { floor: aFloor({ price: "12.7351" }), updated_at: "2026-01-10T11:59:00.000Z" };
    await storeEvents(backend.db, aBatch([first], { currency: "ETH", state }));
    const late = [
      await listing(2, "2026-01-08T23:31:00.000Z", "12.9128", false),
      // Sold before, and known to be.
      await listing(3, "2026-01-09T02:00:00.000Z", "12.8", false),
      await aFlushEvent(4, {
        occurred_at: "2026-01-09T06:00:00.000Z",
        price: "12.8",
        token_id: "3",
        from: "0x3",
        to: "0x9",
      }),
      // A lot stands until all of it is sold, by its order.
      await listing(5, "2026-01-09T10:00:00.000Z", "12.5", false, { quantity: "3" }),
      ...(await Promise.all(
        [
          ["11:00", "1", "o5"],
          ["12:00", "3", "other"],
          ["13:00", "2", "o5"],
        ].map(([time, quantity, order_id], index) =>
          aFlushEvent(6 + index, {
            ...{
              occurred_at: `2026-01-09T${time}:00.000Z`,
              price: "12.5",
              token_id: "5",
              from: "0x5",
              to: "0x9",
            },
            ...{ quantity, order_id },
          }),
        ),
      )),
      await listing(9, "2026-01-09T14:00:00.000Z", "12.4", false),
      // Its maker raised the counter, of that marketplace.
      ...(await Promise.all(
        [
          ["14:30", "elsewhere"],
          ["15:00", null],
        ].map(([time, marketplace], index) =>
          aFlushEvent(10 + index, {
            ...{ kind: "cancel", occurred_at: `2026-01-09T${time}:00.000Z`, price: null, currency: null },
            ...{ token_id: null, from: "0x9", to: null, marketplace },
          }),
        ),
      )),
    ];
    await storeEvents(backend.db, aBatch(late, { currency: "ETH", state: { ...state, seq: 11 } }));
    const span = "collection=punks&from=2026-01-08T23:00:00Z&to=2026-01-09T20:00:00Z&step=1h";
    const { points: floors } = await series(`metric=market.floor&${span}`);
    const at = (time: string) => floors.find((point) => point.at === `2026-01-${time}:00:00.000Z`)?.value;
    expect(["08T23", "09T00", "09T03", "09T07", "09T18", "09T19"].map(at)).toEqual([
      ...[null, "12.9128", "12.8", "12.9128", "12.9128", "12.7351"],
    ]);
    expect(["09T10", "09T12", "09T13", "09T14", "09T15"].map(at)).toEqual([
      ...["12.5", "12.5", "12.9128", "12.4", "12.9128"],
    ]);
    const { change_24h } = await getCollection(backend.db, "punks", Date.parse("2026-01-10T13:30:00Z"));
    expect(change_24h).toBe("-1.3762");
  });

  test("figures of windows, worked out by hand", async () => {
    await market();
    const of = (metric: string, more = "") => points(`metric=market.${metric}&${SPAN}${more}`);
    expect(await of("sales")).toEqual(["10:00 null", "10:30 2", "11:00 3", "11:30 2"]);
    expect(await of("sales", "&window=30m")).toEqual(["10:00 null", "10:30 2", "11:00 1", "11:30 1"]);
    // Half an hour in which the only sale has no known price: its volume is not known either.
    expect(await of("volume", "&window=30m")).toEqual(["10:00 null", "10:30 6", "11:00 null", "11:30 6"]);
    expect(await of("average_price")).toEqual(["10:00 null", "10:30 3", "11:00 3", "11:30 6"]);
    expect(await of("top_sale")).toEqual(["10:00 null", "10:30 4", "11:00 4", "11:30 6"]);
    // The first sale of all is above none.
    expect(await of("record_sales", "&window=1d")).toEqual(["10:00 null", "10:30 1", "11:00 1", "11:30 2"]);
    // 6 of 12 went back to whom it came from.
    expect((await of("wash_trade_share", "&window=1d")).at(-1)).toBe("11:30 50");
  });

  test("every window has its beginning and not its end", async () => {
    const at = "2026-01-10T10:00:00Z";
    await storeEvents(
      backend.db,
      aBatch(
        [
          await aFlushEvent(1, { kind: "bid", occurred_at: "2026-01-09T00:00:00Z", from: "0xa", to: null }),
          await aFlushEvent(2, { occurred_at: at, price: "1", from: "0xa", to: "0xb" }),
          await aFlushEvent(3, { occurred_at: at, price: "2", from: "0xb", to: "0xa" }),
        ],
        { currency: "ETH" },
      ),
    );
    const of = (metric: string) =>
      points(`metric=market.${metric}&collection=punks&window=1h&from=${at}&to=2026-01-10T12:00:00Z&step=1h`);
    expect(await of("sales")).toEqual(["10:00 0", "11:00 2", "12:00 0"]);
    expect(await of("top_sale")).toEqual(["10:00 null", "11:00 2", "12:00 null"]);
    expect(await of("record_sales")).toEqual(["10:00 0", "11:00 1", "12:00 0"]);
    expect(await of("wash_trade_share")).toEqual(["10:00 null", "11:00 66.666666666666666667", "12:00 null"]);
    const span = { from: Date.parse(at), to: Date.parse("2026-01-10T13:00:00Z"), user_id: who.id };
    const { series: tried } = await previewRule(
      { db: backend.db },
      ruleFields({ metric: "market.sales", operator: ">", threshold: "5", window: "1h" }),
      span,
    );
    const plotted = new Map(tried[0]?.points.map((point) => [point.at, point.value]));
    expect(plotted.get("2026-01-10T10:00:00.000Z")).toBe("0");
  });

  test("the listed share is known now, and of no time before", async () => {
    await market();
    expect((await series("metric=market.listed_share&collection=punks")).points).toMatchObject([
      { value: null },
    ]);
    await backend.db.update(collections).set({ supply: "10000" });
    const { points: known } = await series("metric=market.listed_share&collection=punks");
    expect(known).toEqual([{ at: new Date(app.clock.now).toISOString(), value: "0.25" }]);
    expect(await points(`metric=market.listed_share&${SPAN}`)).toEqual([]);
  });

  test("rollups of days, hours and minutes say the same", async () => {
    await market();
    const at = (step: string) =>
      points(
        `metric=market.volume&collection=punks&window=1d&from=2026-01-10T23:00:00Z&to=2026-01-11T00:00:00Z&step=${step}`,
      );
    app.clock.now = Date.parse("2026-01-12T00:00:00Z");
    expect([(await at("1m")).at(-1), (await at("1h")).at(-1), (await at("1d")).at(-1)]).toEqual([
      "00:00 12",
      "00:00 12",
      "00:00 12",
    ]);
  });

  test("readings are averaged over a step, and a gap stays a gap", async () => {
    const cpu = (minute: string, value: number, host = "a", more = {}) => ({
      name: "host.cpu_percent",
      labels: { host, ...more },
      value,
      at: `2026-01-10T11:${minute}Z`,
    });
    await app.push(who, [
      cpu("00:00", 10),
      cpu("00:30", 20),
      cpu("01:00", 40),
      cpu("03:00", 5),
      cpu("00:00", 99, "b"),
    ]);
    const span = "from=2026-01-10T11:00:00Z&to=2026-01-10T11:03:00Z&step=1m";
    expect(await points(`metric=host.cpu_percent&host=a&${span}`)).toEqual([
      "11:00 10",
      "11:01 30",
      "11:02 null",
      "11:03 5",
    ]);
    expect(await points(`metric=host.cpu_percent&host=a&${span}&window=3m`)).toEqual([
      "11:00 10",
      "11:01 23.333333333333333333",
      "11:02 23.333333333333333333",
      "11:03 21.666666666666666667",
    ]);
    expect((await series(`metric=host.cpu_percent&host=a&${span}`)).labels).toEqual({ host: "a" });
    expect(await ask(`metric=host.cpu_percent&${span}`)).toMatchObject({
      status: 422,
      body: {
        errors: [{ pointer: "?labels", message: expect.stringContaining('{"host":"a"}, {"host":"b"}') }],
      },
    });
    expect(await ask(`metric=host.cpu_percent&host=c&${span}`)).toMatchObject({ status: 404 });
    const other = await app.trader();
    expect(await ask(`metric=host.cpu_percent&host=a&${span}`, other)).toMatchObject({ status: 404 });
  });

  test("many series are answered at once, those whose labels match", async () => {
    const at = "2026-01-10T12:00:00Z";
    const cpu = (host: string, value: number, more = {}) => ({
      name: "host.cpu_percent",
      labels: { host, ...more },
      value,
      at,
    });
    await app.push(who, [cpu("web-1", 1), cpu("web-2", 2, { zone: "a" }), cpu("db-1", 3), cpu("we%1", 4)]);
    await app.push(await app.trader(), [cpu("web-9", 9)]);
    const many = async (query: string) => {
      const { status, body } = await ask(`metric=host.cpu_percent&from=${at}&step=1m&${query}`);
      expect(status).toBe(200);
      const { data, has_more } = ManyMetricSeries.parse(body);
      const found = data.map(({ labels, points: [point] }) => `${labels.host} ${point?.value}`);
      return has_more ? [...found, "more"] : found;
    };
    const all = ["db-1 3", "we%1 4", "web-1 1", "web-2 2"];
    expect((await many("many=true")).toSorted()).toEqual(all);
    expect((await many("match.host=*")).toSorted()).toEqual(all);
    expect(await many("match.host=web-*")).toEqual(["web-1 1", "web-2 2"]);
    expect(await many("match.host=web-*&match.zone=!a")).toEqual(["web-1 1"]);
    expect(await many("many=true&zone=a")).toEqual(["web-2 2"]);
    expect(await many("match.host=we%25*")).toEqual(["we%1 4"]);
    expect(await many("match.host=web-*&limit=1")).toEqual(["web-1 1", "more"]);
    expect(await many("match.host=nothing")).toEqual([]);
  });

  test("a figure of many collections is answered at once", async () => {
    await backend.db
      .insert(collections)
      .values(
        ["ape_1", "apes", "cat"].map((slug) => ({ id: `col_${slug}`, slug, name: slug, source: "room" })),
      );
    const sale = { collection: "ape_2", occurred_at: "2026-01-10T11:30:00Z" };
    await storeEvents(backend.db, aBatch([await aFlushEvent(1, sale)]));
    const many = async (query: string) => {
      const { status, body } = await ask(`metric=market.sales&from=2026-01-10T12:00:00Z&step=1h&${query}`);
      expect(status).toBe(200);
      const { data, has_more } = ManyMetricSeries.parse(body);
      const found = data.map(({ labels, points: [point] }) => `${labels.collection} ${point?.value}`);
      return has_more ? [...found, "more"] : found;
    };
    expect(await many("match.collection=ape*")).toEqual(["ape_1 null", "ape_2 1", "apes null"]);
    expect(await many("match.collection=ape_*")).toEqual(["ape_1 null", "ape_2 1"]);
    expect(await many("match.collection=!ape_*&limit=1")).toEqual(["apes null", "more"]);
    expect(await many("many=true&limit=3")).toEqual(["ape_1 null", "ape_2 1", "apes null", "more"]);
    expect(await many("many=true&collection=cat")).toEqual(["cat null"]);
    expect(await many("many=true&collection=nobody")).toEqual([]);
  });

  test("the series of an answer have 50,000 points at most", async () => {
    const at = "2026-01-10T12:00:00Z";
    const names = Array.from({ length: 26 }, (_, i) => ({
      name: "shop.stock",
      labels: { item: String(i).padStart(2, "0") },
      value: i,
      at,
    }));
    await app.push(who, names);
    const span = "from=2026-01-10T11:26:41Z&to=2026-01-10T12:00:00Z&step=1s&metric=shop.stock&match.item=*";
    expect(await ask(`${span}&limit=26`)).toMatchObject({
      status: 422,
      body: {
        errors: [
          {
            pointer: "?step",
            message: "makes more than 50000 points of 26 series; make it longer, or limit lower",
          },
        ],
      },
    });
    const { status, body } = await ask(`${span}&limit=25`);
    expect(status).toBe(200);
    const { data, has_more } = ManyMetricSeries.parse(body);
    expect([data.length, has_more, data[0]?.points.length]).toEqual([25, true, 2000]);
    expect(data[24]?.points.at(-1)).toEqual({ at: "2026-01-10T12:00:00.000Z", value: "24" });
  });

  test("a series without more labels is meant where others have some, and a label may be called like a parameter", async () => {
    await app.push(who, [
      { name: "shop.stock", labels: { from: "x" }, value: 1, at: "2026-01-10T12:00:00Z" },
      { name: "shop.stock", labels: { from: "x", item: "1" }, value: 2, at: "2026-01-10T12:00:00Z" },
    ]);
    const span = "from=2026-01-10T12:00:00Z&step=1m";
    expect(await points(`metric=shop.stock&label.from=x&${span}`)).toEqual(["12:00 1"]);
    expect(await points(`metric=shop.stock&item=1&${span}`)).toEqual(["12:00 2"]);
  });

  test("one's activity is counted in windows, of one type or all", async () => {
    const row = (id: string, type: string, minute: string, user = who) => ({
      id,
      user_id: user.id,
      type,
      data: {},
      occurred_at: `2026-01-10T11:${minute}:00Z`,
      created_at: NOW,
    });
    await backend.db
      .insert(activity_events)
      .values([
        row("1", "a", "00"),
        row("2", "a", "30"),
        row("3", "b", "31"),
        row("4", "a", "30", await app.trader()),
      ]);
    const span = "from=2026-01-10T11:00:00Z&to=2026-01-10T12:00:00Z&step=30m";
    expect(await points(`metric=activity.count&type=a&${span}`)).toEqual(["11:00 0", "11:30 1", "12:00 2"]);
    expect(await points(`metric=activity.count&${span}`)).toEqual(["11:00 0", "11:30 1", "12:00 3"]);
    const { body } = await ask(`metric=activity.count&${span}&many=true`);
    const { data } = ManyMetricSeries.parse(body);
    expect(
      data.map(({ labels, points: found }) => [labels.type, ...found.map(({ value }) => value)]),
    ).toEqual([
      ["a", "0", "1", "2"],
      ["b", "0", "0", "1"],
    ]);
    const { body: others } = await ask(`metric=activity.count&${span}&match.type=!a`);
    expect(ManyMetricSeries.parse(others).data.map(({ labels }) => labels.type)).toEqual(["b"]);
  });

  test("the platform's readings are for who may read its state", async () => {
    const at = "2026-01-10T12:00:00Z";
    await backend.db.insert(metric_series).values({
      id: "mse_1",
      user_id: null,
      name: "platform.connections",
      labels: {},
      fingerprint: "f",
      subject: "",
      created_at: at,
    });
    await backend.db.insert(metric_samples).values({ series_id: "mse_1", at, value: "7" });
    const query = "metric=platform.connections&from=2026-01-10T12:00:00Z&step=1m";
    expect(await ask(query)).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining("monitoring:read") },
    });
    expect(await points(query, await app.enter("manager"))).toEqual(["12:00 7"]);
  });

  test.each([
    ["metric=market.nothing", 422, "?metric"],
    ["metric=market.floor", 422, "?collection"],
    ["metric=market.floor&collection=nobody", 404, undefined],
    ["metric=market.floor&collection=punks&window=1h", 422, "?window"],
    ["metric=market.floor&collection=punks&host=a", 422, "?host"],
    ["metric=market.sales&collection=punks&step=30s", 422, "?step"],
    ["metric=market.sales&collection=punks&step=1m&from=2026-01-01", 422, "?step"],
    ["metric=market.floor&collection=punks&from=2026-02-01", 422, "?from"],
    ["metric=market.floor&collection=punks&from=yesterday", 422, "?from"],
    ["metric=market.record_sales&match.collection=*", 422, "?many"],
    ["metric=market.sales&match.host=*", 422, "?match.host"],
    ["metric=activity.count&match.host=*", 422, "?match.host"],
    ["metric=shop.a&match.Host=*", 422, "?match.Host"],
    ["metric=shop.a&match.host=a&many=false", 422, "?many"],
    ["metric=shop.a&many=true&limit=101", 422, "?limit"],
    ["metric=shop.a&UPPER=1", 422, "?UPPER"],
    ["metric=shop.a&step=nonsense", 422, "?step"],
  ])("%s is answered with %i", async (query, status, pointer) => {
    const answer = await ask(query);
    expect(answer.status).toBe(status);
    if (pointer !== undefined) expect(answer.body).toMatchObject({ errors: [{ pointer }] });
  });

  test("the catalogue has everybody's metrics, and one's own with their labels", async () => {
    await app.push(who, [{ name: "shop.stock", labels: { item: "1", region: "eu" }, value: 1 }]);
    const names = async (user: Somebody) => {
      const { body } = await app.ask(user, "GET", "/metrics/catalogue");
      return Object(body.data).map(
        ({ name, labels }: { name: string; labels: string[] }) => `${name} ${labels.join()}`,
      );
    };
    expect(await names(who)).toContain("market.floor collection");
    expect(await names(who)).toContain("shop.stock item,region");
    expect((await names(await app.trader())).filter((name: string) => name.startsWith("shop."))).toEqual([]);
  });

  test("series are listed page by page, one's own only", async () => {
    const at = "2026-01-10T12:00:00.000Z";
    await app.push(who, [
      { name: "shop.b", value: 1, at },
      { name: "host.load_1m", labels: { host: "a" }, value: "0.5", at },
      { name: "shop.a", value: 5, at, type: "counter" },
    ]);
    await app.push(await app.trader(), [{ name: "shop.c", value: 1, at }]);
    const page = async (query: string) => (await app.ask(who, "GET", `/metrics/series${query}`)).body;
    const first = await page("?limit=2");
    expect(first.data).toMatchObject([
      { metric: "host.load_1m", labels: { host: "a" }, type: "gauge", value: "0.5", last_at: at },
      { metric: "shop.a", type: "counter", value: null, last_at: at },
    ]);
    const second = await page(`?limit=2&cursor=${first.next_cursor}`);
    expect(second).toMatchObject({ data: [{ metric: "shop.b" }], next_cursor: null });
    expect((await page("?host=a")).data).toHaveLength(1);
    expect((await page("?metric=shop.a")).data).toHaveLength(1);
  });
});
