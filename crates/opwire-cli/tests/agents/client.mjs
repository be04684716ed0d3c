// Lists, calls and pages tools by the official client of TypeScript.
//
// client.mjs URL | client.mjs COMMAND ARGUMENT…: prints {"version", "tools", "called", "pages", "asked"}; ends with an
// error where a call does. NODE_PATH doesn't hold for modules: the package lies where SDK says.
import assert from "node:assert";
import { pathToFileURL } from "node:url";

const of = (file) => import(pathToFileURL(`${process.env.SDK}/dist/esm/${file}`).href);
const { Client } = await of("client/index.js");
const { StdioClientTransport } = await of("client/stdio.js");
const { StreamableHTTPClientTransport } = await of("client/streamableHttp.js");
const { ElicitRequestSchema } = await of("types.js");

const [server, ...args] = process.argv.slice(2);
const client = new Client({ name: "test", version: "1" }, { capabilities: { elicitation: { form: {} } } });
let asked = 0;
client.setRequestHandler(ElicitRequestSchema, async () => {
  asked += 1;
  return { action: "accept", content: { confirm: true } };
});
const transport = server.startsWith("http")
  ? new StreamableHTTPClientTransport(new URL(server))
  : new StdioClientTransport({ command: server, args });
await client.connect(transport);

// The client itself holds results to the tools' output schemas.
async function call(name, given, options) {
  const result = await client.callTool({ name, arguments: given }, undefined, options);
  assert(!result.isError, `${name}: ${result.content[0].text}`);
  assert.deepStrictEqual(JSON.parse(result.content[0].text), result.structuredContent);
  return result.structuredContent;
}

const { tools } = await client.listTools();
let called = 0;
for (const tool of tools) {
  await call(tool.name, tool.inputSchema.examples[0]);
  called += 1;
}
const paged = "salesloft_list_people";
let pages = 1;
let content = await call(paged, { per_page: 1 });
while (content._opwire?.continue) {
  content = await call(paged, { per_page: 1, _continue: content._opwire.continue });
  pages += 1;
}
const told = [];
// A walk that ends at once may be answered before its progress is told.
for (let turn = 0; told.length === 0 && turn < 20; turn += 1) {
  const items = await call(paged, { per_page: 1, _items: 2 }, { onprogress: (progress) => told.push(progress.progress) });
  assert.strictEqual(items.items.length, 2);
}
assert.strictEqual(told[0], 0);
const wrong = await client.callTool({ name: "salesloft_get_person", arguments: { person: 1 } });
assert(wrong.isError && wrong.content[0].text.includes("Correct the arguments"));
const manifest = await client.readResource({ uri: "opwire://salesloft/get_person" });
assert(manifest.contents[0].text.includes("kind: main"));
console.log(JSON.stringify({ version: client.getServerVersion().version, tools: tools.length, called, pages, asked }));
await client.close();
