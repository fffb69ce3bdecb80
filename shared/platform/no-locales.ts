/** Stands in the bundle for zod's messages in sixty languages: nobody reads them, and they are a tenth of it (wrangler.toml). */
export {};
