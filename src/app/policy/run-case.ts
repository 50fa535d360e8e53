import { basename, dirname, join } from 'node:path';
import { CODES } from '../../codes.ts';
import { CATALOGUE } from '../../core/catalogue/builders.ts';
import { parseCatalogue } from '../../core/catalogue/parse.ts';
import type { Finding } from '../../core/model/finding.ts';
import type { GivenCase, PolicyCase } from '../../core/policy/case-file.ts';
import { type Requirements, toRequirements } from '../../core/policy/requirements.ts';
import type { Policy } from '../../core/policy/schema.ts';
import type { CollectedAttestations, TrustRootBytes } from '../../core/ports.ts';
import { SlsaGateError } from '../../errors.ts';
import { checkEvidence } from '../gate/check-evidence.ts';
import { evaluate } from '../gate/evaluate.ts';
import { loadRoots } from '../gate/load-roots.ts';
import type { CatalogueFile, GateMaterial, LoadedPolicy } from '../gate/material.ts';
import { openGateArtifact } from '../gate/open.ts';
import { toNamedArtifact } from '../open-artifact.ts';
import type { VerificationPorts } from '../requests.ts';
import { assertTrustAge } from '../trust-age.ts';
import { recordedMaterial } from './recorded-case.ts';

/** What a policy answered to one case. */
export interface CaseAnswer {
  /** `refused`: policy, roots or evidence file cannot be used. */
  readonly verdict: 'allow' | 'deny' | 'indeterminate' | 'refused';
  /** Codes of what stands in the way, sorted, each once; without the rules that could not be asked on its account. */
  readonly codes: readonly string[];
  readonly level: 0 | 1 | 2 | 3;
  /** Empty where nothing was decided. */
  readonly findings: readonly Finding[];
}

export interface CasePorts extends Pick<VerificationPorts, 'artifacts' | 'attestations' | 'keys' | 'trust'> {
  /** One small file, whole. @throws SlsaGateError `path.*`, `limit.bytes` */
  readonly readFile: (path: string) => Promise<Uint8Array>;
}

/** A policy and where its file lies. */
export interface TestedPolicy {
  readonly path: string;
  readonly loaded: Omit<LoadedPolicy, 'checkout' | 'inPipeline'>;
}

/** What a case asks about, without the policy that is asked. */
export interface CaseMaterial extends Omit<GateMaterial, 'policy' | 'roots'> {
  readonly checkout: string | null;
  /** Roots in place of those of the package, by the name under which policies know them. */
  readonly roots: ReadonlyMap<string, TrustRootBytes>;
}

/**
 * Asks a policy what `gate` would answer, at the instant and under the roots of the case.
 *
 * @throws SlsaGateError for files of the case that cannot be read or used
 */
export async function runCase(
  file: PolicyCase,
  casePath: string,
  { path, loaded }: TestedPolicy,
  ports: CasePorts,
): Promise<CaseAnswer> {
  const at = (name: string): string => join(dirname(casePath), name);
  const { policy } = loaded;
  const { checkout, roots, ...material } =
    'record' in file ? await recordedMaterial(file, at, ports) : await givenMaterial(file, at, policy, ports);
  const requirements = toRequirements(policy, material.environment);
  try {
    checkRecording(file, requirements);
    const evaluation = await evaluate({
      ...material,
      policy: { ...loaded, checkout, inPipeline: false },
      roots: await rootsOf(requirements, roots, { policy, path, trust: ports.trust, now: material.now }),
    });
    const { verdict, findings, slsaBuildLevel } = evaluation.outcome;
    return { verdict, codes: causesOf(findings), level: slsaBuildLevel, findings };
  } catch (error) {
    return refusedBy(error);
  }
}

async function givenMaterial(
  file: GivenCase,
  at: (name: string) => string,
  policy: Policy,
  ports: CasePorts,
): Promise<CaseMaterial> {
  const { artifact, environment, resourceUri, checkout } = file;
  const sources = await collectSources(file, at, ports);
  const merged = { ...emptySource(), attestations: sources.flatMap(({ attestations }) => attestations) };
  const opened = await openGateArtifact(
    await toNamedArtifact(artifact.file === undefined ? (artifact.digest ?? '') : at(artifact.file)),
    merged,
    { package: artifact.package, ...(resourceUri === undefined ? {} : { resourceUri }) },
    toRequirements(policy, environment).environment,
    { artifacts: ports.artifacts, keys: await keysOf(file, at, ports) },
  );
  return {
    ...opened,
    sources,
    environment,
    verifierId: 'none',
    checkout: checkout ?? null,
    facts: [],
    logged: [],
    catalogue: await catalogueOf(file, at, ports),
    roots: await givenRoots(file, at, ports),
    now: new Date(file.now),
  };
}

const emptySource = (): CollectedAttestations => ({ name: 'file', answer: 'complete', attestations: [] });

