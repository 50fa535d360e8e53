import { type AttestationCheck, type CheckContext, checkAttestation } from '../../core/attestation/check.ts';
import { parseAttestations } from '../../core/attestation/parse.ts';
import { isJsonObject, parseJson } from '../../core/model/json.ts';
import { parsePurl } from '../../core/model/purl.ts';
import { type GivenRelease, inferPolicy } from '../../core/policy/infer/index.ts';
import { type SeenBuild, toSeenBuild } from '../../core/policy/infer/release.ts';
import { packageName } from '../../core/policy/package-name.ts';
import { verifyPrehash } from '../../core/verify/prehash.ts';
import { verifyBoth } from '../../core/verify/second-opinion.ts';
import { attempt, isAnswer, refuse } from '../../errors.ts';
import { loadCatalogue } from '../load-catalogue.ts';
import { loadTrust } from '../load-trust.ts';
import { openArtifact, type Subject, toNamedArtifact } from '../open-artifact.ts';
import { printDigest } from '../report.ts';
import type { VerificationPorts } from '../requests.ts';

/** A past release and its attestations. */
export interface ReleaseInput {
  readonly artifact: string;
  /** Files and folders. */
  readonly bundles: readonly string[];
  /** Purl; without it what the artifact or its provenance is called. */
  readonly package?: string;
}

export interface InferRequest {
  /** At least one. */
  readonly releases: readonly ReleaseInput[];
  readonly trustedRoots: readonly string[];
  readonly catalogue?: string;
}

export interface InferredRelease {
  readonly artifact: string;
  readonly digest: string | null;
  readonly package: string | null;
  readonly outcome: 'used' | 'unverified';
  /** Why nothing was inferred from it; null where something was. */
  readonly code: string | null;
  readonly message: string | null;
}

export interface PolicyInferDocument {
  readonly schemaVersion: 1;
  readonly releases: readonly InferredRelease[];
  /** What is not the same in all releases, in sentences. */
  readonly differences: readonly string[];
  /** YAML, a draft; null where no release could be verified. */
  readonly policy: string | null;
}

/**
 * Verifies past releases under the trusted roots and drafts the policy that all of them meet.
 *
 * @throws SlsaGateError for usage, and for roots and catalogues that cannot be used
 */
export async function inferFromReleases(
  request: InferRequest,
  ports: VerificationPorts,
): Promise<PolicyInferDocument> {
  const { releases } = request;
  if (releases.length === 0) refuse('usage.no-artifact', 'no release given');
  const given: GivenRelease[] = [];
  for (const [index, release] of releases.entries())
    given.push(await readRelease(release, index + 1, request, ports));
  const inferred = given.some(({ builds }) => builds.length > 0) ? inferPolicy(given) : undefined;
  return {
    schemaVersion: 1,
    releases: given.map(({ reference, digest, package: name, unused }) => ({
      artifact: reference,
      digest,
      package: name,
      outcome: unused === null ? 'used' : 'unverified',
      code: unused?.code ?? null,
      message: unused?.message ?? null,
    })),
    differences: inferred?.differences ?? [],
    policy: inferred?.text ?? null,
  };
}

/** Lines of JSON: `{"artifact": "app.tgz", "bundles": ["app.sigstore"], "package": "pkg:npm/app"}`. */
export function parseReleaseList(bytes: Uint8Array, fileName: string): readonly ReleaseInput[] {
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const what = `line ${index + 1} of ${fileName}`;
    const parsed = attempt(() => parseJson(Buffer.from(line), what));
    if ('error' in parsed) return refuseLine(what, parsed.error.message);
    const value = parsed.value;
    if (!isJsonObject(value)) return refuseLine(what, 'not an object');
    const { artifact, bundles, package: purl, ...others } = value;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) return refuseLine(what, `unknown key ${JSON.stringify(unknown)}`);
    if (typeof artifact !== 'string' || artifact === '') return refuseLine(what, 'artifact is no text');
    const files = Array.isArray(bundles) ? bundles : [];
    if (files.length === 0 || !files.every((file): file is string => typeof file === 'string' && file !== ''))
      return refuseLine(what, 'bundles is no list of files');
    if (purl !== undefined && typeof purl !== 'string') return refuseLine(what, 'package is no text');
    return { artifact, bundles: files, ...(purl === undefined ? {} : { package: purl }) };
  });
}

