/**
 * Writes test/kit/schemas/github-api.json: what GitHub's own description of its REST API says of the few requests that
 * are made to it, and the schemas that those refer to. Run as `node scripts/github-schemas.ts`; it needs npm's registry.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = '@octokit/openapi';
const VERSION = '23.0.2';
const SOURCE = 'generated/api.github.com.json';
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const TARGET = join(ROOT, 'test/kit/schemas/github-api.json');

const OPERATIONS: readonly (readonly [method: 'get' | 'post', path: string])[] = [
  ['get', '/repos/{owner}/{repo}'],
  ['get', '/users/{username}'],
  ['get', '/repos/{owner}/{repo}/attestations/{subject_digest}'],
  ['get', '/orgs/{org}/attestations/{subject_digest}'],
  ['get', '/users/{username}/attestations/{subject_digest}'],
  ['post', '/orgs/{org}/attestations/bulk-list'],
  ['post', '/users/{username}/attestations/bulk-list'],
  ['get', '/repos/{owner}/{repo}/releases/tags/{tag}'],
  ['get', '/repos/{owner}/{repo}/releases/{release_id}/assets'],
  ['get', '/repos/{owner}/{repo}/releases/assets/{asset_id}'],
];

/** For people, not for validation. */
const LEFT_OUT = new Set(['description', 'title', 'example', 'examples', 'externalDocs', 'summary', 'tags']);
/** Members that nobody reads here and that would bring half of the description along. */
const LEFT_OUT_MEMBERS = new Set(['template_repository', 'parent', 'source', 'organization', 'headers']);

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Without what is for people. In `properties`, names are names of members, whatever they are. */
function strip(value: Json, isMembers = false): Json {
  if (Array.isArray(value)) return value.map((item) => strip(item));
  if (!isObject(value)) return value;
  const kept: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    if (LEFT_OUT_MEMBERS.has(key)) continue;
    if (!isMembers && (LEFT_OUT.has(key) || key.startsWith('x-'))) continue;
    kept[key] = strip(member, !isMembers && (key === 'properties' || key === 'schemas'));
  }
  return kept;
}

function referencesOf(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(referencesOf);
  if (!isObject(value)) return [];
  const { $ref: reference } = value;
  return [
    ...(typeof reference === 'string' ? [reference] : []),
    ...Object.values(value).flatMap(referencesOf),
  ];
}

function at(root: JsonObject, reference: string): Json {
  let value: Json | undefined = root;
  for (const step of reference.replace(/^#\//, '').split('/'))
    value = isObject(value) ? value[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
  if (value === undefined) throw new Error(`no such reference: ${reference}`);
  return value;
}

function extract(description: JsonObject): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const [method, path] of OPERATIONS) {
    const { operationId, parameters, requestBody, responses } = strip(
      at(description, `#/paths/${path.replaceAll('/', '~1')}/${method}`),
    ) as JsonObject;
    const operation = { operationId, parameters, requestBody, responses } as JsonObject;
    paths[path] = { ...paths[path], [method]: operation };
  }
  const components: Record<string, JsonObject> = {};
  const queue = [...referencesOf(paths as JsonObject)];
  const seen = new Set<string>();
  for (let reference = queue.pop(); reference !== undefined; reference = queue.pop()) {
    if (seen.has(reference)) continue;
    seen.add(reference);
    const [, , kind = '', name = ''] = reference.split('/');
    const value = strip(at(description, reference));
    components[kind] = { ...components[kind], [name]: value };
    queue.push(...referencesOf(value));
  }
  const sorted = Object.entries(components).map(([kind, values]) => [
    kind,
    Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))),
  ]);
  return {
    package: PACKAGE,
    version: VERSION,
    source: SOURCE,
    license: 'MIT',
    paths,
    components: Object.fromEntries(sorted.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))) as JsonObject,
  };
}

const work = mkdtempSync(join(tmpdir(), 'github-schemas-'));
try {
  const packed = execFileSync('npm', ['pack', '--silent', `${PACKAGE}@${VERSION}`], {
    cwd: work,
    encoding: 'utf8',
  });
  execFileSync('tar', ['xzf', packed.trim(), `package/${SOURCE}`], { cwd: work });
  const description = JSON.parse(readFileSync(join(work, 'package', SOURCE), 'utf8')) as JsonObject;
  writeFileSync(TARGET, `${JSON.stringify(extract(description), null, 2)}\n`);
  execFileSync(process.execPath, [
    join(ROOT, 'node_modules/@biomejs/biome/bin/biome'),
    'format',
    '--write',
    TARGET,
  ]);
} finally {
  rmSync(work, { recursive: true, force: true });
}
