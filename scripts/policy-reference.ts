/** The reference of policies, out of their JSON Schema: one section for each mapping, one line for each key. */

interface Schema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
}

interface Section {
  readonly name: string;
  readonly schema: Schema;
}

/** Forms that stand in many places and are described once. */
const SHARED: Readonly<Record<string, string>> = { 'a signer': 'Signers' };
/** The table of patterns is written by hand. */
const PATTERN = 'a pattern';

const code = (text: unknown): string => `\`${String(text)}\``;

/** A name in a table: what looks like a column of it is not one. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

/** What a value may be, in words. */
function formOf(schema: Schema): string {
  if (schema.title === PATTERN) return '[pattern](#patterns)';
  const shared = schema.title === undefined ? undefined : SHARED[schema.title];
  if (shared !== undefined) return `[signer](#${shared.toLowerCase()})`;
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  if (schema.items !== undefined) return `list: ${formOf(schema.items)}`;
  if (schema.anyOf !== undefined) return schema.anyOf.map(formOf).join(', or ');
  if (schema.title !== undefined) return schema.title;
  if (schema.type === 'object')
    return isRecord(schema) ? `mapping: name to ${formOf(valuesOf(schema))}` : 'mapping';
  return schema.type === 'string' ? 'text' : (schema.type ?? '');
}

const isRecord = (schema: Schema): boolean => typeof schema.additionalProperties === 'object';
const valuesOf = ({ additionalProperties }: Schema): Schema =>
  typeof additionalProperties === 'object' ? additionalProperties : {};

/** Mappings within a value that get a section of their own. */
function sectionsIn(name: string, schema: Schema): readonly Section[] {
  if (schema.title === PATTERN || (schema.title !== undefined && SHARED[schema.title] !== undefined))
    return [];
  if (schema.items !== undefined) return sectionsIn(`${name}[]`, schema.items);
  if (isRecord(schema)) return sectionsIn(`${name}.NAME`, valuesOf(schema));
  return schema.properties === undefined ? [] : [{ name, schema }];
}

function keysTable({ properties = {}, required = [] }: Schema): readonly string[] {
  return [
    '| key | form | what it says |',
    '| --- | --- | --- |',
    ...Object.entries(properties).map(([key, value]) => {
      const name = required.includes(key) ? `**${code(key)}**` : code(key);
      return `| ${name} | ${cell(formOf(value))} | ${cell(value.description ?? '')} |`;
    }),
    '',
  ];
}

function section({ name, schema }: Section, level: string): readonly string[] {
  const inner = Object.entries(schema.properties ?? {}).flatMap(([key, value]) =>
    sectionsIn(name === '' ? key : `${name}.${key}`, value),
  );
  return [
    `${level} ${name === '' ? 'The file' : code(name)}`,
    '',
    ...keysTable(schema),
    ...inner.flatMap((next) => section(next, level)),
  ];
}

/** Keys in bold are required. */
export function policyReference(policy: Schema, signer: Schema): string {
  const signers = (signer.anyOf ?? []).flatMap((form, index) => [
    index === 0 ? 'Either both of:' : 'or:',
    '',
    ...keysTable(form),
    ...Object.entries(form.properties ?? {}).flatMap(([key, value]) =>
      sectionsIn(key, value).flatMap((inner) => section(inner, '####')),
    ),
  ]);
  return [
    'Keys in bold are required. Every mapping and list that is there has at least one entry.',
    '',
    ...section({ name: '', schema: policy }, '###'),
    '### Signers',
    '',
    ...signers,
  ]
    .join('\n')
    .trimEnd();
}
