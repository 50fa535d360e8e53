import { fileURLToPath } from 'node:url';
import { Command, Config, Help, type Interfaces } from '@oclif/core';
import { run } from '@oclif/core/run';
import { settings } from '@oclif/core/settings';
import manifest from '../../package.json' with { type: 'json' };
import { PACKAGE_ROOT } from './package-root.ts';
import { parserInput } from './parse.ts';
import { runCommand } from './run-command.ts';
import type { CommandSpec } from './spec/command.ts';
import { COMMAND_SPECS, TOPICS } from './spec/index.ts';

// The library throws on a write that fails, past whoever waits for it; src/cli/streams.ts tells the writer instead.
process.stdout.removeAllListeners('error');
process.stdout.on('error', () => undefined);

const toCommand = (spec: CommandSpec) =>
  class extends Command {
    static override readonly summary = spec.summary;
    static override readonly description = spec.description;
    static override readonly usage = spec.usage;
    static override readonly examples = [...spec.examples];
    static override readonly flags = parserInput(spec).flags;
    static override readonly args = parserInput(spec).args;

    override async run(): Promise<void> {
      await runCommand(spec, this.argv, (words) => this.parse(parserInput(spec), words));
    }

    // oclif would print what its parser says and choose an exit code; both belong to `reportError`.
    override async catch(error: Error): Promise<void> {
      throw error;
    }
  };

const oclifId = (spec: CommandSpec): string => spec.id.replaceAll(' ', ':');

/** What oclif looks up by the name in its configuration. */
export const OCLIF_COMMANDS = Object.fromEntries(
  COMMAND_SPECS.map((spec) => [oclifId(spec), toCommand(spec)]),
);

const FILE = fileURLToPath(import.meta.url);

/**
 * oclif as this command uses it: nothing is taken from home, working directory or environment. Left to itself it loads
 * plugins that a file in the data directory of the user names, and compiles sources under NODE_ENV=development.
 */
const loadOptions = (): Interfaces.LoadOptions => {
  settings.enableAutoTranspile = false;
  process.env.SLSA_GATE_DISABLE_THEME = 'true';
  return {
    root: PACKAGE_ROOT,
    devPlugins: false,
    userPlugins: false,
    ignoreManifest: true,
    pjson: {
      name: manifest.name,
      version: manifest.version,
      type: 'module',
      description: manifest.description,
      oclif: {
        bin: 'slsa-gate',
        topicSeparator: ' ',
        commands: {
          strategy: 'explicit',
          target: FILE.slice(PACKAGE_ROOT.length + 1),
          identifier: 'OCLIF_COMMANDS',
        },
        topics: Object.fromEntries(
          Object.entries(TOPICS).map(([name, description]) => [name, { description }]),
        ),
      },
    },
  };
};

/** Runs a command through oclif; the same answer as the direct way, which a test holds. */
export const runThroughOclif = async (spec: CommandSpec, argv: readonly string[]): Promise<void> => {
  await run([oclifId(spec), ...argv], loadOptions());
};

class CollectedHelp extends Help {
  text = '';

  protected override log(...lines: string[]): void {
    this.text += `${lines.join(' ')}\n`;
  }
}

/** Help for the words of a command or topic; for no words the overview. The same on every machine. */
export const helpText = async (words: readonly string[]): Promise<string> => {
  const config = await Config.load(loadOptions());
  config.userAgent = `${manifest.name} ${manifest.version}`;
  const help = new CollectedHelp(config, { maxWidth: 110, stripAnsi: true });
  await help.showHelp([...words, '--help']);
  return `${help.text.trimEnd()}\n`;
};
