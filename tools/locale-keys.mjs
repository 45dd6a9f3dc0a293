// locale-keys FILE.json…: every language has the same keys, the same {placeholders} in each text, and no empty text.
import { readFileSync } from "node:fs";

function flatten(value, prefix, into) {
  if (value !== null && typeof value === "object" && !Array.isArray(value))
    for (const [key, inner] of Object.entries(value)) flatten(inner, prefix ? `${prefix}.${key}` : key, into);
  else into.set(prefix, value);
  return into;
}

const names = (text) => [...String(text).matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();
const languages = process.argv.slice(2).map((file) => ({ file, texts: flatten(JSON.parse(readFileSync(file, "utf8")), "", new Map()) }));
const all = new Set(languages.flatMap(({ texts }) => [...texts.keys()]));
let bad = 0;
const complain = (text) => {
  console.log(text);
  bad++;
};
for (const key of all) {
  for (const { file, texts } of languages)
    if (!texts.has(key)) complain(`${file}: ${key} is missing`);
    else if (texts.get(key) === "") complain(`${file}: ${key} is empty`);
  const seen = languages.filter(({ texts }) => texts.has(key)).map(({ texts }) => [...new Set(names(texts.get(key)))].join());
  if (new Set(seen).size > 1) complain(`${key}: placeholders differ (${seen.join(" / ")})`);
}
process.exit(bad ? 1 : 0);
