import { isVersionTag } from '../../model/builder-id.ts';
import type { SeenBuild, SeenBuilder } from './release.ts';
import { collect, type Seen, seenIn } from './seen.ts';
import { comment, indent, item, scalar } from './yaml.ts';

export interface PackageDraft {
  readonly lines: readonly string[];
  readonly differences: readonly string[];
}

const WORD = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const DIGITS = /^[1-9][0-9]{0,19}$/;

/** One entry of `packages` for what was seen of one package. */
export function draftPackage(name: string, builds: readonly SeenBuild[]): PackageDraft {
  const differences: string[] = [];
  /** What some release does not tell cannot be asked. */
  const untold = (key: string, told: number, silent: readonly number[]): readonly string[] => {
    const by = silent.length === 0 || told === 0 ? 'any release' : printReleases(silent);
    if (told > 0) differences.push(`${name}: ${key} is not told by ${by}, so nothing is asked of it`);
    return [comment(`${key}: not told by ${by}`)];
  };
  /** A key that has one value: that of the latest release, with the others beside it. */
  const single = (
    key: string,
    read: (build: SeenBuild) => string | undefined,
    isUsable: (value: string) => boolean = () => true,
  ): readonly string[] => {
    const seen = collect(builds, read);
    const latest = seen.toSorted((a, b) => Math.max(...a.releases) - Math.max(...b.releases)).at(-1);
    const silent = silentOf(builds, read);
    if (latest === undefined || silent.length > 0 || !isUsable(latest.value))
      return untold(key, seen.length, silent);
    const others = seen.filter((one) => one !== latest);
    for (const { value, releases } of others)
      differences.push(`${name}: ${key} is ${latest.value}, but was ${value} in ${printReleases(releases)}`);
    return [
      ...others.map(({ value, releases }) => comment(`${key} was ${value} in ${printReleases(releases)}`)),
      `${key}: ${scalar(latest.value)} ${seenIn(latest.releases)}`,
    ];
  };
  /** A key that has a list, of which one must fit: all values that were seen. */
  const listed = (
    key: string,
    read: (build: SeenBuild) => string | undefined,
    isUsable: (value: string) => boolean = () => true,
  ): readonly string[] => {
    const seen = collect(builds, read);
    const silent = silentOf(builds, read);
    if (seen.length === 0 || silent.length > 0 || !seen.every(({ value }) => isUsable(value)))
      return untold(key, seen.length, silent);
    if (seen.length > 1) differences.push(`${name}: ${key} differs: ${printSeen(seen)}`);
    return [`${key}:`, ...seen.map(({ value, releases }) => `  - ${scalar(value)} ${seenIn(releases)}`)];
  };
  const releases = [...new Set(builds.map(({ release }) => release))];
  const lines = [
    `package: ${scalar(name)} ${seenIn(releases)}`,
    'source:',
    ...indent([
      ...single('repository', ({ repository }) => repository),
      ...single(
        'repositoryId',
        ({ repositoryId }) => repositoryId,
        (id) => DIGITS.test(id),
      ),
      ...single(
        'ownerId',
        ({ ownerId }) => ownerId,
        (id) => DIGITS.test(id),
      ),
      ...refsHint(builds),
      ...listed(
        'refs',
        ({ ref }) => ref,
        (ref) => ref.startsWith('refs/'),
      ),
    ]),
    'builders:',
    ...indent(builderLines(name, builds, differences)),
    ...listed('predicateTypes', ({ predicateType }) => predicateType),
    ...parameterLines(name, builds, differences),
    ...listed(
      'triggers',
      ({ trigger }) => trigger,
      (trigger) => WORD.test(trigger),
    ),
    ...listed(
      'runners',
      ({ runner }) => runner,
      (runner) => WORD.test(runner),
    ),
  ];
  return { lines, differences };
}

const silentOf = (builds: readonly SeenBuild[], read: (build: SeenBuild) => unknown): readonly number[] => [
  ...new Set(builds.filter((build) => read(build) === undefined).map(({ release }) => release)),
];

const printReleases = (releases: readonly number[]): string =>
  `${releases.length === 1 ? 'release' : 'releases'} ${releases.join(', ')}`;

const printSeen = (seen: readonly Seen<string>[]): string =>
  seen.map(({ value, releases }) => `${value} in ${printReleases(releases)}`).join('; ');

/** Each release has a tag of its own: whoever reads the draft decides what the next one may be. */
function refsHint(builds: readonly SeenBuild[]): readonly string[] {
  const refs = builds.flatMap(({ ref }) => ref ?? []);
  return refs.length > 0 && refs.every(isVersionTag)
    ? [
        comment(
          'All of them are version tags, and the next release will have another one. This would let it pass:',
        ),
        comment("refs: [{ re2: '^refs/tags/v[0-9]{1,9}\\.[0-9]{1,9}\\.[0-9]{1,9}$' }]"),
      ]
    : [];
}

function builderLines(name: string, builds: readonly SeenBuild[], differences: string[]): readonly string[] {
  const seen = collect(builds, ({ builder }) => builder);
  if (seen.length > 1)
    differences.push(
      `${name}: builders differ: ${printSeen(seen.map(({ value, releases }) => ({ value: `${value.id} at ${value.ref}`, releases })))}`,
    );
  return seen.flatMap(({ value, releases }) => item(linesOf(value, releases)));
}

const linesOf = (
  { id, ref, workflowDigest, signer }: SeenBuilder,
  releases: readonly number[],
): readonly string[] => [
  `id: ${scalar(id)} ${seenIn(releases)}`,
  `ref: ${scalar(ref)}`,
  ...(workflowDigest === undefined ? [] : [`workflowDigest: ${JSON.stringify(workflowDigest)}`]),
  ...(signer === undefined
    ? []
    : ['signer:', `  identity: ${scalar(signer.identity)}`, `  issuer: ${scalar(signer.issuer)}`]),
];

/** Parameters only where every release has the same ones; a parameter that comes and goes would have to be free. */
function parameterLines(
  name: string,
  builds: readonly SeenBuild[],
  differences: string[],
): readonly string[] {
  const told = builds.filter(
    ({ parameters }) => parameters !== undefined && Object.keys(parameters).length > 0,
  );
  if (told.length === 0) return [];
  const names = [...new Set(told.flatMap(({ parameters }) => Object.keys(parameters ?? {})))];
  const isEverywhere = names.every((key) =>
    builds.every(
      ({ parameters = {} }) => Object.hasOwn(parameters, key) && typeof parameters[key] === 'string',
    ),
  );
  if (!isEverywhere) {
    differences.push(`${name}: the parameters ${names.join(', ')} are not told by every release`);
    return [comment(`parameters: not the same in every release: ${names.join(', ')}`)];
  }
  return [
    'parameters:',
    '  expected:',
    ...names.flatMap((key) => {
      const seen = collect(builds, ({ parameters }) => String(parameters?.[key]));
      if (seen.length > 1) differences.push(`${name}: the parameter ${key} differs: ${printSeen(seen)}`);
      return [
        `    ${JSON.stringify(key)}:`,
        ...seen.map(({ value, releases }) => `      - ${scalar(value)} ${seenIn(releases)}`),
      ];
    }),
  ];
}
