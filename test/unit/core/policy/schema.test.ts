import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { knownKeys } from '../../../../src/core/config/schema-keys.ts';
import { printPath } from '../../../../src/core/config/tree.ts';
import { policyJsonSchema } from '../../../../src/core/policy/json-schema.ts';
import { parsePolicy } from '../../../../src/core/policy/parse.ts';
import {
  ALWAYS_REQUIRED,
  isAlwaysRequired,
  OPTIONAL_RULES,
  POLICY_RULES,
} from '../../../../src/core/policy/rules.ts';
import { PolicySchema } from '../../../../src/core/policy/schema.ts';
import {
  changed,
  keyPathsOf,
  refusedPolicy,
  type Tree,
  toBytes,
  toYaml,
  valuePathsOf,
} from '../../../attacks/policy-file.ts';
import { FULL_POLICY } from '../../../kit/full-policy.ts';

const FULL = parse(FULL_POLICY) as Tree;

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly description?: string;
  readonly type?: string;
  readonly minProperties?: number;
}

/** Every mapping's key in a JSON Schema with what stands there; list items are `[]`, names of the author `NAME`. */
function schemaKeys(schema: JsonSchema, path = ''): [string, JsonSchema][] {
  const { properties = {}, additionalProperties, items, anyOf = [] } = schema;
  return [
    ...Object.entries(properties).flatMap(([key, inner]): [string, JsonSchema][] => [
      [`${path}.${key}`, inner],
      ...schemaKeys(inner, `${path}.${key}`),
    ]),
    ...(typeof additionalProperties === 'object' ? schemaKeys(additionalProperties, `${path}.NAME`) : []),
    ...(items === undefined ? [] : schemaKeys(items, `${path}[]`)),
    ...anyOf.flatMap((form) => schemaKeys(form, path)),
  ];
}

const normal = (path: readonly (string | number)[]): string =>
  path
    .map((step, index) => {
      if (typeof step === 'number') return '[]';
      return knownKeys(PolicySchema, path.slice(0, index)).includes(step) ? `.${step}` : '.NAME';
    })
    .join('');

describe('the schema of policies', () => {
  const keys = schemaKeys(policyJsonSchema());

  it('has no key that the full example lacks', () => {
    const used = new Set(keyPathsOf(FULL).map(normal));
    const missing = keys.map(([path]) => path).filter((path) => !used.has(path));
    // Patterns and signers have several forms, of which each stands somewhere.
    const isForm = (path: string): boolean => /\.(?:glob|re2)$|\.signer\.(?:identity|issuer|key)/.test(path);
    expect(missing.filter((path) => !isForm(path))).toEqual([]);
    expect(keys.length).toBeGreaterThan(120);
  });

  it('describes every key in a sentence', () => {
    for (const [path, { description }] of keys) expect(description, path).toMatch(/^\S.*\.$/s);
  });

  it('closes every mapping, and lets none be empty', () => {
    const mappings = keys.map(([, schema]) => schema).filter(({ type }) => type === 'object');
    expect(mappings.length).toBeGreaterThan(15);
    for (const { additionalProperties, minProperties } of [policyJsonSchema() as JsonSchema, ...mappings]) {
      expect(additionalProperties).not.toBe(true);
      expect(additionalProperties).toBeDefined();
      expect(minProperties).toBe(1);
    }
  });

  it('reads every value of the full example: nonsense is refused wherever it stands', () => {
    for (const path of valuePathsOf(FULL)) {
      const text = toYaml(changed(FULL, path, (holder, last) => (holder[last] = [[['nonsense']]])));
      const paths = refusedPolicy(text).faults.map((fault) => fault.path);
      expect(
        paths.some((found) => found.startsWith(printPath(path))),
        `${printPath(path)}: ${paths}`,
      ).toBe(true);
    }
  });

  it('needs every required key of the full example, and gives back what is left without any other', () => {
    const answers = keyPathsOf(FULL).map((path) => {
      const tree = changed(FULL, path, (holder, last) => delete holder[last]);
      try {
        expect(parsePolicy(toBytes(toYaml(tree)), 'policy.yaml')).toEqual(tree);
        return 'optional';
      } catch (error) {
        expect(error).toHaveProperty('exitCode', 64);
        return 'required';
      }
    });
    expect(answers.filter((answer) => answer === 'optional').length).toBeGreaterThan(40);
    expect(answers.filter((answer) => answer === 'required').length).toBeGreaterThan(40);
  });
});

describe('the rules of policies', () => {
  it('are either always required or optional', () => {
    expect(new Set(POLICY_RULES).size).toBe(POLICY_RULES.length);
    expect(POLICY_RULES.filter(isAlwaysRequired)).toEqual(ALWAYS_REQUIRED);
    expect(OPTIONAL_RULES.some(isAlwaysRequired)).toBe(false);
  });

  it.each([
    'attestation',
    'signature',
    'verifier-agreement',
    'statement',
    'provenance',
    'subject-digest',
    'predicate-type',
    'signer-identity',
    'builder-id',
    'source-uri',
    'min-level',
    'log-inclusion',
  ])('never make %s optional', (rule) => expect(isAlwaysRequired(rule)).toBe(true));
});
