import { parsePurl } from '../../core/model/purl.ts';
import { unansweredFacts } from '../../core/policy/beside.ts';
import { packageName } from '../../core/policy/package-name.ts';
import { matchingPackages, type Requirements, toRequirements } from '../../core/policy/requirements.ts';
import type { Policy, PolicyPackage } from '../../core/policy/schema.ts';
import { type Attempt, attempt } from '../../errors.ts';
import type { LoadedPolicy } from '../gate/material.ts';
import { type CheckLine, fails, isOk, notChecked, type Place, warns } from './check.ts';
import type { Check } from './run.ts';

/** What a policy is held against. */
export interface PolicyTarget {
  readonly path: string;
  /** Undefined where none was named: all of them are looked at. */
  readonly environment: string | undefined;
  /** Purl of the artifact, where it is known. */
  readonly package: string | undefined;
  /** Kinds of sources that would be asked: `oci`, `github`. */
  readonly sourceKinds: ReadonlySet<string>;
  /** Whether an artifact was named, so that all sources are known that would be asked about it. */
  readonly hasArtifact: boolean;
  readonly offline: boolean;
}

const place = (id: Place['id'], what: string): Place => ({ id, name: what });
const UNREAD = 'the policy cannot be read';

/** The demands of each environment that was asked about. */
export const requirementsOf = (
  { policy }: LoadedPolicy,
  environment: string | undefined,
): readonly (readonly [string, Attempt<Requirements>])[] =>
  (environment === undefined ? Object.keys(policy.environments) : [environment]).map((name) => [
    name,
    attempt(() => toRequirements(policy, name)),
  ]);

/** Everything that can be told of a policy without an attestation. */
export function policyChecks(loaded: Attempt<LoadedPolicy>, target: PolicyTarget): readonly Check[] {
  const { path } = target;
  const check = (id: Place['id'], what: string, tell: (own: Place) => readonly CheckLine[]): Check => ({
    ...place(id, what),
    run: async () => tell(place(id, what)),
  });
  const withPolicy = (tell: (own: Place, policy: LoadedPolicy) => readonly CheckLine[]) => (own: Place) =>
    'error' in loaded ? [notChecked(own, UNREAD)] : tell(own, loaded.value);
  const perEnvironment = (tell: (own: Place, requirements: Requirements) => readonly CheckLine[]) =>
    withPolicy((own, policy) =>
      requirementsOf(policy, target.environment).flatMap(([name, requirements]) => {
        const named = { ...own, name: `${own.name} of ${name}` };
        return 'error' in requirements
          ? [notChecked(named, 'the environment cannot be used')]
          : tell(named, requirements.value);
      }),
    );
  return [
    check('policy', `policy ${path}`, (own) => tellLoaded(own, loaded)),
    check('policy-source', 'where the policy comes from', withPolicy(tellSource)),
    check(
      'policy-environment',
      'environment',
      withPolicy((own, policy) =>
        requirementsOf(policy, target.environment).map(([name, requirements]) =>
          tellEnvironment({ ...own, name: `environment ${name}` }, requirements),
        ),
      ),
    ),
    check(
      'policy-package',
      'package',
      withPolicy((own, { policy }) => tellPackage(own, policy, target)),
    ),
    check(
      'policy-sources',
      'required sources',
      perEnvironment((own, one) => tellSources(own, one, target)),
    ),
    check('policy-rules', 'rules', (own) => [
      ...perEnvironment((each, one) => tellRules(each, one, target))(own),
      ...('error' in loaded ? [] : tellDowngrades(own, loaded.value.policy, target)),
    ]),
  ];
}

function tellLoaded(own: Place, loaded: Attempt<LoadedPolicy>): readonly CheckLine[] {
  if ('error' in loaded) return [fails(own, loaded.error)];
  const { policy } = loaded.value;
  return [isOk(own, `${policy.name}, with ${Object.keys(policy.environments).join(', ')}`)];
}

function tellSource(own: Place, { pinnedBy, checkout, inPipeline }: LoadedPolicy): readonly CheckLine[] {
  if (pinnedBy !== null) return [isOk(own, `pinned by ${pinnedBy}`)];
  if (checkout === null) return [isOk(own, 'not pinned; its file lies in no checkout')];
  const found = `not pinned, and its file lies in the checkout of ${checkout}`;
  const hint =
    'Pin it with --policy-digest, or sign it and give --policy-key: what is promoted must not choose it.';
  const code = 'policy.untrusted-source';
  return [inPipeline ? { ...own, status: 'problem', found, code, hint } : warns(own, found, hint, code)];
}

