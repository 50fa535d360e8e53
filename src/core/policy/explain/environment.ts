import type { EnvironmentChain } from '../environment.ts';
import type { Requirements } from '../requirements.ts';
import type { PolicyApprovals, PolicyEnvironment, PolicyEvidence, PolicyFreshness } from '../schema.ts';
import { allOf, count, duration, oneOf, patterns, type Sentence, say, sayIf, signer } from './phrases.ts';

type Path = readonly (string | number)[];

/** An environment of a chain with its path. */
interface Placed {
  readonly environment: PolicyEnvironment;
  readonly path: Path;
}

const NOT_YET = 'Nothing can answer this yet, so everything is blocked.';

/** What an environment and all that it extends demand: of each demand the strictest, and where it stands. */
export function explainEnvironment(chain: EnvironmentChain, requirements: Requirements): readonly Sentence[] {
  const placed = chain.environments.map(
    (environment, index): Placed => ({
      environment,
      path: ['environments', chain.names[index] ?? chain.name],
    }),
  );
  /** The layer that says exactly this. */
  const where = (key: keyof PolicyEnvironment, isIt: (value: unknown) => boolean): Path => {
    const found = placed.find(({ environment }) => isIt(environment[key])) ?? placed[0];
    return [...(found?.path ?? []), key];
  };
  const { level, trustedRoots, minBundleVersion, quantifier, verifier } = requirements;
  return [
    ...placed.flatMap(about),
    say(
      'when',
      where('level', (value) => value === level),
      `It reaches SLSA build level ${level}${level === 3 ? '' : ' or higher'}.`,
    ),
    say(
      'when',
      where('trustedRoots', (value) => value !== undefined),
      `Its signature verifies under the trusted root ${oneOf(trustedRoots)}.`,
    ),
    ...placed.flatMap(({ environment, path }) =>
      sayIf(
        environment.maxTrustAge,
        'when',
        [...path, 'maxTrustAge'],
        (age) => `That root was known to be current at most ${duration(age)} ago.`,
      ),
    ),
    ...sayIf(
      minBundleVersion,
      'when',
      where('minBundleVersion', (value) => value === minBundleVersion),
      (version) => `Its attestation is a Sigstore bundle of version ${version} or newer.`,
    ),
    ...placed.flatMap(thresholds),
    say(
      'when',
      where('verifier', (value) => value === verifier),
      verifier === 'both'
        ? 'Two verifiers agree that the signature verifies.'
        : 'Our own verifier alone says that the signature verifies; @sigstore/verify is not asked.',
    ),
    say(
      'when',
      where('provenance', (value) => value !== undefined),
      quantifier === 'all'
        ? 'All of this is true of every attestation about the artifact, and there is at least one.'
        : 'All of this is true of one attestation about the artifact; others do not matter.',
    ),
    ...placed.flatMap(({ environment, path }) =>
      environment.verifier === 'strict' && verifier === 'both'
        ? [
            say(
              'about',
              [...path, 'verifier'],
              'Our own verifier would be enough here, but another environment asks for two, so two are asked.',
            ),
          ]
        : [],
    ),
    ...placed.flatMap(rules(requirements)),
    ...placed.flatMap(({ environment, path }) =>
      sayIf(
        environment.sources?.required,
        'when',
        [...path, 'sources', 'required'],
        (names) => `The sources ${allOf(names)} have told all that they have.`,
      ),
    ),
    ...placed.flatMap(vetoes),
    ...placed.flatMap(({ environment, path }) => [
      ...(environment.freshness === undefined
        ? []
        : freshness(environment.freshness, [...path, 'freshness'])),
      ...(environment.approvals === undefined
        ? []
        : approvals(environment.approvals, [...path, 'approvals'])),
      ...(environment.clock === 'corroborated'
        ? [say('blocks', [...path, 'clock'], `The clock is confirmed by servers. ${NOT_YET}`)]
        : sayIf(
            environment.clock,
            'when',
            [...path, 'clock'],
            () => 'The clock of this machine tells the time.',
          )),
      ...(environment.evidence === undefined ? [] : evidence(environment.evidence, [...path, 'evidence'])),
    ]),
  ];
}

function about({ environment, path }: Placed, index: number): readonly Sentence[] {
  const name = String(path[1]);
  const bases = [environment.extends ?? []].flat();
  return [
    ...(index === 0 ? named(environment, path, name) : []),
    ...(bases.length === 0
      ? []
      : [say('about', [...path, 'extends'], `What ${allOf(bases)} demands holds in ${name} too.`)]),
  ];
}

