/** Neon's own limit on a request and on an answer over HTTP. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** The largest message of the wire protocol that is taken from a client. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** How long a transaction may stand idle on a database that has only one session. */
export const IDLE_TRANSACTION_MS = 5_000;
