import type * as z from 'zod/mini';
import { nearest } from '../model/did-you-mean.ts';
import type { FaultCode } from '../model/faults.ts';
import type { Faults } from './faults.ts';
import { knownKeys } from './schema-keys.ts';
import { keyOffsetOf, type Node, nodeAt, offsetOf, type Path, printPath } from './tree.ts';

type Issue = z.core.$ZodIssue;

const LEAVE_OUT = 'Write a value, or leave the key out where it is optional.';

/** What a schema found wrong, told of the file: one fault for each place, and none where one is known already. */
export function addSchemaFaults(
  faults: Faults,
  root: Node,
  schema: z.core.$ZodType,
  issues: readonly Issue[],
): void {
  const single = issues.flatMap((issue) => withoutUnions(issue)).map(placed);
  // A key that was misspelt is missing too, which need not be said.
  const meant = new Set<string>();
  for (const { issue, path } of single) {
    if (issue.code !== 'unrecognized_keys') continue;
    const known = knownKeys(schema, path);
    for (const key of issue.keys) {
      const near = addUnknownKey(faults, root, [...path, key], known);
      if (near !== undefined) meant.add(printPath([...path, near]));
    }
  }
  for (const { issue, path } of single) {
    if (issue.code === 'unrecognized_keys' || faults.isKnown(path) || isInEmptied(faults, root, path))
      continue;
    if (nodeAt(root, path) === undefined && meant.has(printPath(path))) continue;
    addFault(faults, root, path, issue);
  }
}

const placed = (issue: Issue): { readonly issue: Issue; readonly path: Path } => ({
  issue,
  path: issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step)),
});

/** Of what may have several forms, only the nearest is told: the one that fits the kind of the value, with least against it. */
function withoutUnions(issue: Issue, base: readonly PropertyKey[] = []): readonly Issue[] {
  const path = [...base, ...issue.path];
  if (issue.code !== 'invalid_union') return [{ ...issue, path }];
  const branches = issue.errors.map((branch) => branch.flatMap((inner) => withoutUnions(inner, path)));
  const fitting = branches.filter((branch) => !branch.some((inner) => isOtherKind(inner, path)));
  const [best] = fitting.toSorted((a, b) => weight(a) - weight(b));
  if (best !== undefined) return best;
  const kinds = branches.flat().flatMap((inner) => (isOtherKind(inner, path) ? [kindOf(inner)] : []));
  return [{ code: 'custom', path, message: `policy.invalid: ${[...new Set(kinds)].join(' or ')}` }];
}

const isOtherKind = (issue: Issue, path: readonly PropertyKey[]): boolean =>
  issue.path.length === path.length && (issue.code === 'invalid_type' || issue.code === 'custom');

const weight = (issues: readonly Issue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);

/** That something is empty says all; that its parts are missing need not be said too. */
const isInEmptied = (faults: Faults, root: Node, path: Path): boolean => {
  const parent = nodeAt(root, path.slice(0, -1));
  return parent?.kind === 'mapping' && parent.entries.size === 0 && faults.touches(path.slice(0, -1));
};

/** @returns the known key that was probably meant */
function addUnknownKey(faults: Faults, root: Node, path: Path, known: readonly string[]): string | undefined {
  if (faults.isKnown(path)) return undefined;
  const near = nearest(String(path.at(-1)), known);
  const hint = near === undefined ? `Known here: ${known.join(', ') || 'no keys'}.` : `Did you mean ${near}?`;
  faults.add('policy.unknown-key', path, keyOffsetOf(root, path), 'unknown key', hint);
  return near;
}

function addFault(faults: Faults, root: Node, path: Path, issue: Issue): void {
  const { code, message, hint } = tell(issue, nodeAt(root, path));
  const offset = issue.code === 'invalid_key' ? keyOffsetOf(root, path) : offsetOf(root, path);
  faults.add(code, path, offset, message, hint);
}

interface Told {
  readonly code: FaultCode;
  readonly message: string;
  readonly hint?: string | undefined;
}

