import { parse, stringify } from 'yaml';
import { ConfigError } from '../../src/core/model/faults.ts';
import { parsePolicy } from '../../src/core/policy/parse.ts';
import { compilePattern } from '../../src/core/policy/pattern.ts';
import type { PatternInput } from '../../src/core/policy/schema.ts';
import { FULL_POLICY, SMALL_POLICY } from '../../test/kit/full-policy.ts';
import { mutateText } from '../mutate.ts';
import { mutateJson, mutateJsonText } from '../mutate-json.ts';
import type { Random } from '../random.ts';
import { assert, attempt, type FuzzTarget } from '../target.ts';

const VARIABLE = `$${'{'}`;

/** What only YAML has, to be put between the lines of a policy. */
const LINES = [
  '<<: *a',
  'a: &a [*a, *a]',
  '? a',
  ': b',
  '---',
  '...',
  '%YAML 1.1',
  '!!js/function x',
  '- - - - -',
  '"a": "\\u202e"',
  'a: |+2',
  'a: >-',
  '__proto__: { a: b }',
  `a: ${VARIABLE}b}`,
  '\t',
  '# \ufeff',
] as const;

const PATTERNS: readonly PatternInput[] = [
  'refs/heads/main',
  { glob: 'refs/tags/v*' },
  { glob: 'https://github.com/**/x?' },
  { re2: '^refs/tags/v[0-9]+$' },
];
const TEXTS = ['refs/heads/main', 'refs/tags/v1.2.3', 'https://github.com/a/b/xy', '', 'a'];

/** Policies begin with one byte that says how they are called. */
const [YAML, JSON_FILE, PATTERN] = ['y', 'j', 'p'];

function drawPolicy(random: Random): string {
  const text = random.oneIn(3) ? SMALL_POLICY : FULL_POLICY;
  switch (random.below(4)) {
    case 0:
      return YAML + mutateText(text, random);
    case 1: {
      const lines = text.split('\n');
      lines.splice(random.below(lines.length), random.below(3), random.pick(LINES));
      return YAML + lines.join('\n');
    }
    case 2:
      return YAML + stringify(mutateJson(parse(text), random, [parse(SMALL_POLICY)]));
    default: {
      const json = JSON.stringify(mutateJson(parse(text), random, [parse(SMALL_POLICY)])) ?? '';
      return JSON_FILE + (random.oneIn(2) ? json : mutateJsonText(json, random).toString());
    }
  }
}

/**
 * F9: policies as YAML and JSON, and their patterns. A policy that is accepted is what an ordinary reader sees in it, is
 * accepted again in the other form, and holds nothing empty; one that is refused says where, a line for each fault.
 */
export function policyTarget(): FuzzTarget {
  return {
    id: 'F9',
    title: 'policies and their patterns',
    draw(random) {
      if (random.oneIn(4))
        return Buffer.from(PATTERN + mutateText(JSON.stringify(random.pick(PATTERNS)), random));
      // Some good ones, so that it is seen that they are.
      if (random.oneIn(20)) return Buffer.from(YAML + (random.oneIn(2) ? SMALL_POLICY : FULL_POLICY));
      return Buffer.from(drawPolicy(random));
    },
    check(input) {
      const body = input.subarray(1);
      if (input.subarray(0, 1).toString() === PATTERN) return checkPattern(body.toString());
      const fileName = input.subarray(0, 1).toString() === JSON_FILE ? 'policy.json' : 'policy.yaml';
      try {
        const policy = parsePolicy(body, fileName);
        const text = JSON.stringify(policy);
        const seen: unknown =
          fileName === 'policy.json' ? JSON.parse(body.toString()) : parse(body.toString());
        assert(
          JSON.stringify(sorted(seen)) === JSON.stringify(sorted(policy)),
          'another reader sees something else',
        );
        assert(
          JSON.stringify(parsePolicy(Buffer.from(text), 'again.json')) === text,
          'it is another one as JSON',
        );
        assert(isFilled(policy), 'something in it is empty');
        return 'accepted';
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        for (const { line, column, message } of error.faults) {
          assert(line >= 1 && column >= 1, 'a fault without a place');
          assert(!/[\n\r]/.test(message), 'a fault of two lines');
        }
        assert(error.exitCode === 64, 'a refusal that is no wrong use');
        return error.finding;
      }
    },
  };
}

function isFilled(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() !== '' && !value.includes(VARIABLE);
  if (typeof value !== 'object') return value !== undefined;
  const inner = Object.values(value ?? {});
  return inner.length > 0 && inner.every(isFilled);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

function checkPattern(text: string): string {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    return 'no pattern';
  }
  if (!isPattern(pattern)) return 'no pattern';
  const compiled = attempt(() => compilePattern(pattern));
  if ('refused' in compiled) return compiled.refused;
  const { matches } = compiled.value;
  assert(!matches('') && !matches('x-any://a.B_c/~d'), 'it matches what nobody means');
  for (const candidate of TEXTS) {
    assert(
      !matches(candidate) || !matches(`\0${candidate}`) || typeof pattern !== 'string',
      'a text matches two',
    );
  }
  return 'accepted';
}

const isPattern = (value: unknown): value is PatternInput => {
  if (typeof value === 'string') return true;
  const [entry, more] = Object.entries(value ?? {});
  return (
    more === undefined && (entry?.[0] === 'glob' || entry?.[0] === 're2') && typeof entry[1] === 'string'
  );
};
