/**
 * Stands in front of a bundle's entry, inside workerd. What a handler throws is written to the log, where
 * workerd alone keeps it to itself, and a request is answered with 500 as Cloudflare does, where workerd alone
 * cuts the connection.
 */
export function localEntry(main: string): string {
  const from = JSON.stringify(`./${main}`);
  return `
import worker from ${from};
export * from ${from};

const report = (handler, error) =>
  console.error(JSON.stringify({ level: "error", message: "uncaught in " + handler, error: String(error?.stack ?? error) }));

const entry = {};
for (const handler of ["fetch", "scheduled", "queue"])
  if (worker[handler])
    entry[handler] = async (...args) => {
      try {
        return await worker[handler](...args);
      } catch (error) {
        report(handler, error);
        if (handler !== "fetch") throw error;
        return new Response("Internal Server Error", { status: 500 });
      }
    };
export default entry;
`;
}
