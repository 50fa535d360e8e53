/**
 * Measures how fast the project is, beside baselines of the same run. Run as
 * `npm run bench -- [core|log|sources] [--long] [--json] [--check]`; see README.md for what each figure means.
 */
import { parseArgs } from 'node:util';
import { benchCore, type CoreOptions } from './core/index.ts';
import { benchLog } from './log/index.ts';
import { figureLine, misses, type Report } from './report.ts';
import { benchSources } from './sources/index.ts';

const EXIT = { missed: 1, usage: 64 } as const;

const PARTS: Readonly<Record<string, (options: CoreOptions) => Promise<Report>>> = {
  core: benchCore,
  log: benchLog,
  sources: benchSources,
};

const USAGE = 'usage: npm run bench -- [core|log|sources] [--long] [--json] [--check]';

interface Request {
  readonly parts: readonly string[];
  readonly long: boolean;
  readonly json: boolean;
  readonly check: boolean;
}

function parseRequest(argv: readonly string[]): Request {
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { long: flag, json: flag, check: flag },
    allowPositionals: true,
  });
  for (const part of positionals) {
    if (!Object.hasOwn(PARTS, part)) {
      throw new TypeError(`unknown part: ${part}; there is: ${Object.keys(PARTS).join(', ')}`);
    }
  }
  return { parts: positionals.length === 0 ? Object.keys(PARTS) : [...new Set(positionals)], ...values };
}

function printText({ part, figures, notes }: Report): void {
  console.log(`${part} (Node ${process.version})`);
  for (const note of notes) console.log(`  ${note}`);
  for (const figure of figures) console.log(`  ${figureLine(figure)}`);
}

async function main(request: Request): Promise<void> {
  const reports: Report[] = [];
  for (const part of request.parts) {
    const report = await PARTS[part]?.({ long: request.long });
    if (report === undefined) throw new TypeError(`unknown part: ${part}`);
    reports.push(report);
    if (!request.json) printText(report);
  }
  if (request.json) {
    const parts = reports.map((report) => ({
      ...report,
      figures: report.figures.map((figure) => ({ ...figure, misses: misses(figure) })),
    }));
    console.log(JSON.stringify({ schemaVersion: 1, node: process.version, parts }, undefined, 2));
  }
  if (!request.check) return;
  for (const figure of reports.flatMap(({ figures }) => figures).filter(misses)) {
    console.error(figureLine(figure));
    process.exitCode = EXIT.missed;
  }
}

let request: Request | undefined;
try {
  request = parseRequest(process.argv.slice(2));
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = EXIT.usage;
}
if (request !== undefined) await main(request);