function tellEnvironment(own: Place, requirements: Attempt<Requirements>): CheckLine {
  if ('error' in requirements) return fails(own, requirements.error);
  const { level, trustedRoots, requiredSources } = requirements.value;
  const required = requiredSources.length === 0 ? '' : `, sources ${requiredSources.join(', ')}`;
  return isOk(own, `level ${level}, trusted roots ${trustedRoots.join(', ')}${required}`);
}

const nameOf = (purl: string): string | undefined => {
  const parsed = parsePurl(purl);
  return parsed === undefined ? undefined : packageName(parsed);
};

function tellPackage(own: Place, policy: Policy, target: PolicyTarget): readonly CheckLine[] {
  const name = target.package === undefined ? undefined : nameOf(target.package);
  if (name === undefined) return [notChecked(own, 'no artifact whose package is known was named')];
  const entries = matchingPackages(policy, name);
  if (entries.length > 0) return [isOk(own, `${entries.length} about ${name}`)];
  return [
    {
      ...own,
      status: 'problem',
      found: `no entry of the policy is about ${name}`,
      code: 'policy.no-match',
      hint: 'Add an entry to packages, or say what the artifact is with --package.',
    },
  ];
}

/** Kinds that files give: whether they will be given is not known here. */
const FROM_FILES = new Set(['file', 'oci-layout']);

function tellSources(
  own: Place,
  { requiredSources }: Requirements,
  { sourceKinds, hasArtifact }: PolicyTarget,
): readonly CheckLine[] {
  if (requiredSources.length === 0) return [isOk(own, 'none')];
  const missing = requiredSources.filter((kind) => !sourceKinds.has(kind) && !FROM_FILES.has(kind));
  if (missing.length === 0) return [isOk(own, requiredSources.join(', '))];
  if (!hasArtifact)
    return [notChecked(own, `${missing.join(', ')}: name an artifact, or sources with --source`)];
  return [
    {
      ...own,
      status: 'problem',
      found: `not asked: ${missing.join(', ')}`,
      code: 'source.unavailable',
      hint: `Name it, e.g. --source ${missing[0] === 'oci' ? 'oci:REGISTRY/REPOSITORY' : `${missing[0]}:...`}.`,
    },
  ];
}

function tellRules(own: Place, { factRules }: Requirements, { offline }: PolicyTarget): readonly CheckLine[] {
  const [needsClock, others] = [
    factRules.includes('clock-corroboration'),
    factRules.filter((rule) => rule !== 'clock-corroboration'),
  ];
  const blocking = unansweredFacts(others).map(
    ({ message, code, hint }): CheckLine => ({
      ...own,
      status: 'problem',
      found: `${message}: everything is blocked`,
      code,
      hint: hint ?? '',
    }),
  );
  const clock =
    needsClock && offline
      ? [
          warns(
            own,
            'the clock must be corroborated by servers, and none is asked with --offline',
            'Run gate without --offline.',
            'rule.not-evaluated',
          ),
        ]
      : [];
  const lines = [...blocking, ...clock];
  return lines.length === 0 ? [isOk(own, 'all of them can be answered')] : lines;
}

/** What a package of another kind than npm has for versions, nobody answers. */
function tellDowngrades(own: Place, policy: Policy, target: PolicyTarget): readonly CheckLine[] {
  const name = target.package === undefined ? undefined : nameOf(target.package);
  const entries = name === undefined ? policy.packages : matchingPackages(policy, name);
  return entries
    .filter((entry) => entry.noDowngrade === true && !mayBeNpm(entry, name))
    .map(
      ({ package: pattern }): CheckLine => ({
        ...own,
        name: 'noDowngrade',
        status: 'problem',
        found: `${printPattern(pattern)}: only npm says which versions had provenance, so it is blocked`,
        code: 'rule.not-evaluated',
        hint: 'Leave noDowngrade out for packages that are not of npm.',
      }),
    );
}

const printPattern = (pattern: PolicyPackage['package']): string =>
  typeof pattern === 'string' ? pattern : 'glob' in pattern ? pattern.glob : pattern.re2;

function mayBeNpm({ package: pattern }: PolicyPackage, name: string | undefined): boolean {
  if (name !== undefined) return name.startsWith('pkg:npm/');
  const [, type] = /^\^?pkg:([a-z0-9.+-]+)\//.exec(printPattern(pattern)) ?? [];
  return type === undefined || type === 'npm';
}
