// Prints wranglerkeys.txt from the configuration schema that wrangler's npm package holds:
//   npm pack wrangler && tar xzf wrangler-*.tgz
//   node testdata/wranglerkeys.mjs package/config-schema.json 4.86.0 > wranglerkeys.txt
// Format: one key path a line; "[]" steps into an array, ".*" says that any keys may
// follow, a leading "^" marks keys that stand at the top level only, not in env.<name>.
import { readFileSync } from "node:fs";
const schema = JSON.parse(readFileSync(process.argv[2], "utf8"));
const resolve = (n) => (n.$ref ? schema.definitions[decodeURIComponent(n.$ref.split("/").pop())] ?? {} : n);
const open = new Set(["vars", "define", "alias", "previews", "env"]); // read elsewhere, or not at all
const out = new Set();
function walk(node, path, depth) {
  node = resolve(node);
  for (const alt of node.anyOf ?? node.oneOf ?? node.allOf ?? []) walk(alt, path, depth);
  if (depth > 8) return;
  for (const [key, sub] of Object.entries(node.properties ?? {})) {
    const at = path ? path + "." + key : key;
    out.add(at);
    if (!path && open.has(key)) { if (key !== "env") out.add(at + ".*"); continue; }
    walk(sub, at, depth + 1);
  }
  if (path && node.additionalProperties !== undefined && node.additionalProperties !== false) out.add(path + ".*");
  if (node.items) walk(node.items, path + "[]", depth);
}
const envKeys = new Set(Object.keys(schema.definitions.RawEnvironment.properties));
walk(schema.definitions.RawConfig, "", 0);
console.log("# wrangler " + process.argv[3] + ", written by testdata/wranglerkeys.mjs");
for (const p of [...out].sort()) console.log((envKeys.has(p.split(/[.[]/)[0]) ? "" : "^") + p);
