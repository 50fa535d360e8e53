import { beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/model/faults.ts';
import { answerOf, PRESETS, type Preset, readPreset } from './presets.ts';

/**
 * No line of a preset is for show: without it, a case of the preset that was blocked is allowed, or the policy is refused
 * as a whole. Of a list of which one entry must fit, and of a key that widens, the other way round: without it, a case
 * that was allowed is not.
 */

type Path = readonly (string | number)[];
type Verdict = Awaited<ReturnType<typeof answerOf>>['verdict'] | 'policy refused';

const isContainer = (value: unknown): value is Record<string | number, unknown> =>
  typeof value === 'object' && value !== null;

/** Every key of a mapping and every entry of a list below a path. */
function pathsBelow(value: unknown, path: Path): readonly Path[] {
  if (!isContainer(value)) return [];
  const steps = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return steps.flatMap((step) => [[...path, step], ...pathsBelow(value[step], [...path, step])]);
}

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, step) => (isContainer(inner) ? inner[step] : undefined), value);

/** What goes with a path: a mapping or list that would be empty without it is taken out whole. */
function outermost(value: unknown, path: Path): Path {
  const parent = path.slice(0, -1);
  const holder = at(value, parent);
  const isAlone = isContainer(holder) && Object.keys(holder).length === 1;
  return parent.length > 0 && isAlone ? outermost(value, parent) : path;
}

/** A copy without what is at a path. */
function without(value: unknown, path: Path): unknown {
  const copy: unknown = structuredClone(value);
  const taken = outermost(copy, path);
  const holder = at(copy, taken.slice(0, -1));
  const step = taken.at(-1);
  if (!isContainer(holder) || step === undefined) throw new Error(`no such path: ${path.join('.')}`);
  if (Array.isArray(holder)) holder.splice(Number(step), 1);
  else delete holder[step];
  return copy;
}

/** The name of an environment and an entry of `packages` are no keys of a rule. */
const isKeyOfRule = ([, , key]: Path): boolean => key !== undefined;
/** For people and for records; nothing is evaluated by them. */
const NOT_EVALUATED = new Set(['aliases', 'tier', 'mode']);

/** One of these must fit: an entry less is stricter. */
const ALTERNATIVES =
  /^(?:packages\.\d+\.(?:source\.refs|builders|predicateTypes|triggers|runners|parameters\.free)|environments\.[^.]+\.(?:trustedRoots|evidence\.(?:store|signer)))\.\d+$/;
const RULES = /^environments\.[^.]+\.rules(?:\.required)?(?:\.\d+)?$/;

const isWidening = (value: unknown, path: Path): boolean => {
  const taken = outermost(value, path);
  return (
    ALTERNATIVES.test(taken.join('.')) ||
    (taken.at(-1) === 'ref' && at(value, taken) === 'any') ||
    taken.join('.').endsWith('parameters.free')
  );
};

/** What must be taken out before a required rule is asked no longer. */
const ASKED_BY: Readonly<Record<string, readonly string[]>> = {
  'source-ref': ['source.refs'],
  'source-repository-id': ['source.repositoryId', 'source.ownerId'],
  'build-parameters': ['parameters'],
  'runner-environment': ['runners'],
  'bundle-version': ['minBundleVersion'],
};

/** A policy in which nothing asks the rule. */
function unasked(value: unknown, rule: string): unknown {
  const ends = ASKED_BY[rule];
  if (ends === undefined) throw new Error(`nothing is known to ask ${rule}`);
  const asking = pathsBelow(value, []).filter((path) =>
    ends.some((end) => path.join('.').endsWith(`.${end}`)),
  );
  expect(asking.length).toBeGreaterThan(0);
  return asking.reduce((rest, path) => without(rest, path), value);
}

describe.each(PRESETS)('the preset %s', (name) => {
  const preset: Preset = readPreset(name);
  const whole = preset.value();
  /** Without the lists that block as soon as a key is gone; what they do is a test of its own. */
  const unguarded = pathsBelow(whole, [])
    .filter((path) => path.join('.').endsWith('.rules.required'))
    .reduce<unknown>(without, whole);
  const before = new Map<string, Verdict>();

  beforeAll(async () => {
    for (const one of preset.cases) before.set(one.name, (await answerOf(preset, whole, one)).verdict);
  });

  /** The first case whose verdict changes from `from` to `to` under another policy. */
  async function turning(
    value: unknown,
    isTurned: (from: Verdict, to: Verdict) => boolean,
  ): Promise<string | undefined> {
    for (const one of preset.cases) {
      const from = before.get(one.name) ?? 'policy refused';
      const to = await verdictOf(value, one);
      if (isTurned(from, to)) return one.name;
    }
    return undefined;
  }

  async function verdictOf(value: unknown, one: Preset['cases'][number]): Promise<Verdict> {
    try {
      return (await answerOf(preset, value, one)).verdict;
    } catch (error) {
      if (error instanceof ConfigError) return 'policy refused';
      throw error;
    }
  }

  const paths = ['packages', 'environments']
    .flatMap((key) => pathsBelow(whole[key], [key]))
    .filter((path) => isKeyOfRule(path) && !NOT_EVALUATED.has(String(path.at(-1))));
  const demands = paths.filter((path) => !RULES.test(path.join('.')) && !isWidening(whole, path));
  const widening = paths.filter((path) => isWidening(whole, path));
  const required = paths.filter((path) => /\.rules\.required\.\d+$/.test(path.join('.')));

  it('has cases of both kinds', () => {
    expect([...before.values()]).toContain('allow');
    expect([...before.values()].filter((verdict) => verdict !== 'allow').length).toBeGreaterThan(3);
    expect(demands.length).toBeGreaterThan(6);
  });

  it.each(demands.map((path) => path.join('.')))('blocks by %s', async (key) => {
    const path = demands.find((candidate) => candidate.join('.') === key) ?? [];
    const turned = await turning(
      without(unguarded, path),
      (from, to) => to === 'policy refused' || (from !== 'allow' && to === 'allow'),
    );
    expect(turned, `no case needs ${key}`).toBeDefined();
  });

  if (widening.length > 0)
    it.each(widening.map((path) => path.join('.')))('needs %s', async (key) => {
      const path = widening.find((candidate) => candidate.join('.') === key) ?? [];
      const turned = await turning(without(whole, path), (from, to) => from === 'allow' && to !== 'allow');
      expect(turned, `no case needs ${key}`).toBeDefined();
    });

  if (required.length > 0)
    it.each(required.map((path) => String(at(whole, path))))(
      'blocks everything once nothing asks %s',
      async (rule) => {
        const path = required.find((candidate) => at(whole, candidate) === rule) ?? [];
        const value = unasked(whole, rule);
        const allowed = preset.cases.find(
          ({ name: caseName, file }) => before.get(caseName) === 'allow' && file.environment === 'staging',
        );
        if (allowed === undefined) throw new Error('no case is allowed to staging');
        expect(await answerOf(preset, value, allowed)).toMatchObject({
          verdict: 'indeterminate',
          codes: ['rule.not-evaluated'],
        });
        expect(await verdictOf(without(value, path), allowed)).toBe('allow');
      },
    );
});
