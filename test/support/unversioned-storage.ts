/** What objects of every class kept before storages had versions, as read from running ones. Never edited. */
export const accountGate = {
  schema: [
    "CREATE TABLE account (\n  id integer primary key check (id = 1), user_id text not null, access text, dirty integer not null\n)",
    "CREATE TABLE places (\n  session_id text not null, kind text not null, name text not null, primary key (session_id, kind, name)\n) without rowid",
    "CREATE TABLE sessions (\n  id text primary key, last_used_at integer not null, expires_at integer not null, mfa_at integer,\n  used_at integer not null, saved_at integer not null\n) without rowid",
    "CREATE TABLE tickets (\n  hash text primary key, session_id text not null, version integer not null, expires_at integer not null\n) without rowid",
  ],
  rows: {
    account: [
      {
        id: 1,
        user_id: "usr_1",
        access:
          '{"user_id":"usr_1","email":"a@b.example","role":"trader","plan":"free","status":"active","version":3,"permissions":["market:read"],"mfa_enabled":false,"must_change_password":false}',
        dirty: 0,
      },
    ],
    places: [
      {
        session_id: "ses_1",
        kind: "collection",
        name: "punks",
      },
    ],
    sessions: [
      {
        id: "ses_1",
        last_used_at: 1796040000000,
        expires_at: 5796040000000,
        mfa_at: null,
        used_at: 1796040000000,
        saved_at: 1796040000000,
      },
    ],
    tickets: [
      {
        hash: "hash",
        session_id: "ses_1",
        version: 3,
        expires_at: 5796040000000,
      },
    ],
  },
  kv: {},
};

export const alertEngine = {
  schema: [],
  rows: {},
  kv: {
    name: "collection:punks",
  },
};

export const apiKeyGate = {
  schema: [
    "CREATE TABLE activity (id integer primary key check (id = 1), content text not null)",
    "CREATE TABLE known (\n  id integer primary key check (id = 1), key_hash text not null, standing text not null, dirty integer not null\n)",
    "CREATE TABLE places (kind text not null, name text not null, primary key (kind, name)) without rowid",
  ],
  rows: {
    activity: [
      {
        id: 1,
        content:
          '{"used_at":1796040000000,"ip":"127.0.0.1","told_use":1796040000000,"told_at":1796040000000,"counts":[[1795262400,3]]}',
      },
    ],
    known: [
      {
        id: 1,
        key_hash: "h",
        standing:
          '{"id":"key_1","scopes":["market:read"],"requests_per_minute":60,"expires_at":null,"revoked":false,"owner":{"user_id":"usr_1","email":"a@b.example","role":"trader","plan":"free","status":"active","version":3,"permissions":["market:read"],"mfa_enabled":false,"must_change_password":false}}',
        dirty: 0,
      },
    ],
    places: [
      {
        kind: "collection",
        name: "punks",
      },
    ],
  },
  kv: {},
};

