// The same as client.py for the TypeScript SDKs: `node client.mjs <sdk> <base url> <folder of node_modules>`,
// files as `<vendor>/<case>/<ending>=<speaker>` on standard input. Prints what JSON.stringify makes of the SDK's
// object, or of its chunks.
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
  "atoma-sdk": (serverURL, stream) => {
    const { chat } = new module.AtomaSDK({ bearerAuth: "-", serverURL });
    return stream ? chat.createStream(ask) : chat.create(ask);
  },
  "@openrouter/sdk": (serverURL, stream) =>
    new module.OpenRouter({ apiKey: "-", serverURL }).chat.send({ chatRequest: { ...ask, stream } }),
};

async function told(file) {
  const stream = !file.endsWith("wire.json");
  const given = await calls[sdk](`${base}/${file}`, stream);
  if (!stream) return { text: JSON.stringify(given) };
  const chunks = [];
  for await (const chunk of given) chunks.push(JSON.stringify(chunk));
  return { chunks };
}

console.log(JSON.stringify({ version: installed.version }));
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const file = line.slice(0, line.indexOf("="));
  const answer = await told(file).catch((error) => ({
    refused: error.constructor.name,
    why: String(error.message),
  }));
  console.log(JSON.stringify({ file, ...answer }));
}
