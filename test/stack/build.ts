import { buildGoTool, buildGoTools, GO_TOOLS, trillianSchema, whyNoGo } from './go-tools.ts';

/**
 * `node test/stack/build.ts [PROGRAM...]`: builds what the tests start, all of it where nothing is named, so that they need not
 * wait for it.
 */
const names = process.argv.slice(2);
const reason = whyNoGo();
if (reason !== undefined) console.warn(`SKIPPED: ${reason}, so no server of others is built`);
else if (names.length === 0) {
  await buildGoTools();
  await trillianSchema();
} else {
  for (const name of names) {
    const tool = GO_TOOLS.find((one) => one === name);
    if (tool === undefined) throw new Error(`no such program: ${name}`);
    await buildGoTool(tool);
  }
}