export const collectionRoom = {
  schema: [
    "CREATE TABLE book (\n    order_id text primary key, token_id text, maker text, marketplace text, source text not null,\n    price text not null, sort text not null, currency text not null, unit text not null,\n    quantity text not null, listed_at integer not null, expires_at integer, event_key text not null\n  , named integer, end_price text, starts_at integer) without rowid",
    "CREATE TABLE closed_listings (\n    order_id text not null, token_id text, maker text, marketplace text, source text not null,\n    price text not null, sort text not null, currency text not null, unit text not null,\n    quantity text not null, listed_at integer not null, expires_at integer, event_key text primary key,\n    closed_by text, closed_at integer not null\n  , named integer, end_price text, starts_at integer) without rowid",
    "CREATE TABLE facts (name text primary key, value text not null) without rowid",
    "CREATE TABLE key_turns (\n      seq integer primary key, turn integer not null, corrects_turn integer not null)",
    "CREATE TABLE keys (hash text primary key, seq integer not null, at integer not null, turn integer not null default 0, ended_by text) without rowid",
    "CREATE TABLE log (seq integer primary key, at integer not null, body text not null)",
    "CREATE TABLE marks (name text primary key, value text not null) without rowid",
    "CREATE TABLE order_ends (\n    order_id text not null, event_key text not null, at integer not null, quantity text,\n    told_at integer not null, primary key (order_id, event_key)\n  ) without rowid",
    "CREATE TABLE pending_raw (seq integer primary key, body text not null)",
    "CREATE TABLE recent_sales (\n    seq integer primary key, at integer not null, event_key text not null, body text not null\n  , block integer not null default 0, log integer not null default 0)",
    "CREATE TABLE relays (name text primary key, at integer not null) without rowid",
    "CREATE TABLE retracted (event_key text primary key, at integer not null) without rowid",
    "CREATE TABLE sale_minutes (\n    minute integer not null, unit text not null, source text not null,\n    sales integer not null, volume text not null, primary key (minute, unit, source)\n  ) without rowid",
    "CREATE TABLE set_aside (\n      seq integer primary key, at integer not null, sqlstate text not null, body text not null, raw text\n    )",
    "CREATE TABLE token_ends (\n    token_id text not null, event_key text not null, at integer not null, kind text not null,\n    holder text, marketplace text, order_id text, told_at integer not null, primary key (token_id, event_key)\n  ) without rowid",
    "CREATE INDEX book_event on book (event_key)",
    "CREATE INDEX book_expiry on book (expires_at) where expires_at is not null",
    "CREATE INDEX book_floor on book (unit, sort)",
    "CREATE INDEX book_maker on book (maker)",
    "CREATE INDEX book_timed on book (unit, sort) where end_price is not null or starts_at is not null",
    "CREATE INDEX book_token on book (token_id)",
    "CREATE INDEX closed_listings_at on closed_listings (closed_at)",
    "CREATE INDEX closed_listings_by on closed_listings (closed_by)",
    "CREATE INDEX closed_listings_order on closed_listings (order_id)",
    "CREATE INDEX closed_listings_token on closed_listings (token_id, maker)",
    "CREATE INDEX keys_at on keys (at)",
    "CREATE INDEX order_ends_event on order_ends (event_key)",
    "CREATE INDEX order_ends_told on order_ends (told_at)",
    "CREATE INDEX recent_sales_at on recent_sales (at, seq)",
    "CREATE INDEX recent_sales_key on recent_sales (event_key)",
    "CREATE INDEX recent_sales_order on recent_sales (at, block, log, seq)",
    "CREATE INDEX token_ends_event on token_ends (event_key)",
    "CREATE INDEX token_ends_holder on token_ends (token_id, holder)",
    "CREATE INDEX token_ends_told on token_ends (told_at)",
  ],
  rows: {
    book: [
      {
        order_id: "0x1",
        token_id: "1",
        maker: "0xa",
        marketplace: null,
        source: "push",
        price: "12",
        sort: "000000000000000000000000000000000000000000000000000000000000000000000000000012.000000000000000000000000000000000000",
        currency: "ETH",
        unit: "ETH",
        quantity: "1",
        listed_at: 1796040000000,
        expires_at: null,
        event_key: "l1",
        named: 1,
        end_price: null,
        starts_at: null,
      },
      {
        order_id: "0x3",
        token_id: "3",
        maker: "0xc",
        marketplace: null,
        source: "push",
        price: "30",
        sort: "000000000000000000000000000000000000000000000000000000000000000000000000000020.000000000000000000000000000000000000",
        currency: "ETH",
        unit: "ETH",
        quantity: "1",
        listed_at: 1796040120000,
        expires_at: 4039372800000,
        event_key: "l3",
        named: 1,
        end_price: "20",
        starts_at: 1796040120000,
      },
    ],
    closed_listings: [
      {
        order_id: "0x2",
        token_id: "2",
        maker: "0xb",
        marketplace: null,
        source: "push",
        price: "10",
        sort: "000000000000000000000000000000000000000000000000000000000000000000000000000010.000000000000000000000000000000000000",
        currency: "ETH",
        unit: "ETH",
        quantity: "1",
        listed_at: 1796040060000,
        expires_at: 4070908800000,
        event_key: "l2",
        closed_by: "s1",
        closed_at: 1796068496121,
        named: 1,
        end_price: null,
        starts_at: null,
      },
    ],
    facts: [
      {
        name: "floor",
        value:
          '{"price":"12","currency":"ETH","basis":"item","token_id":"1","order_id":"0x1","marketplace":null,"source":"push","listed_at":"2026-11-30T12:00:00.000Z"}',
      },
      {
        name: "floor_at",
        value: "1796068496121",
      },
      {
        name: "floor_change",
        value:
          '{"cause":"sale","at":"2026-11-30T12:03:00.000Z","floor":{"price":"12","currency":"ETH","basis":"item","token_id":"1","order_id":"0x1","marketplace":null,"source":"push","listed_at":"2026-11-30T12:00:00.000Z"},"previous":{"price":"10","currency":"ETH","basis":"item","token_id":"2","order_id":"0x2","marketplace":null,"source":"push","listed_at":"2026-11-30T12:01:00.000Z"}}',
      },
      {
        name: "slug",
        value: '"punks"',
      },
      {
        name: "unit",
        value: '"ETH"',
      },
    ],
    key_turns: [
      {
        seq: 7,
        turn: 1,
        corrects_turn: 0,
      },
    ],
    keys: [
      {
        hash: "10dacdccfe877dc064d57442e6fa7a4e",
        seq: 3,
        at: 1796068496121,
        turn: 0,
        ended_by: null,
      },
      {
        hash: "2804bad6fe94a55f18b2b37e300919a5",
        seq: 1,
        at: 1796068496121,
        turn: 0,
        ended_by: null,
      },
      {
        hash: "8a1cee436cbac1489a1883c9d886fcfc",
        seq: 2,
        at: 1796068496121,
        turn: 0,
        ended_by: null,
      },
      {
        hash: "ad328846aa18b32a335816374511cac1",
        seq: 7,
        at: 1796068496121,
        turn: 1,
        ended_by: null,
      },
      {
        hash: "d0f631ca1ddba8db3bcfcb9e057cdc98",
        seq: 6,
        at: 1796068496121,
        turn: 0,
        ended_by: "ad328846aa18b32a335816374511cac1",
      },
      {
        hash: "e8bc163c82eee18733288c7d4ac636db",
        seq: 4,
        at: 1796068496121,
        turn: 0,
        ended_by: null,
      },
      {
        hash: "ec31682fde561917952ff78a7a8adeff",
        seq: 8,
        at: 1796068496121,
        turn: 0,
        ended_by: null,
      },
    ],
    log: [
      {
        seq: 1,
        at: 1796068496121,
        body: '{"event_key":"l1","kind":"listing","collection":"punks","epoch":"ep_01a22e0652dd7333929a9b6897b719d2","seq":1,"received_at":"2026-11-30T19:54:56.121Z","token_id":"1","price":"12","price_basis":"item","total_price":"12","currency":"ETH","price_usd":null,"end_price":null,"starts_at":null,"quantity":"1","from":"0xa","to":null,"tx_hash":null,"block_number":null,"log_index":null,"order_id":"0x1","marketplace":null,"source":"push","simulated":false,"corrects":null,"occurred_at":"2026-11-30T12:00:00.000Z","expires_at":null,"floor_change":{"cause":"new_listing","at":"2026-11-30T12:00:00.000Z","floor":{"price":"12","currency":"ETH","basis":"item","token_id":"1","order_id":"0x1","marketplace":null,"source":"push","listed_at":"2026-11-30T12:00:00.000Z"},"previous":null}}',
      },
      {
        seq: 2,
        at: 1796068496121,
        body: '{"event_key":"l2","kind":"listing","collection":"punks","epoch":"ep_01a22e0652dd7333929a9b6897b719d2","seq":2,"received_at":"2026-11-30T19:54:56.121Z","token_id":"2","price":"10","price_basis":"item","total_price":"10","currency":"ETH","price_usd":null,"end_price":null,"starts_at":null,"quantity":"1","from":"0xb","to":null,"tx_hash":null,"block_number":null,"log_index":null,"order_id":"0x2","marketplace":null,"source":"push","simulated":false,"corrects":null,"occurred_at":"2026-11-30T12:01:00.000Z","expires_at":"2099-01-01T00:00:00.000Z","floor_change":{"cause":"new_listing","at":"2026-11-30T12:01:00.000Z","floor":{"price":"10","currency":"ETH","basis":"item","token_id":"2","order_id":"0x2","marketplace":null,"source":"push","listed_at":"2026-11-30T12:01:00.000Z"},"previous":{"price":"12","currency":"ETH","basis":"item","token_id":"1","order_id":"0x1","marketplace":null,"source":"push","listed_at":"2026-11-30T12:00:00.000Z"}}}',
      },
      {
        seq: 3,
        at: 1796068496121,
        body: '{"event_key":"l3","kind":"listing","collection":"punks","epoch":"ep_01a22e0652dd7333929a9b6897b719d2","seq":3,"received_at":"2026-11-30T19:54:56.121Z","token_id":"3","price":"30","price_basis":"item","total_price":"30","currency":"ETH","price_usd":null,"end_price":"20","starts_at":"2026-11-30T12:02:00.000Z","quantity":"1","from":"0xc","to":null,"tx_hash":null,"block_number":null,"log_index":null,"order_id":"0x3","marketplace":null,"source":"push","simulated":false,"corrects":null,"occurred_at":"2026-11-30T12:02:00.000Z","expires_at":"2098-01-01T00:00:00.000Z","floor_change":null}',
      },
      {
        seq: 4,
        at: 1796068496121,
        body: '{"event_key":"s1","kind":"sale","collection":"punks","epoch":"ep_01a22e0652dd7333929a9b6897b719d2","seq":4,"received_at":"2026-11-30T19:54:56.121Z","token_id":"2","price":"11","price_basis":"item","total_price":"11","currency":"ETH","price_usd":null,"end_price":null,"starts_at":null,"quantity":"1","from":"0xb","to":"0xd","tx_hash":null,"block_number":7,"log_index":1,"order_id":"0x2","marketplace":null,"source":"push","simulated":false,"corrects":null,"occurred_at":"2026-11-30T12:03:00.000Z","expires_at":null,"floor_change":{"cause":"sale","at":"2026-11-30T12:03:00.000Z","floor":{"price":"12","currency":"ETH","basis":"item","token_id":"1","order_id":"0x1","marketplace":null,"source":"push","listed_at":"2026-11-30T12:00:00.000Z"},"previous":{"price":"10","currency":"ETH","basis":"item","token_id":"2","order_id":"0x2","marketplace":null,"source":"push","listed_at":"2026-11-30T12:01:00.000Z"}}}',
      },
      {
        seq: 5,
        at: 1796068496121,
        body: '{"event_key":"s2","kind":"sale","collection":"punks","epoch":"ep_01a22e0652dd7333929a9b6897b719d2","seq":5,"received_at":"2026-11-30T19:54:56.121Z","token_id":"9","price":"9","price_basis":"item","total_price":"9","currency":"ETH","price_usd":null,"end_price":null,"starts_at":null,"quantity":"1","from":"0xe","to":"0xf","tx_hash":null,"block_number":null,"log_index":null,"order_id":null,"marketplace":null,"source":"push","simulated":false,"corrects":null,"occurred_at":"2026-11-30T12:04:00.000Z","expires_at":null,"floor_change":null}',
      },
      {
        seq: 6,
        at: 1796068496121,
        body: '{"event_key":"c1","kind":"cancel","collection":"punks","epoch":"ep_01a22e0652dd7333929a9b6897b719d2","seq":6,"received_at":"2026-11-30T19:54:56.121Z","token_id":"9","price":null,"price_basis":"item","total_price":null,"currency":null,"price_usd":null,"end_price":null,"starts_at":null,"quantity":"1","from":null,"to":null,"tx_hash":null,"block_number":null,"log_index":null,"order_id":null,"marketplace":null,"source":"push","simulated":false,"corrects":"s2","occurred_at":"2026-11-30T12:05:00.000Z","expires_at":null,"floor_change":null}',
      },
      {
        seq: 7,
        at: 1796068496121,
        body: '{"event_key":"s2","kind":"sale","collection":"punks","epoch":"ep_01a22e0652dd7333929a9b6897b719d2","seq":7,"received_at":"2026-11-30T19:54:56.121Z","token_id":"9","price":"9.5","price_basis":"item","total_price":"9.5","currency":"ETH","price_usd":null,"end_price":null,"starts_at":null,"quantity":"1","from":"0xe","to":"0xf","tx_hash":null,"block_number":null,"log_index":null,"order_id":null,"marketplace":null,"source":"push","simulated":false,"corrects":null,"occurred_at":"2026-11-30T12:06:00.000Z","expires_at":null,"floor_change":null}',
      },
      {
        seq: 8,
        at: 1796068496121,
        body: '{"event_key":"x1","kind":"cancel","collection":"punks","epoch":"ep_01a22e0652dd7333929a9b6897b719d2","seq":8,"received_at":"2026-11-30T19:54:56.121Z","token_id":"77","price":null,"price_basis":"item","total_price":null,"currency":null,"price_usd":null,"end_price":null,"starts_at":null,"quantity":"1","from":"0x7","to":null,"tx_hash":null,"block_number":null,"log_index":null,"order_id":"0x77","marketplace":null,"source":"push","simulated":false,"corrects":null,"occurred_at":"2026-11-30T12:07:00.000Z","expires_at":null,"floor_change":null}',
      },
    ],
    marks: [
      {
        name: "epoch",
        value: "ep_01a22e0652dd7333929a9b6897b719d2",
      },
      {
        name: "sent",
        value: "8",
      },
    ],
    order_ends: [
      {
        order_id: "0x2",
        event_key: "s1",
        at: 1796040180000,
        quantity: "1",
        told_at: 1796068496121,
      },
      {
        order_id: "0x77",
        event_key: "x1",
        at: 1796040420000,
        quantity: null,
        told_at: 1796068496121,
      },
    ],
    pending_raw: [
      {
        seq: 5,
        body: '{"sent":"as is"}',
      },
    ],
    recent_sales: [
      {
        seq: 4,
        at: 1796040180000,
        event_key: "s1",
        body: '{"event_key":"s1","kind":"sale","collection":"punks","epoch":"ep_01a22e0652dd7333929a9b6897b719d2","seq":4,"received_at":"2026-11-30T19:54:56.121Z","token_id":"2","price":"11","price_basis":"item","total_price":"11","currency":"ETH","price_usd":null,"end_price":null,"starts_at":null,"quantity":"1","from":"0xb","to":"0xd","tx_hash":null,"block_number":7,"log_index":1,"order_id":"0x2","marketplace":null,"source":"push","simulated":false,"corrects":null,"occurred_at":"2026-11-30T12:03:00.000Z","expires_at":null,"floor_change":{"cause":"sale","at":"2026-11-30T12:03:00.000Z","floor":{"price":"12","currency":"ETH","basis":"item","token_id":"1","order_id":"0x1","marketplace":null,"source":"push","listed_at":"2026-11-30T12:00:00.000Z"},"previous":{"price":"10","currency":"ETH","basis":"item","token_id":"2","order_id":"0x2","marketplace":null,"source":"push","listed_at":"2026-11-30T12:01:00.000Z"}}}',
        block: 7,
        log: 1,
      },
      {
        seq: 7,
        at: 1796040360000,
        event_key: "s2",
        body: '{"event_key":"s2","kind":"sale","collection":"punks","epoch":"ep_01a22e0652dd7333929a9b6897b719d2","seq":7,"received_at":"2026-11-30T19:54:56.121Z","token_id":"9","price":"9.5","price_basis":"item","total_price":"9.5","currency":"ETH","price_usd":null,"end_price":null,"starts_at":null,"quantity":"1","from":"0xe","to":"0xf","tx_hash":null,"block_number":null,"log_index":null,"order_id":null,"marketplace":null,"source":"push","simulated":false,"corrects":null,"occurred_at":"2026-11-30T12:06:00.000Z","expires_at":null,"floor_change":null}',
        block: 0,
        log: 0,
      },
    ],
    relays: [
      {
        name: "relay-1",
        at: 1796068496230,
      },
    ],
    retracted: [],
    sale_minutes: [
      {
        minute: 29934003,
        unit: "ETH",
        source: "push",
        sales: 1,
        volume: "11",
      },
      {
        minute: 29934004,
        unit: "ETH",
        source: "push",
        sales: 0,
        volume: "0",
      },
      {
        minute: 29934006,
        unit: "ETH",
        source: "push",
        sales: 1,
        volume: "9.5",
      },
    ],
    set_aside: [
      {
        seq: 8,
        at: 1796040000000,
        sqlstate: "22P05",
        body: '{"event_key":"x1","kind":"cancel","collection":"punks","epoch":"ep_01a22e0652dd7333929a9b6897b719d2","seq":8,"received_at":"2026-11-30T19:54:56.121Z","token_id":"77","price":null,"price_basis":"item","total_price":null,"currency":null,"price_usd":null,"end_price":null,"starts_at":null,"quantity":"1","from":"0x7","to":null,"tx_hash":null,"block_number":null,"log_index":null,"order_id":"0x77","marketplace":null,"source":"push","simulated":false,"corrects":null,"occurred_at":"2026-11-30T12:07:00.000Z","expires_at":null,"floor_change":null}',
        raw: null,
      },
    ],
    token_ends: [
      {
        token_id: "2",
        event_key: "s1",
        at: 1796040180000,
        kind: "sale",
        holder: "0xb",
        marketplace: null,
        order_id: "0x2",
        told_at: 1796068496121,
      },
      {
        token_id: "9",
        event_key: "s2",
        at: 1796040360000,
        kind: "sale",
        holder: "0xe",
        marketplace: null,
        order_id: null,
        told_at: 1796068496121,
      },
    ],
  },
  kv: {},
};

