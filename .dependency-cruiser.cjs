/** Imports point downward only; ARCHITECTURE.md has the table. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: "error",
  from: { path: from },
  to: { pathNot: [...allowed, "^node_modules/"], dependencyTypesNot: ["core", "npm", "npm-dev"] },
});

module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    only(
      "contracts-stand-alone",
      "^shared/contracts/",
      ["^shared/contracts/"],
      "contracts are what everybody may import",
    ),
    only("domain-is-pure", "^shared/domain/", ["^shared/domain/"], "pure, so it can run anywhere"),
    only("shared-is-below", "^shared/", ["^shared/"], "shared code knows neither workers nor objects"),
    only(
      "objects-use-shared",
      "^durable-objects/",
      ["^durable-objects/", "^shared/"],
      "objects know no worker",
    ),
    {
      name: "domains-do-not-meet",
      comment: "a domain's app must be able to become a Worker of its own",
      severity: "error",
      from: { path: "^workers/([^/]+)/" },
      to: { path: "^workers/([^/]+)/", pathNot: "^workers/$1/" },
    },
    only(
      "web-uses-contracts",
      "^web/",
      ["^web/", "^shared/contracts/", "^shared/domain/unit\\.ts$"],
      "the page knows the wire, and which coins count as one; nothing else behind it",
    ),
    {
      name: "runtime-only-at-the-edge",
      comment: "only the entry and object classes may need the Workers runtime",
      severity: "error",
      from: { pathNot: ["^durable-objects/[^/]+\\.ts$", "^workers/index\\.ts$", "^test/"] },
      to: { path: "^cloudflare:" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    builtInModules: { add: ["cloudflare:workers", "cloudflare:test"] },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "default"],
      extensions: [".ts", ".tsx", ".js", ".mjs", ".json"],
    },
  },
};
