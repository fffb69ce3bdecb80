import type { CollectionInfo } from "../provider.ts";

/** An invented collection and the figures that its market moves around. */
export interface SimulatedCollection {
  slug: string;
  name: string;
  description: string;
  /** Its streams' number; never reused, since another number is another market. */
  number: number;
  supply: number;
  /** Typical price of a plain item, in ETH. */
  price: number;
  /** Stories of owners (listings and the like) a second on an average day. */
  stories_per_second: number;
  /** Share of the market's pulse: the bids and refreshes that never pause. */
  pulse_share: number;
  /** Hour (UTC) at which most of its traders are awake. */
  busy_hour: number;
}

const CATALOGUE: Omit<SimulatedCollection, "number">[] = [
  {
    slug: "sim-harbour-cats",
    name: "Harbour Cats (simulated)",
    description: "Ten thousand dockside cats that nobody owns.",
    supply: 10_000,
    price: 0.084,
    stories_per_second: 0.13,
    pulse_share: 0.32,
    busy_hour: 20,
  },
  {
    slug: "sim-copper-foxes",
    name: "Copper Foxes (simulated)",
    description: "Foxes of beaten copper, traded mostly in the American evening.",
    supply: 8_888,
    price: 0.46,
    stories_per_second: 0.11,
    pulse_share: 0.27,
    busy_hour: 1,
  },
  {
    slug: "sim-night-market-robots",
    name: "Night Market Robots (simulated)",
    description: "Five thousand stall keepers of a market that opens at dusk in Asia.",
    supply: 5_000,
    price: 1.25,
    stories_per_second: 0.065,
    pulse_share: 0.2,
    busy_hour: 13,
  },
  {
    slug: "sim-tidal-glyphs",
    name: "Tidal Glyphs (simulated)",
    description: "Generative signs drawn by an imagined tide table.",
    supply: 2_500,
    price: 2.8,
    stories_per_second: 0.033,
    pulse_share: 0.12,
    busy_hour: 17,
  },
  {
    slug: "sim-paper-lanterns",
    name: "Paper Lanterns (simulated)",
    description: "A thousand lanterns, slow to change hands.",
    supply: 1_000,
    price: 6.9,
    stories_per_second: 0.013,
    pulse_share: 0.07,
    busy_hour: 15,
  },
  {
    slug: "sim-first-light",
    name: "First Light (simulated)",
    description: "One hundred large works; a sale is an event.",
    supply: 100,
    price: 42,
    stories_per_second: 0.0013,
    pulse_share: 0.02,
    busy_hour: 16,
  },
];

export const SIMULATED_COLLECTIONS: readonly SimulatedCollection[] = CATALOGUE.map((entry, index) => ({
  ...entry,
  number: index + 1,
}));

/** What the provider says of a collection; nothing in it could be taken for a real one. */
export function describeCollection(collection: SimulatedCollection): CollectionInfo {
  return {
    slug: collection.slug,
    name: collection.name,
    description: `Invented for trying things out: no such collection exists. ${collection.description}`,
    image_url: null,
    chain: "simulated",
    contract: null,
    currency: "ETH",
    supply: String(collection.supply),
  };
}
