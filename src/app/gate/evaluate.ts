import {
  type AttestationCheck,
  type CheckContext,
  checkAgainstLayers,
  type Layer,
} from '../../core/attestation/check.ts';
import { type FoundAttestation, parseAttestations } from '../../core/attestation/parse.ts';
import { catalogueFile } from '../../core/catalogue/builders.ts';
import { checkClock, parseClock } from '../../core/clock.ts';
import { decide, kleeneOf } from '../../core/decide.ts';
import { sha256Hex } from '../../core/evidence/canonical.ts';
import {
  type DecisionInputs,
  type DecisionOutcome,
  type Material,
  RULES_VERSION,
} from '../../core/evidence/record.ts';
import { CLOCK_FACT, PACKAGE_HISTORY_FACT } from '../../core/model/fact.ts';
import type { FactRule, Finding } from '../../core/model/finding.ts';
import { parsePurl } from '../../core/model/purl.ts';
import {
  checkPolicyMatch,
  checkRequiredSources,
  checkVetoes,
  unansweredFacts,
} from '../../core/policy/beside.ts';
import { withExceptions } from '../../core/policy/exceptions.ts';
import { toLayer } from '../../core/policy/layers.ts';
import { packageName } from '../../core/policy/package-name.ts';
import { checkPolicySource } from '../../core/policy/policy-source.ts';
import { matchingPackages, type Requirements, toRequirements } from '../../core/policy/requirements.ts';
import type { PolicyPackage } from '../../core/policy/schema.ts';
import type { CollectedAttestation } from '../../core/ports.ts';
import { checkNoDowngrade, parsePackageHistory } from '../../core/rules/no-downgrade.ts';
import { attempt, isAnswer, refuse, type SlsaGateError } from '../../errors.ts';
import { levelOf, toFinding, toReport } from '../report.ts';
import { withBoundedTexts } from './bounded-texts.ts';
import { layerContext, toContext, toWidest } from './context.ts';
import type { GateMaterial } from './material.ts';

/** A decision before past denials and the record are asked. */
export interface Evaluation {
  readonly requirements: Requirements;
  readonly inputs: DecisionInputs;
  readonly outcome: DecisionOutcome;
  /** Bytes behind every digest of the inputs, by hex SHA-256. */
  readonly materials: ReadonlyMap<string, Uint8Array>;
}

/**
 * Decides on the given material alone: no network, no disk, no clock. Whoever has the material gets the same answer.
 *
 * @throws SlsaGateError for a policy, catalogue, root or key that cannot be used; never on account of an attestation
 */
export async function evaluate(material: GateMaterial): Promise<Evaluation> {
  const { artifact, environment, policy, now } = material;
  const requirements = toRequirements(policy.policy, environment);
  const store = new Map<string, Uint8Array>();
  const keep = (name: string, bytes: Uint8Array): Material => {
    const hex = sha256Hex(bytes);
    store.set(hex, bytes);
    return { name, digest: `sha256:${hex}` };
  };
  const context = await toContext(material, requirements);
  const entries = matchingPackages(policy.policy, nameOf(artifact.package));
  const layers = entries.map((entry) => toLayer(entry, layerContext(material, requirements, entry)));
  const collected = material.sources.flatMap(({ attestations }) => attestations);
  const catalogue = material.catalogue ?? catalogueFile();
  const inputs: DecisionInputs = {
    artifact: {
      reference: artifact.reference,
      digests: { ...artifact.digests },
      fileName: artifact.fileName,
    },
    package: artifact.package,
    resourceUri: material.resourceUri,
    environment: requirements.environment,
    mode: requirements.mode,
    verifierId: material.verifierId,
    policy: {
      name: policy.policy.name,
      fileName: policy.fileName,
      digest: keep('policy', policy.bytes).digest,
      pinnedBy: policy.pinnedBy,
      checkout: policy.checkout,
      inPipeline: policy.inPipeline,
    },
    catalogue: keep(catalogue.fileName, catalogue.bytes),
    trust: material.roots.map(({ name, bytes, origin, currentAt }) => ({
      ...keep(name, bytes),
      origin,
      currentAt: currentAt?.toISOString() ?? null,
    })),
    keys: [...material.keys].map(([name, bytes]) => keep(name, bytes)),
    candidates: collected.map((one) => ({ ...labelsOf(one), digest: keep(one.source, one.bytes).digest })),
    sources: material.sources.map(({ name, answer, reason, code }) => ({
      name,
      answer,
      ...(reason === undefined ? {} : { reason }),
      ...(code === undefined ? {} : { code }),
    })),
    logged: material.logged.map(({ leaf, proof }) => ({
      leaf: keep('leaf', Buffer.from(leaf)).digest,
      proof: keep('proof', Buffer.from(proof)).digest,
    })),
    facts: material.facts.map(({ name, bytes }) => keep(name, bytes)),
    denials: [],
    override: null,
    rulesVersion: RULES_VERSION,
  };
  const outcome = toOutcome(material, requirements, layers, entries, context, now);
  return { requirements, inputs, outcome: withBoundedTexts(outcome), materials: store };
}

const nameOf = (purl: string): string => {
  const parsed = parsePurl(purl);
  return parsed === undefined
    ? refuse('usage.artifact', `not a purl: ${purl}`, { actual: purl })
    : packageName(parsed);
};

