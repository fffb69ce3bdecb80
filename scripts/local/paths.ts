import { fileURLToPath } from "node:url";

/** The project's folder. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const MIGRATIONS = `${ROOT}migrations`;
export const WORKER_CONFIG = `${ROOT}wrangler.toml`;
export const WEB_SOURCE = `${ROOT}web`;
export const WEB_BUILD = `${ROOT}dist/web`;
export const DEV_VARS = `${ROOT}.dev.vars`;
/** What can be made again at any time; gone with the next install. */
export const CACHE = `${ROOT}node_modules/.cache/xsema`;