const refuseLine = (what: string, why: string): never =>
  refuse('usage.flag', `${what}: ${why}`, {
    hint: 'Write one release a line: {"artifact": "app.tgz", "bundles": ["app.sigstore"]}.',
  });

async function readRelease(
  { artifact, bundles, package: purl }: ReleaseInput,
  number: number,
  request: InferRequest,
  ports: VerificationPorts,
): Promise<GivenRelease> {
  const named = await toNamedArtifact(artifact);
  if (named.parsed.kind === 'file') await ports.artifacts.check(named.parsed.path);
  const nothing = (unused: GivenRelease['unused'], digest: string | null = null): GivenRelease => ({
    number,
    reference: artifact,
    digest,
    package: null,
    builds: [],
    unused,
  });
  const files = await ports.attestations.collect(bundles);
  let subject: Subject;
  try {
    const found = parseAttestations(files.attestations);
    subject = await openArtifact(named, EXPECTED, { files, found }, ports.artifacts);
  } catch (error) {
    if (!isAnswer(error)) throw error;
    return nothing({ code: error.finding, message: error.message });
  }
  const context = await toContext(subject, request, ports);
  const checks = subject.found.map((one) =>
    checkAttestation(one, subject.artifact, subject.expectations, context),
  );
  const digest = printDigest(subject.artifact?.digests ?? {});
  const answers = checks.map((check) => ({ check, seen: toSeenBuild(check, number) }));
  const usable = answers.flatMap(({ check, seen }) => ('code' in seen ? [] : [{ check, seen }]));
  const [first] = usable;
  if (first === undefined) {
    const [reason] = answers.flatMap(({ seen }) => ('code' in seen ? [seen] : []));
    return nothing(reason ?? { code: 'attestation.missing', message: 'no attestation was found' }, digest);
  }
  return {
    number,
    reference: artifact,
    digest,
    package: nameOf(purl, artifact, first.check, subject),
    builds: usable.map(({ seen }): SeenBuild => seen),
    unused: null,
  };
}

/** Verified, about the artifact, and provenance; by whom and from what is what is asked. */
const EXPECTED = {
  signer: { kind: 'anyone-unsafe' },
  predicateType: 'provenance',
  meaning: 'predicate',
  allowBuilderRefUnsafe: false,
} as const;

async function toContext(
  { found }: Subject,
  { trustedRoots, catalogue: path }: InferRequest,
  ports: VerificationPorts,
): Promise<CheckContext> {
  const now = ports.now();
  const input = {
    bundles: [],
    trustedRoots,
    thresholds: {},
    weakening: {
      withoutTlogUnsafe: false,
      withoutSctUnsafe: false,
      withoutTimestampUnsafe: false,
      allowBuilderRefUnsafe: false,
    },
    verifier: 'both',
    offline: true,
  } as const;
  const { material, npmKeys, cloudBuildKeys, thresholds } = await loadTrust(
    input,
    undefined,
    found,
    ports,
    now,
  );
  const { catalogue } = await loadCatalogue(path, ports);
  return {
    verifyBundle: verifyBoth,
    trust: material,
    npmKeys,
    cloudBuildKeys,
    thresholds,
    verifyPrehash,
    nowMs: now.getTime(),
    catalogue,
  };
}

/** By which name the policy will know it: as given, as the artifact is called, or as its provenance calls the bytes. */
function nameOf(
  purl: string | undefined,
  artifact: string,
  { statement }: AttestationCheck,
  { expectations }: Subject,
): string {
  if (purl !== undefined) {
    const parsed = parsePurl(purl);
    return parsed === undefined
      ? refuse('usage.flag', `--package is no purl: ${purl}`, { actual: purl })
      : packageName(parsed);
  }
  const own = parsePurl(artifact);
  if (own !== undefined) return packageName(own);
  const digests = expectations.subject.kind === 'artifact' ? Object.values(expectations.subject.digests) : [];
  const subject = statement?.subjects.find(({ digest }) =>
    Object.values(digest).some((value) => digests.includes(value)),
  );
  const named = subject?.name === undefined ? undefined : parsePurl(subject.name);
  if (named !== undefined) return packageName(named);
  const fileName = artifact.split(/[\\/]/).at(-1) ?? artifact;
  return `pkg:generic/${encodeURIComponent(fileName)}`;
}