const named = ({ aliases, tier, mode }: PolicyEnvironment, path: Path, name: string): readonly Sentence[] => [
  ...sayIf(aliases, 'about', [...path, 'aliases'], (names) => `${name} is also called ${allOf(names)}.`),
  ...sayIf(tier, 'about', [...path, 'tier'], (kind) => `${name} is an environment for ${kind}.`),
  ...sayIf(
    mode,
    'about',
    [...path, 'mode'],
    (kind) => `The record says that the answer is enforced as: ${kind}.`,
  ),
];

const WITNESSES = {
  log: ['transparency log has the signature', 'transparency logs have the signature'],
  sct: ['certificate log has the certificate', 'certificate logs have the certificate'],
  tsa: ['timestamp authority has seen the signature', 'timestamp authorities have seen the signature'],
  time: ['verified time confirms the signature', 'verified times confirm the signature'],
} as const;

const thresholds = ({ environment, path }: Placed): readonly Sentence[] =>
  (['log', 'sct', 'tsa', 'time'] as const).flatMap((name) =>
    sayIf(
      environment.thresholds?.[name],
      'when',
      [...path, 'thresholds', name],
      (number) => `At least ${count(number, WITNESSES[name][0], WITNESSES[name][1])}.`,
    ),
  );

const rules =
  ({ demands }: Requirements) =>
  ({ environment, path }: Placed): readonly Sentence[] => [
    ...(environment.rules?.required ?? []).map((rule, index) =>
      say(
        'when',
        [...path, 'rules', 'required', index],
        `Something in the policy asks ${rule}; if nothing does, everything is blocked.`,
      ),
    ),
    ...(environment.rules?.reported ?? []).map((rule, index) =>
      demands.reported.has(rule)
        ? say(
            'exception',
            [...path, 'rules', 'reported', index],
            `What ${rule} finds is shown and does not decide.`,
          )
        : say(
            'about',
            [...path, 'rules', 'reported', index],
            `What ${rule} finds would only be shown, but another environment lets it decide, so it does.`,
          ),
    ),
  ];

const vetoes = ({ environment, path }: Placed): readonly Sentence[] =>
  (environment.vetoes ?? []).map((veto, index) =>
    say(
      'unless',
      [...path, 'vetoes', index],
      `${veto.verifierId} has signed that the artifact must not pass, by ${signer(veto.signer)}.`,
    ),
  );

const MODES = {
  head: 'the newest commit of it',
  contains: 'a commit that lies on it',
  tag: 'a commit of it that is tagged',
} as const;

function freshness(demand: PolicyFreshness, path: Path): readonly Sentence[] {
  const { branch, mode = 'head', maxAge, paths, sharedPaths, maxEntries, maxBehind } = demand;
  const details = [
    `the release branch is ${branch}`,
    `what was built is ${MODES[mode]}`,
    ...(maxAge === undefined ? [] : [`the attestation is at most ${duration(maxAge)} old`]),
    ...(paths === undefined ? [] : [`its files are ${patterns(paths)}`]),
    ...(sharedPaths === undefined ? [] : [`files of every package are ${patterns(sharedPaths)}`]),
    ...(maxEntries === undefined ? [] : [`at most ${count(maxEntries, 'newer change')} may be missing`]),
    ...(maxBehind === undefined ? [] : [`for at most ${duration(maxBehind)}`]),
  ];
  return [
    say('blocks', path, `The release is fresh by ${allOf(demand.rules)}: ${details.join(', ')}. ${NOT_YET}`),
  ];
}

function approvals({ change, release }: PolicyApprovals, path: Path): readonly Sentence[] {
  return [
    ...sayIf(
      change,
      'blocks',
      [...path, 'change'],
      ({ minimum, since }) =>
        `Every change since ${since} was approved by ${count(minimum, 'person', 'people')}. ${NOT_YET}`,
    ),
    ...sayIf(release, 'blocks', [...path, 'release'], ({ minimum, maxAge }) => {
      const age = maxAge === undefined ? '' : `, at most ${duration(maxAge)} ago`;
      return `The release was approved by ${count(minimum, 'person', 'people')}${age}. ${NOT_YET}`;
    }),
  ];
}

const evidence = (
  { store, signer: schemes, sinks, durable }: PolicyEvidence,
  path: Path,
): readonly Sentence[] => [
  ...sayIf(store, 'record', [...path, 'store'], (kinds) => `Records are kept in ${oneOf(kinds)}.`),
  ...sayIf(
    schemes,
    'record',
    [...path, 'signer'],
    (kinds) => `Records are signed by a key of the kind ${oneOf(kinds)}.`,
  ),
  ...sayIf(
    sinks,
    'record',
    [...path, 'sinks'],
    (names) => `Nothing is allowed before ${allOf(names)} has acknowledged the record.`,
  ),
  ...sayIf(
    durable,
    'record',
    [...path, 'durable'],
    () => 'A store in the file system of a container is refused, unless a second place must acknowledge.',
  ),
];
