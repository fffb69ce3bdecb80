// Runs a command of this project, after a look at what it stands on: an old Node or half an installation would otherwise
// end in an error of the module loader. Written for any Node that knows modules.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const readVersion = (folder) => {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version;
  } catch {
    return undefined;
  }
};

/** What is missing or of another version than package.json asks for, in words; undefined where all is well. */
function faultOfInstall({ dependencies }) {
  for (const [name, version] of Object.entries(dependencies)) {
    const found = readVersion(join(root, "node_modules", name));
    if (found === undefined) return `${name} is not installed`;
    if (found !== version) return `${name} is installed in version ${found}, and ${version} is needed`;
  }
  return undefined;
}

function faultOfNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  // From there on it runs TypeScript as it is. npm install brings one where it can.
  if (major > 22 || (major === 22 && minor >= 18)) return undefined;
  return `Node ${process.versions.node} cannot run it: Node 22.18 or later is needed here. Run npm install, which brings one on Linux and Windows, or install a newer Node`;
}

function end(message) {
  console.error(`${message}.`);
  process.exit(1);
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const fault = faultOfInstall(manifest);
if (fault !== undefined)
  end(
    existsSync(join(root, "node_modules"))
      ? `The installation is not whole: ${fault}. Run npm install`
      : "Run npm install first",
  );
const old = faultOfNode();
if (old !== undefined) end(old);

const script = join(root, "scripts", `${process.argv[2]}.ts`);
process.argv.splice(1, 2, script);
import(`./${process.argv[1].slice(join(root, "scripts").length + 1)}`).catch((error) => {
  if (error?.code !== "ERR_MODULE_NOT_FOUND" && error?.code !== "MODULE_NOT_FOUND") throw error;
  const [what] = error.message.split(" imported from ");
  end(`The installation is not whole: ${what}. Delete node_modules and run npm install`);
});