export const liveRelay = {
  schema: ["CREATE TABLE positions (collection text primary key, epoch text not null, seq integer not null)"],
  rows: {
    positions: [
      {
        collection: "punks",
        epoch: "ep_1",
        seq: 8,
      },
    ],
  },
  kv: {},
};

export const loginGuard = {
  schema: [
    "CREATE TABLE guards (name text primary key, state text not null, forgotten_at integer not null) without rowid",
    "CREATE INDEX guards_forgotten on guards (forgotten_at)",
  ],
  rows: {
    guards: [
      {
        name: "account:a",
        state:
          '{"failures":1,"last_at":1796068497011,"blocked_until":0,"pending":[],"limits":{"free":3,"base_ms":1000,"max_ms":60000,"forget_after_ms":4000000000000}}',
        forgotten_at: 5796068497011,
      },
    ],
  },
  kv: {},
};

export const providerFeed = {
  schema: [],
  rows: {},
  kv: {
    failures: {
      count: 3,
      retry_at: 5796040000000,
    },
    request: {
      provider: "opensea",
      collections: ["punks"],
      asked_at: 1796040000000,
    },
  },
};

export const providerGate = {
  schema: [],
  rows: {},
  kv: {
    gate: {
      counts: [[[1796068497, 1]]],
      circuit: {
        failures: 0,
        opened: 0,
        open_until: null,
        trial_until: null,
      },
      throttled: {
        times: 0,
        until: 0,
      },
      left: null,
      clock: 1796068497050,
    },
  },
};

