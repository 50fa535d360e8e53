#!/usr/bin/env node
process.exitCode = 70;

// Plain enough for any Node that knows ES modules, so that an old one gets a sentence instead of a syntax error.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 24 || (version[0] === 24 && version[1] < 15) || version[0] === 25) {
  process.exitCode = 64;
  console.error(`error: slsa-gate needs Node.js 24.15 or later, or 26 or later; this is: ${process.version}`);
} else {
  // Beside the code itself, so that whoever could change what is compiled could change the code as well. Where the folder
  // cannot be written, such as in an installation of root, nothing is kept and all the same works.
  if (!process.env.NODE_COMPILE_CACHE) {
    process
      .getBuiltinModule('node:module')
      .enableCompileCache(
        process.getBuiltinModule('node:url').fileURLToPath(new URL('../dist/.compiled', import.meta.url)),
      );
  }
  import('../dist/main.js')
    .then(
      (built) => built.main(process.argv.slice(2)),
      (error) => {
        console.error('error: slsa-gate is not built: dist/main.js cannot be loaded');
        console.error('hint: Run npm run build.');
        if (process.argv.includes('--debug')) console.error(error);
      },
    )
    .catch((error) => {
      // Node would end an unhandled rejection with 1, which means deny.
      process.exitCode = 70;
      console.error(`error: internal error: ${error instanceof Error ? error.name : typeof error}`);
      if (process.argv.includes('--debug')) console.error(error);
    });
}
