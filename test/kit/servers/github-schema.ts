import { Ajv, type ValidateFunction } from 'ajv';
import EXTRACT from '../schemas/github-api.json' with { type: 'json' };

/** What GitHub's description of its API says of one request or answer. */
export interface GithubExchange {
  readonly method: string;
  /** As the description writes it: `/repos/{owner}/{repo}`. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

type Schema = { readonly [key: string]: unknown };
interface Operation {
  readonly parameters?: readonly Schema[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
  readonly responses: Readonly<Record<string, Schema>>;
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** OpenAPI 3.0 says `nullable` beside a type; JSON Schema has null among the types. */
function withNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNulls);
  if (!isSchema(value)) return value;
  const { nullable, ...rest } = value;
  const schema = Object.fromEntries(Object.entries(rest).map(([key, member]) => [key, withNulls(member)]));
  if (nullable !== true) return schema;
  if (typeof schema.type !== 'string' || schema.$ref !== undefined)
    return { anyOf: [{ type: 'null' }, schema] };
  const withNull = Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {};
  return { ...schema, type: [schema.type, 'null'], ...withNull };
}

const ROOT = withNulls({ components: EXTRACT.components }) as Schema;
const ajv = new Ajv({ strict: false, allErrors: true, discriminator: false });
ajv.addFormat('uri', (text: string) => URL.canParse(text));
ajv.addFormat('date-time', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/);
ajv.addFormat('email', /^[^@\s]+@[^@\s]+$/);
ajv.addFormat('int64', { type: 'number', validate: Number.isSafeInteger });
ajv.addSchema(ROOT, 'github');

const compiled = new Map<unknown, ValidateFunction>();
function faultsOf(schema: Schema, value: unknown, what: string): readonly string[] {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    // References of the description are those of its own root.
    const text = JSON.stringify(withNulls(schema)).replaceAll('"$ref":"#/', '"$ref":"github#/');
    validate = ajv.compile(JSON.parse(text));
    compiled.set(schema, validate);
  }
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${what}${instancePath}: ${message}`);
}

function resolve(schema: Schema): Schema {
  if (typeof schema.$ref !== 'string') return schema;
  let value: unknown = EXTRACT;
  for (const step of schema.$ref.slice(2).split('/')) value = isSchema(value) ? value[step] : undefined;
  if (!isSchema(value)) throw new Error(`no such reference: ${schema.$ref}`);
  return value;
}

function operationOf(method: string, path: string): Operation {
  const paths = EXTRACT.paths as unknown as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  const operation = paths[path]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`not in the extract: ${method} ${path}`);
  return operation;
}

/** What is wrong with a request; empty when nothing is. */
export function requestFaults({ method, path, parameters, query, body }: GithubExchange): readonly string[] {
  const { parameters: described = [], requestBody } = operationOf(method, path);
  const faults: string[] = [];
  const known = new Set<string>();
  for (const parameter of described.map(resolve)) {
    const name = String(parameter.name);
    known.add(`${parameter.in} ${name}`);
    const text = parameter.in === 'path' ? parameters[name] : query[name];
    if (text === undefined) {
      if (parameter.required === true) faults.push(`${name}: missing`);
      continue;
    }
    const schema = parameter.schema as Schema;
    faults.push(...faultsOf(schema, schema.type === 'integer' ? Number(text) : text, name));
  }
  for (const name of Object.keys(query))
    if (!known.has(`query ${name}`)) faults.push(`${name}: not described`);
  if (Number(query.per_page ?? 1) > 100) faults.push('per_page: at most 100');
  if (requestBody === undefined) return body === undefined ? faults : [...faults, 'body: not described'];
  return [...faults, ...faultsOf(requestBody.content['application/json'].schema, body, 'body')];
}

/** GitHub says of its whole API that it may redirect. */
const REDIRECTS = new Set([301, 302, 307]);

/** What is wrong with an answer. A status that is not described must have the form of GitHub's errors. */
export function answerFaults(method: string, path: string, status: number, body: unknown): readonly string[] {
  const response = operationOf(method, path).responses[String(status)];
  if (response === undefined) {
    return status < 400 && !REDIRECTS.has(status)
      ? [`status ${status}: not described`]
      : faultsOf({ $ref: '#/components/schemas/basic-error' }, body, 'error');
  }
  const { content } = resolve(response) as {
    readonly content?: Readonly<Record<string, { schema: Schema }>>;
  };
  const schema = content?.['application/json']?.schema;
  return schema === undefined ? [] : faultsOf(schema, body, 'answer');
}

/** The least that is valid: what is required, with null where it may be. `members` replace its own. */
export function sample(
  name: string,
  members: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { ...(sampleOf({ $ref: `#/components/schemas/${name}` }) as Record<string, unknown>), ...members };
}

function sampleOf(schema: Schema): unknown {
  const { type, enum: values, format, nullable, properties = {}, required = [] } = resolve(schema);
  if (nullable === true) return null;
  if (Array.isArray(values)) return values[0];
  switch (type) {
    case 'object':
      return Object.fromEntries(
        (required as readonly string[]).map((name) => [
          name,
          sampleOf((properties as Readonly<Record<string, Schema>>)[name] ?? {}),
        ]),
      );
    case 'array':
      return [];
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return 0;
    default:
      return format === 'uri'
        ? 'https://api.github.com/'
        : format === 'date-time'
          ? '2026-03-01T12:00:00Z'
          : 'text';
  }
}
