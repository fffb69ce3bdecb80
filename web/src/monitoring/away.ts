/** In place of what only the database could say. */
export const AWAY = "Not known while the database does not answer.";