export const statusBoard = {
  schema: [
    "CREATE TABLE health (\n      name text primary key, status text not null, since integer not null, seen_at integer not null)",
    "CREATE TABLE marks (id integer primary key, body text not null)",
    "CREATE TABLE requests (\n      method text not null, route text not null, status text not null,\n      count integer not null, sum_s real not null, buckets text not null,\n      primary key (method, route, status))",
    "CREATE TABLE statuses (name text primary key, at integer not null, body text not null)",
  ],
  rows: {
    health: [
      {
        name: "database",
        status: "ok",
        since: 1796068496930,
        seen_at: 1796068496930,
      },
    ],
    marks: [
      {
        id: 1,
        body: '{"at":1796068496921,"requests":3,"errors":0,"buckets":[0,0,0,0,0,0,0,0,0,0,0,0,3]}',
      },
      {
        id: 2,
        body: '{"at":1796068496920,"requests":3,"errors":0,"buckets":[0,0,0,0,0,0,0,0,0,0,0,0,3]}',
      },
    ],
    requests: [
      {
        method: "GET",
        route: "/api/v1/collections",
        status: "2xx",
        count: 3,
        sum_s: 0.3,
        buckets: "[0,0,0,0,0,0,0,0,0,0,0,0,3]",
      },
    ],
    statuses: [
      {
        name: "collection:punks",
        at: 1796068496914,
        body: '{"room":"punks","kind":"collection","connections":1,"subscriptions":1,"head":8,"flushed":0,"unflushed":8,"flush_lag_ms":5,"flush_error":null,"flush_failing":false,"set_aside":1,"notice":null,"fault":null,"reported_at":"2026-11-30T12:01:00.000Z"}',
      },
    ],
  },
  kv: {},
};

