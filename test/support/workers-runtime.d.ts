/** What Workers add to the web's types, for code of theirs that tests import under Node; none of it runs there. */
interface Response {
  readonly webSocket: WebSocket | null;
}
interface WebSocket {
  accept(): void;
}
