/** Settings of a worker that follows OpenSea. */
export function openSeaSettings(more: Record<string, string> = {}): Record<string, string> {
  return {
    ENVIRONMENT: "local",
    DATABASE_URL: "postgres://test@localhost/test",
    INGEST_TOKEN: "kq3X9vT7mZ2pL8wR5nB4cD6fG1hJ0sYe",
    OPENSEA_API_KEY: "a-test-key",
    ...more,
  };
}
