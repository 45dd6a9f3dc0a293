// locale-keys FILE.json…: the files of one kind (en.json, zh-CN.json; app.en.json, app.zh-CN.json) have the same keys, the
// same {placeholders} in each text, and no empty text; a key stands twice in no file.
import { readFileSync } from "node:fs";
import { basename } from "node:path";

function flatten(value, prefix, into) {
  if (value !== null && typeof value === "object" && !Array.isArray(value))
    for (const [key, inner] of Object.entries(value)) flatten(inner, prefix ? `${prefix}.${key}` : key, into);
  else into.set(prefix, value);
  return into;
}

const names = (text) => [...String(text).matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();
const kindOf = (file) => basename(file).split(".").slice(0, -2).join(".");
const kinds = new Map();
for (const file of process.argv.slice(2)) kinds.set(kindOf(file), [...(kinds.get(kindOf(file)) ?? []), file]);
let bad = 0;
const complain = (text) => {
  console.log(text);
  bad++;
};
const read = (file) => {
  const text = readFileSync(file, "utf8");
  const flat = [...text.matchAll(/^ {2}"((?:[^"\\]|\\.)*)":/gm)].map((m) => m[1]);
  for (const [i, key] of flat.entries()) if (flat.indexOf(key) !== i) complain(`${file}: ${key} stands twice`);
  return { file, texts: flatten(JSON.parse(text), "", new Map()) };
};
for (const files of kinds.values()) {
  const languages = files.map(read);
  const all = new Set(languages.flatMap(({ texts }) => [...texts.keys()]));
  if (languages.length < 2) complain(`${files[0]}: has no other language beside it`);
  for (const key of all) {
    for (const { file, texts } of languages)
      if (!texts.has(key)) complain(`${file}: ${key} is missing`);
      else if (texts.get(key) === "") complain(`${file}: ${key} is empty`);
    const seen = languages.filter(({ texts }) => texts.has(key)).map(({ texts }) => [...new Set(names(texts.get(key)))].join());
    if (new Set(seen).size > 1) complain(`${key}: placeholders differ (${seen.join(" / ")})`);
  }
}
process.exit(bad ? 1 : 0);
