// The same as client.py for the TypeScript SDKs: `node client.mjs <sdk> <base url> <folder of node_modules>`,
// fixtures as `<case>=<speaker>` on standard input. Prints what JSON.stringify makes of the SDK's object.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [sdk, base, folder] = process.argv.slice(2);
const found = createRequire(join(folder, "package.json"));
const module = await import(pathToFileURL(found.resolve(sdk)));
const installed = JSON.parse(readFileSync(join(folder, "node_modules", sdk, "package.json"), "utf8"));
const ask = { model: "-", messages: [{ role: "user", content: "?" }] };

const calls = {
  "atoma-sdk": (serverURL) => new module.AtomaSDK({ bearerAuth: "-", serverURL }).chat.create(ask),
  "@openrouter/sdk": (serverURL) =>
    new module.OpenRouter({ apiKey: "-", serverURL }).chat.send({ chatRequest: ask }),
};

console.log(JSON.stringify({ version: installed.version }));
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const name = line.slice(0, line.indexOf("="));
  let told;
  try {
    told = { text: JSON.stringify(await calls[sdk](`${base}/${name}`)) };
  } catch (error) {
    told = { refused: error.constructor.name, why: String(error.message) };
  }
  console.log(JSON.stringify({ case: name, ...told }));
}
