import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ENVIRONMENT } from '../src/cli/environment.ts';
import { helpText } from '../src/cli/oclif.ts';
import { allPages, type Page } from '../src/cli/render/code-page.ts';
import { DoctorSchema } from '../src/cli/render/doctor.ts';
import { EVIDENCE_SCHEMAS } from '../src/cli/render/evidence-schema.ts';
import { ErrorDocumentSchema, ResultSchema } from '../src/cli/render/schema.ts';
import { COMMAND_SPECS } from '../src/cli/spec/index.ts';
import { policyJsonSchema, signerJsonSchema } from '../src/core/policy/json-schema.ts';
import { policyReference } from './policy-reference.ts';

const GENERATED = '<!-- Made by `npm run docs`; a test compares it with the source. -->';

const codeSection = (page: Page): string =>
  [
    `### ${page.code}`,
    '',
    `${page.title[0]?.toUpperCase() ?? ''}${page.title.slice(1)}.`,
    '',
    `- Answer: ${page.answer} (exit ${page.exitCode})${page.group === null ? '' : `, error code \`${page.group}\``}`,
    `- Why: ${page.why}`,
    `- What to do: ${page.hint}`,
    '',
  ].join('\n');

/** One section for each code, grouped by its first word. */
const codesPage = (): string => {
  const groups = new Map<string, Page[]>();
  for (const page of allPages()) {
    const group = page.code.split('.', 1)[0] ?? page.code;
    groups.set(group, [...(groups.get(group) ?? []), page]);
  }
  const sections = [...groups].flatMap(([group, pages]) => [`## ${group}`, '', ...pages.map(codeSection)]);
  return `${GENERATED}\n\n# Codes\n\nWhat happened, one section for each code; \`slsa-gate explain CODE\` prints the same.\n\n${sections.join('\n').trimEnd()}\n`;
};

const commandSection = async (id: string): Promise<string> =>
  [`## slsa-gate ${id}`, '', '```text', (await helpText(id.split(' '))).trimEnd(), '```', ''].join('\n');

const environment = (): string =>
  [
    '## Environment',
    '',
    'No other variable is read, and none of these adds to what is trusted.',
    '',
    ...Object.entries(ENVIRONMENT).map(([name, effect]) => `- \`${name}\`: ${effect}.`),
    '',
  ].join('\n');

/** The help of every command. */
const commandsPage = async (): Promise<string> => {
  const sections: string[] = [];
  for (const spec of COMMAND_SPECS) sections.push(await commandSection(spec.id));
  return `${GENERATED}\n\n# Commands\n\n\`slsa-gate COMMAND --help\` prints the same.\n\n${sections.join('\n').trimEnd()}\n\n${environment()}`;
};

/** Every command with its arguments and flags: the contract that scripts of others rely on. */
const surface = (): string => {
  const commands = COMMAND_SPECS.map((spec) => ({
    command: spec.id,
    arguments: Object.entries(spec.args).map(([name, argument]) => ({
      name,
      multiple: argument.multiple === true,
      ...(argument.options === undefined ? {} : { options: argument.options }),
    })),
    flags: Object.entries(spec.flags)
      .map(([name, flag]) => ({
        name,
        type: flag.type,
        ...(flag.type === 'option' ? { multiple: flag.multiple === true } : {}),
        ...(flag.type === 'option' && flag.options !== undefined ? { options: flag.options } : {}),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    conflicts: spec.conflicts,
    needs: spec.needs,
  }));
  return `${JSON.stringify({ schemaVersion: 1, commands }, null, 2)}\n`;
};

const schema = (title: string, source: z.ZodType): string =>
  `${JSON.stringify({ ...z.toJSONSchema(source, { target: 'draft-2020-12' }), title }, null, 2)}\n`;

/** JSON Schema of the result document. */
const resultSchema = (): string => schema('slsa-gate result, version 1', ResultSchema);

/** JSON Schema of the error document. */
const errorSchema = (): string => schema('slsa-gate error, version 1', ErrorDocumentSchema);

const REFERENCE = '## Reference\n';

/** The page of policies: what is written by hand, up to the reference, which is made from the schema. */
const policyPage = (): string => {
  const page = readFileSync(new URL('../docs/policy.md', import.meta.url), 'utf8');
  const end = page.indexOf(REFERENCE);
  if (end === -1) throw new Error(`docs/policy.md has no line: ${REFERENCE}`);
  return `${page.slice(0, end)}${REFERENCE}\n${GENERATED}\n\n${policyReference(policyJsonSchema(), signerJsonSchema())}\n`;
};

/** Path to text of every generated file. */
export const generated = async (): Promise<Readonly<Record<string, string>>> => ({
  'docs/codes.md': codesPage(),
  'docs/commands.md': await commandsPage(),
  'docs/schemas/result.v1.json': resultSchema(),
  'docs/schemas/error.v1.json': errorSchema(),
  'docs/schemas/doctor.v1.json': schema('slsa-gate doctor, version 1', DoctorSchema),
  ...Object.fromEntries(
    Object.entries(EVIDENCE_SCHEMAS).map(([name, source]) => [
      `docs/schemas/evidence-${name}.v1.json`,
      schema(`slsa-gate evidence ${name}, version 1`, source),
    ]),
  ),
  'docs/schemas/policy.v1.json': `${JSON.stringify(policyJsonSchema(), null, 2)}\n`,
  'docs/policy.md': policyPage(),
  'test/unit/cli/snapshots/commands.json': surface(),
});
