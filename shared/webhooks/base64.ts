/** Standard base64 with padding, as Standard Webhooks writes secrets and signatures. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

export function randomBytesBase64(count: number): string {
  return toBase64(crypto.getRandomValues(new Uint8Array(count)));
}
