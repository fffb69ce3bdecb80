/** The next number of a stream, in [0, 1). */
export type Draw = () => number;

/**
 * What makes a stream of numbers its own: the market's seed, what the numbers are for, and which one it is.
 * `index` is any safe integer.
 */
interface Stream {
  seed: number;
  purpose: number;
  index: number;
}

/**
 * Chris Doty-Humphrey's sfc32 (PractRand), its four words filled from the stream. It is a permutation of its
 * state, so two streams never share one. The same stream gives the same numbers everywhere, and it costs so
 * little to open one that nothing has to be kept between polls.
 */
function openWords({ seed, purpose, index }: Stream): () => number {
  let a = seed | 0;
  let b = (Math.floor(seed / 4_294_967_296) ^ Math.imul(purpose, 0x9e37_79b1)) | 0;
  let c = index | 0;
  let d = Math.floor(index / 4_294_967_296) | 0;
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    d = (d + counter) | 0;
    return (sum ^ d) >>> 0;
  };
  for (let round = 0; round < 12; round += 1) next();
  return next;
}

export function openStream(seed: number, purpose: number, index: number): Draw {
  const next = openWords({ seed, purpose, index });
  return () => next() / 4_294_967_296;
}

/** `0x` and 2 × `bytes` hex digits that no other stream has: for invented wallets, orders and transactions. */
export function streamHex(bytes: number, seed: number, purpose: number, index: number): string {
  const next = openWords({ seed, purpose, index });
  let text = "";
  while (text.length < bytes * 2) text += next().toString(16).padStart(8, "0");
  return `0x${text.slice(0, bytes * 2)}`;
}

/** Standard normal (Box and Muller 1958); takes two numbers of the stream. */
export function drawNormal(draw: Draw): number {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}

/** Exponential with mean 1. */
export function drawExponential(draw: Draw): number {
  return -Math.log(1 - draw());
}

/** Poisson: by multiplication (Knuth) for small means, by the normal approximation for large ones. */
export function drawPoisson(draw: Draw, mean: number): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * drawNormal(draw)));
  const limit = Math.exp(-mean);
  let count = -1;
  for (let product = 1; product > limit; product *= draw()) count += 1;
  return count;
}
