// locale-used APP.json FOLDER: every text of the web app is used somewhere in FOLDER, and every text that is asked for is there.
// A key counts as used when it stands as a string, or begins as a template does (`kind.${name}`) or a string that is added to.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const [app, folder] = process.argv.slice(2);
const keys = new Set();
(function flatten(value, prefix) {
  for (const [key, inner] of Object.entries(value)) {
    const name = prefix ? `${prefix}.${key}` : key;
    if (inner !== null && typeof inner === "object") flatten(inner, name);
    else keys.add(name);
  }
})(JSON.parse(readFileSync(app, "utf8")), "");

function* sources(at) {
  for (const name of readdirSync(at)) {
    const path = join(at, name);
    if (statSync(path).isDirectory()) yield* sources(path);
    else if (/\.(ts|vue)$/.test(name)) yield path;
  }
}

const whole = new Set();
const begins = new Set();
let bad = 0;
const complain = (text) => {
  console.log(text);
  bad++;
};
for (const path of sources(folder)) {
  const text = readFileSync(path, "utf8");
  for (const [, name] of text.matchAll(/['"`]([a-z0-9_@.-]+)['"`]/gi)) whole.add(name);
  for (const [, name] of text.matchAll(/[`'"]([a-z0-9_]+\.[a-z0-9_.]*)(?:\$\{|['"] ?\+)/gi)) begins.add(name);
  for (const [, name] of text.matchAll(/(?<![\w.])te?\(\s*'([a-z0-9_.]+)'/gi))
    if (!keys.has(name)) complain(`${path}: asks for ${name}, which no language has`);
}
for (const key of keys) if (!whole.has(key) && ![...begins].some((b) => key.startsWith(b))) complain(`${app}: nothing uses ${key}`);
process.exit(bad ? 1 : 0);
