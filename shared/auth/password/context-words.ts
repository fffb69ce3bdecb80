/** Words that whoever guesses at an account tries first, whosever it is (ASVS 6.2.11). */
const OF_THE_PRODUCT = ["xsema"];
const MIN_LENGTH = 3;
/** More than an address and a name can have. */
const MAX_WORDS = 120;

const fold = (text: string) => text.normalize("NFKC").toLowerCase();
const parts = (text: string) => fold(text).split(/[^\p{L}\p{N}]+/u);
const plain = (text: string) => fold(text).replace(/[^\p{L}\p{N}]+/gu, "");

/** Every word of a person's e-mail address and name, whatever the host, and of the product; the longest first. */
export function contextWords(email: string, name: string | null): string[] {
  const at = email.lastIndexOf("@");
  const [local, host] = at < 0 ? [email, ""] : [email.slice(0, at), email.slice(at + 1)];
  const words = [
    ...[email, local, host, name ?? ""].map(plain),
    ...[local, host, name ?? ""].flatMap(parts),
    ...OF_THE_PRODUCT,
  ];
  const long = [...new Set(words)].filter((word) => word.length >= MIN_LENGTH);
  return long.sort((a, b) => b.length - a.length).slice(0, MAX_WORDS);
}

/** Whether the words make up half of a password's letters and digits, or more. */
export function isMadeOf(password: string, words: string[]): boolean {
  const all = plain(password);
  const rest = words.reduce((text, word) => text.replaceAll(word, " "), all).replaceAll(" ", "");
  return rest.length < all.length && rest.length * 2 <= all.length;
}