function tell(issue: Issue, node: Node | undefined): Told {
  const { code, expected } = expectation(issue);
  if (node === undefined)
    return { code: 'policy.invalid', message: 'a required key is missing', hint: `Expected: ${expected}.` };
  if (code === 'policy.invalid' && node.kind === 'scalar' && node.value === null)
    return { code: 'policy.empty', message: 'nothing is written there', hint: LEAVE_OUT };
  if (code !== 'policy.invalid' && code !== 'config.threshold') return { code, message: expected };
  return { code, message: `expected ${expected}, found ${printNode(node)}`, hint: hintFor(issue, node) };
}

const CUSTOM = /^((?:policy|config|key)\.[a-z-]+): (.*)$/s;

/** What a schema says in its own words begins with a code. */
function expectation(issue: Issue): { readonly code: FaultCode; readonly expected: string } {
  if (issue.code === 'invalid_key') {
    const [first] = issue.issues;
    return first === undefined ? { code: 'policy.invalid', expected: 'another key' } : expectation(first);
  }
  const [, code, words] = CUSTOM.exec(issue.message) ?? [];
  if (code !== undefined && words !== undefined) return { code: code as FaultCode, expected: words };
  switch (issue.code) {
    case 'invalid_type':
      return { code: 'policy.invalid', expected: kindOf(issue) };
    case 'invalid_value':
      return { code: 'policy.invalid', expected: choice(issue.values.map(String)) };
    case 'too_small':
      if (issue.origin === 'string') return { code: 'policy.empty-pattern', expected: 'an empty text' };
      if (issue.origin === 'array') return { code: 'policy.empty', expected: 'an empty list' };
      return { code: 'policy.invalid', expected: `at least ${issue.minimum}` };
    case 'too_big':
      return { code: 'policy.invalid', expected: `at most ${issue.maximum}` };
    default:
      return { code: 'policy.invalid', expected: 'another value' };
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a whole number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

const kindOf = (issue: Issue): string =>
  issue.code === 'invalid_type'
    ? (KINDS[issue.expected] ?? issue.expected)
    : issue.message.replace(CUSTOM, '$2');

/** Longer lists stand in the hint. */
const FEW = 8;

const choice = (words: readonly string[]): string =>
  words.length > FEW
    ? `one of ${words.length} names`
    : words.length < 2
      ? words.join('')
      : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

/** As it was written, cut. */
export function printNode(node: Node): string {
  switch (node.kind) {
    case 'list':
      return 'a list';
    case 'mapping':
      return 'a mapping';
    case 'text':
      return JSON.stringify(node.value.length > 80 ? `${node.value.slice(0, 80)}…` : node.value);
    default:
      return node.source === '' ? 'nothing' : node.source.slice(0, 80);
  }
}

function hintFor(issue: Issue, node: Node): string | undefined {
  const wanted = issue.code === 'invalid_value' ? issue.values : [];
  const wantsText = kindOf(issue).includes('a text');
  if (node.kind === 'text') {
    const near = nearest(
      node.value,
      wanted.filter((value) => typeof value === 'string'),
    );
    if (near !== undefined) return `Did you mean ${near}?`;
    if (wanted.length > FEW) return `Known are ${wanted.join(', ')}.`;
    const isOther = wanted.some((value) => typeof value !== 'string' && String(value) === node.value);
    if (isOther || (/^(?:[0-9]+|true|false)$/.test(node.value) && isKind(issue) && !wantsText))
      return `Write it without quotes: ${node.value}.`;
  }
  if (node.kind === 'number' || node.kind === 'scalar') {
    if (wantsText || wanted.includes(node.source))
      return `Write it in quotes: ${JSON.stringify(node.source)}.`;
  }
  if (issue.message.startsWith('config.threshold'))
    return 'Write a whole number of at least 1; leave it out for what holds anyway.';
  if (kindOf(issue) === 'a list' && node.kind !== 'mapping')
    return 'Write a list: [ … ], or one dash on each line.';
  return undefined;
}

const isKind = (issue: Issue): boolean => issue.code === 'invalid_type';