export const userRoom = {
  schema: [
    "CREATE TABLE checked (id integer primary key check (id = 1), from_at integer not null)",
    "CREATE TABLE keys (hash text primary key, seq integer not null, at integer not null, turn integer not null default 0, ended_by text) without rowid",
    "CREATE TABLE log (seq integer primary key, at integer not null, body text not null)",
    "CREATE TABLE marks (name text primary key, value text not null) without rowid",
    "CREATE TABLE owner (id integer primary key check (id = 1), user_id text not null)",
    "CREATE INDEX keys_at on keys (at)",
  ],
  rows: {
    checked: [
      {
        id: 1,
        from_at: 1796068496585,
      },
    ],
    keys: [
      {
        hash: "sync:1",
        seq: 1,
        at: 1796068496585,
        turn: 0,
        ended_by: null,
      },
      {
        hash: "sync:2",
        seq: 2,
        at: 1796068496597,
        turn: 0,
        ended_by: null,
      },
    ],
    log: [
      {
        seq: 1,
        at: 1796068496585,
        body: '{"kind":"sync","id":"sync:1","at":"2026-11-30T12:00:00.000Z","data":{"scopes":["alerts"],"since":"2026-11-30T12:00:00.000Z"},"epoch":"ep_01a22e0654c7770ea4866205e5a44059","seq":1}',
      },
      {
        seq: 2,
        at: 1796068496597,
        body: '{"kind":"sync","id":"sync:2","at":"2026-11-30T12:01:00.000Z","data":{"scopes":["alerts"],"since":"2026-11-30T12:01:00.000Z"},"epoch":"ep_01a22e0654c7770ea4866205e5a44059","seq":2}',
      },
    ],
    marks: [
      {
        name: "epoch",
        value: "ep_01a22e0654c7770ea4866205e5a44059",
      },
      {
        name: "flushed",
        value: "1",
      },
      {
        name: "sent",
        value: "2",
      },
    ],
    owner: [
      {
        id: 1,
        user_id: "usr_1",
      },
    ],
  },
  kv: {},
};

export const webhookSender = {
  schema: [],
  rows: {},
  kv: {
    memory: {
      webhook_id: "whk_1",
      circuit: {
        failures: 6,
        until: 5796040000000,
      },
    },
  },
};