async function collectSources(
  { attestations = [], sources }: GivenCase,
  at: (name: string) => string,
  { attestations: files }: CasePorts,
): Promise<readonly CollectedAttestations[]> {
  if (sources === undefined)
    return [attestations.length === 0 ? emptySource() : await files.collect(attestations.map(at))];
  const collected: CollectedAttestations[] = [];
  for (const { name, answer, attestations: names = [] } of sources) {
    const found = names.length === 0 ? emptySource() : await files.collect(names.map(at));
    collected.push({ ...found, name, answer });
  }
  return collected;
}

const CLOUD_BUILD = 'cloud-build:';

/** Keys of the case take the place of those of the package; without any, those of the package count. */
async function keysOf(
  { keys }: GivenCase,
  at: (name: string) => string,
  ports: CasePorts,
): Promise<CasePorts['keys']> {
  if (keys === undefined) return ports.keys;
  const cloudBuild = new Map<string, Uint8Array>();
  for (const [name, file] of Object.entries(keys))
    if (name.startsWith(CLOUD_BUILD))
      cloudBuild.set(name.slice(CLOUD_BUILD.length), await ports.readFile(at(file)));
  const npm = keys.npm === undefined ? undefined : await ports.readFile(at(keys.npm));
  return {
    ...ports.keys,
    npm: async () => npm ?? ports.keys.npm(),
    cloudBuild: async () => (cloudBuild.size === 0 ? ports.keys.cloudBuild() : cloudBuild),
  };
}

/** Null: the one of the package. */
async function catalogueOf(
  { catalogue, anchors }: GivenCase,
  at: (name: string) => string,
  { readFile }: CasePorts,
): Promise<CatalogueFile | null> {
  const file =
    catalogue === undefined ? null : { fileName: basename(catalogue), bytes: await readFile(at(catalogue)) };
  if (anchors === undefined) return file;
  const base = file === null ? CATALOGUE : parseCatalogue(file.bytes, file.fileName);
  const given = Object.entries(anchors).map(([name, digest]) => [name, [digest]]);
  const document = { ...base, anchors: { ...base.anchors, ...Object.fromEntries(given) } };
  return { fileName: 'catalogue.json', bytes: Buffer.from(JSON.stringify(document)) };
}

/** Roots of the case, by the name under which policies know them. */
async function givenRoots(
  { trustedRoots = {}, now }: GivenCase,
  at: (name: string) => string,
  { readFile }: CasePorts,
): Promise<ReadonlyMap<string, TrustRootBytes>> {
  const roots = new Map<string, TrustRootBytes>();
  for (const [name, root] of Object.entries(trustedRoots)) {
    const { file, currentAt } = typeof root === 'string' ? { file: root, currentAt: now } : root;
    roots.set(name, {
      name,
      bytes: await readFile(at(file)),
      origin: 'file',
      currentAt: new Date(currentAt),
    });
  }
  return roots;
}

async function rootsOf(
  requirements: Requirements,
  given: ReadonlyMap<string, TrustRootBytes>,
  {
    policy,
    path,
    trust,
    now,
  }: Pick<LoadedPolicy, 'policy'> & Pick<CasePorts, 'trust'> & { readonly path: string; readonly now: Date },
): Promise<readonly TrustRootBytes[]> {
  const roots: TrustRootBytes[] = [];
  for (const name of requirements.heardRoots) {
    const root = given.get(name);
    if (root === undefined) {
      roots.push(...(await loadRoots(policy, path, { ...requirements, heardRoots: [name] }, trust, now)));
    } else {
      assertTrustAge(root, requirements.maxTrustAgeSeconds, now);
      roots.push(root);
    }
  }
  return roots;
}

/** Where the case says so: whether the decision could be put on record there. */
function checkRecording({ evidence }: PolicyCase, requirements: Requirements): void {
  if (evidence === undefined) return;
  const { store, disk, signer, sinks = [] } = evidence;
  checkEvidence(
    {
      store: { kind: store, disk, onHostedRunner: false, ephemeralAccepted: false },
      recordSigner: { scheme: signer },
      sinks: sinks.map((name) => ({ sink: { name }, isRequired: true })),
    },
    requirements,
  );
}

/** Only what policy, roots and evidence file are refused with is an answer; a case that cannot be read is none. */
function refusedBy(error: unknown): CaseAnswer {
  if (!(error instanceof SlsaGateError) || !/^(?:trust|evidence)\.|^policy\.trust-root$/.test(error.finding))
    throw error;
  const verdict = VERDICTS[CODES[error.finding].answer] ?? 'refused';
  return { verdict, codes: [error.finding], level: 0, findings: [] };
}

const VERDICTS: Readonly<Record<string, 'deny' | 'indeterminate'>> = {
  deny: 'deny',
  indeterminate: 'indeterminate',
};

/** What could not be asked follows from what failed first. */
function causesOf(findings: readonly Finding[]): readonly string[] {
  const blocking = findings.filter(({ required, outcome }) => required && outcome !== 'pass');
  const causes = blocking.filter(({ outcome }) => outcome !== 'not-evaluated');
  return [...new Set((causes.length > 0 ? causes : blocking).map(({ code }) => code))].sort();
}
