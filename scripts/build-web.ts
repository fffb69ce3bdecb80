import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { WEB_BUILD, WEB_SOURCE } from "./local/paths.ts";

const folderOf = (file: string) => dirname(fileURLToPath(file));

/** The documents' pages are served from the project itself, without a CDN. */
const DOCUMENT_ASSETS = [
  {
    to: "swagger",
    from: folderOf(import.meta.resolve("swagger-ui-dist/swagger-ui.css")),
    files: [
      "swagger-ui.css",
      "swagger-ui-bundle.js",
      "swagger-ui-bundle.js.LICENSE.txt",
      "favicon-32x32.png",
    ],
  },
  {
    to: "redoc",
    from: folderOf(import.meta.resolve("redoc/bundles/redoc.standalone.js")),
    files: ["redoc.standalone.js", "redoc.standalone.js.LICENSE.txt"],
  },
];

/** `npm run build:web`: the live page and what the API's documents need, in `dist/web`. */
async function buildWeb(): Promise<void> {
  await build({ root: WEB_SOURCE, configFile: join(WEB_SOURCE, "vite.config.ts"), logLevel: "warn" });
  for (const { to, from, files } of DOCUMENT_ASSETS) {
    const folder = join(WEB_BUILD, "assets", to);
    await mkdir(folder, { recursive: true });
    for (const file of files) await cp(join(from, file), join(folder, file));
  }
  await keepReDocAtHome(join(WEB_BUILD, "assets", "redoc", "redoc.standalone.js"));
}

/** ReDoc fetches its maker's logo from elsewhere at every visit; here it shows the project's own sign. */
async function keepReDocAtHome(file: string): Promise<void> {
  const script = await readFile(file, "utf8");
  const logo = /https:\/\/cdn\.redoc\.ly\/[^"]+\.svg/g;
  if (!logo.test(script)) throw new Error("ReDoc's logo is not where it was; look at scripts/build-web.ts");
  await writeFile(file, script.replaceAll(logo, "/favicon.svg"));
}

buildWeb().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