const labelsOf = ({
  source,
  claimedPredicateType,
  mediaType,
  annotations,
  lookup,
}: CollectedAttestation) => ({
  source,
  ...(claimedPredicateType === undefined ? {} : { claimedPredicateType }),
  ...(mediaType === undefined ? {} : { mediaType }),
  ...(annotations === undefined ? {} : { annotations }),
  ...(lookup === undefined ? {} : { lookup }),
});

function toOutcome(
  material: GateMaterial,
  requirements: Requirements,
  layers: readonly Layer[],
  entries: Parameters<typeof checkPolicyMatch>[1],
  context: CheckContext,
  now: Date,
): DecisionOutcome {
  const { artifact, sources, policy } = material;
  const match = checkPolicyMatch(nameOf(artifact.package), entries);
  const [first, ...others] = layers;
  if (first === undefined) return withoutAttestations(match);
  const clock = clockFinding(material);
  // By a clock that is wrong nothing is decided, neither way.
  if (clock !== undefined && clock.outcome !== 'pass') return withoutAttestations(clock);
  const parsed = attempt(() => parseAttestations(sources.flatMap(({ attestations }) => attestations)));
  if ('error' in parsed) return withoutAttestations(refused(parsed.error));
  const digests = Object.entries(artifact.digests).map(([algorithm, value]) => `${algorithm}:${value}`);
  const excepted = (findings: readonly Finding[], commit: string | undefined): readonly Finding[] =>
    withExceptions(findings, requirements.exceptions, { digests, commit, nowMs: now.getTime() });
  const checkUnder = (found: FoundAttestation, under: CheckContext): AttestationCheck => {
    const check = checkAgainstLayers(
      found,
      { digests: artifact.digests },
      [first, ...others],
      under,
      requirements.demands,
    );
    return { ...check, findings: excepted(check.findings, check.facts?.sourceCommit) };
  };
  const checks = parsed.value.map((found) => checkUnder(found, context));
  const { quantifier, vetoes } = requirements;
  const isHeard = quantifier === 'all' || vetoes.length > 0 || policy.checkout !== null;
  const widest = toWidest(context, material, requirements);
  const heard = checks.map((check) =>
    isHeard && check.verified === undefined ? checkUnder(check.found, widest) : check,
  );
  const beside = [
    match,
    checkPolicySource(policy, heard),
    ...checkRequiredSources(requirements.requiredSources, sources),
    ...checkVetoes(vetoes, heard, sources),
    ...checkDowngrades(material, entries),
    ...factFindings(requirements.factRules, clock),
  ];
  const counted =
    quantifier === 'all' ? checks.map((check, index) => withObjection(check, heard[index])) : checks;
  const { candidate: nearest } = decide(counted, sources, { quantifier, beside: [] });
  const { verdict, findings, candidate, reason } = decide(counted, sources, {
    quantifier,
    beside: excepted(beside, nearest?.facts?.sourceCommit),
  });
  return {
    verdict,
    slsaBuildLevel: levelOf(candidate),
    reason: reason ?? null,
    findings,
    attestations: counted.map(toReport),
  };
}

function clockFinding({ facts }: GateMaterial): Finding | undefined {
  const fact = facts.find(({ name }) => name === CLOCK_FACT);
  return fact === undefined ? undefined : checkClock(parseClock(fact.bytes));
}

/** Asked by any entry about the package; what the registry said is a fact, and none is no answer. */
function checkDowngrades({ facts }: GateMaterial, entries: readonly PolicyPackage[]): readonly Finding[] {
  if (!entries.some(({ noDowngrade }) => noDowngrade === true)) return [];
  const fact = facts.find(({ name }) => name === PACKAGE_HISTORY_FACT);
  const history = fact && attempt(() => parsePackageHistory(fact.bytes));
  // A registry wrote it: what cannot be read is not known, and ends nothing.
  return [checkNoDowngrade(history === undefined || 'error' in history ? undefined : history.value)];
}

/** The clock is answered where servers answered; all others wait for a source of theirs. */
const factFindings = (rules: readonly FactRule[], clock: Finding | undefined): readonly Finding[] => [
  ...(clock !== undefined && rules.includes('clock-corroboration') ? [clock] : []),
  ...unansweredFacts(rules.filter((rule) => clock === undefined || rule !== 'clock-corroboration')),
];

/** Where all attestations count, one that the environment cannot use still counts for what it fails. */
const withObjection = (check: AttestationCheck, heard: AttestationCheck | undefined): AttestationCheck =>
  check.verified === undefined && heard?.verified !== undefined && kleeneOf(heard.findings) !== 'allow'
    ? heard
    : check;

/** A limit that the found attestations exceed is an answer, not an end of the run. */
function refused(error: SlsaGateError): Finding {
  if (!isAnswer(error)) throw error;
  return toFinding(error);
}

/** Nothing could be asked of the attestations. */
const withoutAttestations = (finding: Finding): DecisionOutcome => ({
  verdict: finding.outcome === 'fail' ? 'deny' : 'indeterminate',
  slsaBuildLevel: 0,
  reason: finding.message,
  findings: [finding],
  attestations: [],
});
