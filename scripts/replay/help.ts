export const HELP = `Replays a history of market events into XSEMA.

  npm run replay -- FILE --collection SLUG [flags]

FILE is a CSV file with a header (comma, semicolon, tab or bar) or NDJSON (one JSON object a line).
Running it again is harmless: what is in already counts as duplicate. So is stopping it and going on later.

where it goes
  --collection SLUG        the collection that the history is of; it is made if there is none
  --url ADDRESS            the platform; else the one that runs here (of several, that with the PORT or DATA_DIR of the
                           environment)
  --token TOKEN            an API key with the scope market:ingest; else INGEST_API_KEY of the environment, else,
                           on this machine, of .dev.vars
  --dry-run                send nothing: show the mapping, the first events and what would be rejected

what is sent
  --from DATE, --to DATE   only events from --from until before --to; a day or a time, UTC
  --limit N                only the first N events
  --speed N                N times as fast as it happened (1 is real time); else as fast as the platform takes it
  --batch N                events a request (500, at most 1000)

how rows are read (column names are recognised by themselves; flags win)
  --format csv|ndjson      else by the file's name
  --map FIELD=COLUMN       repeat as needed; FIELD= alone leaves a field out. Fields: occurred_at, kind, token_id,
                           price, price_wei, price_decimals, price_usd, currency, quantity, from, to, tx_hash,
                           log_index, block, order_id, marketplace, expires_at, event_key
  --key COLUMN,COLUMN      columns that tell a row from every other (the transaction and token, or all there is)
  --kind KIND              sale (default), listing, bid, transfer (default for Etherscan's exports, which have no prices),
                           cancel, metadata, where no column says
  --kind-without-price K   kind of rows whose price is blank or zero; else they keep theirs, with unknown price
  --currency ETH           currency of the prices, where no column says
  --decimals 18            digits that price_wei has after the point, where no column says
  --price-basis item       "total" where prices are of the whole lot
  --marketplace NAME       where it happened, where no column says

Exit code: 0 all in; 1 could not go on; 2 some rows were rejected (the others are in); 130 stopped by Ctrl-C.
docs/replay.md has examples.
`;
