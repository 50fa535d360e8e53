import { CODES } from '../../codes.ts';
import { SlsaGateError } from '../../errors.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { BuildLevel } from '../catalogue/level.ts';
import { hasMeaning, type Interpretation, interpret, interpretCertificate } from '../interpret/index.ts';
import type { ArtifactDigests } from '../model/digest.ts';
import type { LoggedLeaf } from '../model/evidence.ts';
import type { Expectations } from '../model/expectations.ts';
import type { EvidenceRef, Finding, RuleId } from '../model/finding.ts';
import { isJsonObject } from '../model/json.ts';
import type { BuildFacts } from '../model/provenance.ts';
import { parseSignedStatement, type Statement } from '../model/statement.ts';
import { VERIFICATION_SUMMARY_TYPE } from '../model/verification-summary.ts';
import { INTERPRETED_RULES, STATED_RULES } from '../rules/index.ts';
import { levelUnder } from '../rules/listed-builder.ts';
import type { Interpreted, Rule, Stated } from '../rules/rule.ts';
import type { ArtifactInput } from '../verify/signature.ts';
import { type Answer, ask, notEvaluated, refusal, worstOf } from './answers.ts';
import { logPresence, type Told } from './log-presence.ts';
import type { FoundAttestation } from './parse.ts';
import { type VerificationContext, type VerifiedAttestation, verifyAttestation } from './verify.ts';

/** What was found out about one attestation. */
export interface AttestationCheck {
  readonly found: FoundAttestation;
  /** Undefined when its form, signature, certificate, log or time does not hold. */
  readonly verified: VerifiedAttestation | undefined;
  readonly statement: Statement | undefined;
  /** What is proven about the build; undefined where nothing is, or nobody asked. */
  readonly facts: BuildFacts | undefined;
  readonly level: BuildLevel;
  /** It is a summary by a verifier that some layer lists. */
  readonly isListedSummary?: boolean;
  /** Every rule that was asked, exactly once, all of them required; never empty. */
  readonly findings: readonly Finding[];
}

export interface CheckContext extends VerificationContext {
  readonly catalogue: Catalogue;
  /** Leaves of evidence logs that were handed in beside the attestations. */
  readonly logged?: readonly LoggedLeaf[];
  /** What a caller lowered, as flags; stands on the findings of `signature`. */
  readonly weakened?: string;
  /**
   * What was read of the logs now, by the digest of the attestation, or why it could not be; undefined where nobody asked
   * whether the entries are still there.
   */
  readonly logWitnesses?: ReadonlyMap<string, Uint8Array | SlsaGateError>;
}

/** What one entry of a policy, or one caller, expects. All layers of a question hold together; none replaces another. */
export interface Layer {
  readonly expectations: Expectations;
  /** What is expected instead of a verification summary, by the verifier that it names; empty: summaries do not count. */
  readonly summaries: ReadonlyMap<string, Expectations>;
}

/** How the answers of single rules count. */
export interface RuleDemands {
  /** Rules that must be asked: one that no layer asks is not evaluated, and blocks. */
  readonly required: ReadonlySet<RuleId>;
  /** Rules that are shown and do not decide. */
  readonly reported: ReadonlySet<RuleId>;
}

const NO_DEMANDS: RuleDemands = { required: new Set(), reported: new Set() };

const SIGNATURE_SPEC = 'Sigstore client specification, verification; DSSE v1.0';
const STATEMENT_SPEC = 'in-toto Statement v1';
const PROVENANCE_SPEC = 'SLSA provenance v0.1, v0.2 and v1';
const NOTHING: BuildLevel = { level: 0, row: undefined, reason: 'nothing was verified' };

/**
 * Verifies one attestation and asks every rule that the caller's expectations call for. Refusals become findings; what
 * cannot be asked any more is `not-evaluated`.
 *
 * @throws SlsaGateError only for wrong usage, never on account of the attestation
 */
export function checkAttestation(
  found: FoundAttestation,
  artifact: ArtifactInput | undefined,
  expectations: Expectations,
  context: CheckContext,
): AttestationCheck {
  return checkAgainstLayers(found, artifact, [{ expectations, summaries: new Map() }], context, NO_DEMANDS);
}

/**
 * As {@link checkAttestation}, for several layers: the attestation is verified once, each rule is asked by every layer
 * that asks it, and its one finding is the worst of them. So another layer can only take away.
 */
export function checkAgainstLayers(
  found: FoundAttestation,
  artifact: ArtifactInput | undefined,
  layers: readonly [Layer, ...Layer[]],
  context: CheckContext,
  demands: RuleDemands,
): AttestationCheck {
  const run = new Run(found, layers, artifact?.digests ?? {}, context, demands);
  const verified = run.step(
    'signature',
    SIGNATURE_SPEC,
    'signature, certificate, log entry and time verify',
    () => {
      if (found.parsed instanceof SlsaGateError) throw found.parsed;
      return verifyAttestation(found.parsed, artifact, context);
    },
  );
  const stated =
    verified &&
    run.step('statement', STATEMENT_SPEC, 'a statement about an artifact', () =>
      toStated(verified, found, layers, context),
    );
  run.told(logPresence(found, verified !== undefined, context));
  run.choose(stated);
  run.rules(STATED_RULES, stated);
  const interpreted = run.interpret(stated);
  run.rules(INTERPRETED_RULES, interpreted);
  run.demand();
  return {
    found,
    verified,
    statement: stated?.statement,
    facts: interpreted?.facts,
    ...(isListedSummary(stated?.statement, layers) ? { isListedSummary: true } : {}),
    level: interpreted === undefined ? NOTHING : run.level(interpreted),
    findings: run.findings,
  };
}

/** A message signature states nothing; an envelope must hold an in-toto statement, unless it is bound to nothing. */
function toStated(
  verified: VerifiedAttestation,
  { digest }: FoundAttestation,
  layers: readonly Layer[],
  { nowMs, logged = [] }: CheckContext,
): Stated {
  const base = { verified, nowMs, digest, logged };
  const { content } = verified;
  const isUnread = layers.every(
    ({ expectations: { subject, predicateType } }) => subject.kind === 'unbound' && predicateType === 'any',
  );
  if (content.kind !== 'dsse' || isUnread) return { ...base, statement: undefined };
  // Cloud Build's payload of v0.1 repeats its predicate; its own profile has read it already.
  const { signer } = verified;
  const statement =
    signer.kind === 'cloud-build' ? signer.verified.signed.statement : parseSignedStatement(content);
  return { ...base, statement };
}

/** The verifier that a summary says it is by; a claim, which the expectations then hold to its signer. */
function claimedVerifier(statement: Statement | undefined): string | undefined {
  if (statement?.predicateType !== VERIFICATION_SUMMARY_TYPE) return undefined;
  const { verifier } = statement.predicate;
  return isJsonObject(verifier) && typeof verifier.id === 'string' ? verifier.id : undefined;
}

function isListedSummary(statement: Statement | undefined, layers: readonly Layer[]): boolean {
  const verifier = claimedVerifier(statement);
  return verifier !== undefined && layers.some(({ summaries }) => summaries.has(verifier));
}

/** Collects the findings of one attestation, in the order of the rules. */
class Run {
  readonly findings: Finding[] = [];
  readonly #layers: readonly Layer[];
  readonly #digests: ArtifactDigests;
  readonly #context: CheckContext;
  readonly #demands: RuleDemands;
  readonly #evidence: readonly EvidenceRef[];
  /** What each layer expects of this attestation. */
  #expected: readonly Expectations[];

  constructor(
    found: FoundAttestation,
    layers: readonly [Layer, ...Layer[]],
    digests: ArtifactDigests,
    context: CheckContext,
    demands: RuleDemands,
  ) {
    this.#layers = layers;
    this.#expected = layers.map(({ expectations }) => expectations);
    this.#digests = digests;
    this.#context = context;
    this.#demands = demands;
    this.#evidence = [{ kind: 'attestation', digest: found.digest }];
  }

  /** What was asked of the attestation alone; undefined where nobody asked. */
  told(answer: Told | undefined): void {
    if (answer !== undefined) this.#add(answer, answer.evidence);
  }

  /** A summary is held to what its layer expects of summaries by that verifier; all else to the rest. */
  choose(stated: Stated | undefined): void {
    const verifier = claimedVerifier(stated?.statement);
    if (verifier === undefined) return;
    this.#expected = this.#layers.map(
      ({ expectations, summaries }) => summaries.get(verifier) ?? expectations,
    );
  }

  /** One finding for a step that either gives a value or refuses. */
  step<T>(rule: RuleId, spec: string, expected: string, work: () => T): T | undefined {
    try {
      const value = work();
      const { weakened } = rule === 'signature' ? this.#context : {};
      this.#add({
        rule,
        code: 'ok',
        outcome: 'pass',
        expected,
        actual: expected,
        message: CODES.ok.title,
        spec,
        ...(weakened === undefined ? {} : { weakened }),
      });
      return value;
    } catch (error) {
      if (!(error instanceof SlsaGateError)) throw error;
      const refused = error.finding === 'verifier.disagreement' ? 'verifier-agreement' : rule;
      this.#add(refusal(refused, spec, expected, error));
      return undefined;
    }
  }

  /** Asks each rule that applies; without a subject none of them can be asked. */
  rules<S extends Stated>(rules: readonly Rule<S>[], subject: S | undefined): void {
    for (const rule of rules) {
      const answers = this.#expected.flatMap((expectations) => ask(rule, subject, expectations) ?? []);
      const [first, ...others] = answers;
      if (first !== undefined) this.#add(worstOf([first, ...others]));
    }
  }

  /** Rules that must be asked and were not. */
  demand(): void {
    for (const rule of this.#demands.required) {
      if (this.findings.some((finding) => finding.rule === rule)) continue;
      this.#add({
        ...notEvaluated(rule, 'slsa-gate policy, rules.required', 'asked by an entry of the policy'),
        message: 'the environment requires the rule, and nothing says what it should expect',
        hint: `Say in the entry of the package what ${rule} should expect, or drop it from rules.required.`,
      });
    }
  }

  /** The lowest level of all layers. */
  level(subject: Interpreted): BuildLevel {
    const levels = this.#expected.map((expectations) => levelUnder(subject, expectations));
    return levels.reduce((least, level) => (level.level < least.level ? level : least), levels[0] ?? NOTHING);
  }

  /** The meaning of the statement, where a rule or the wanted type asks for it. */
  interpret(stated: Stated | undefined): Interpreted | undefined {
    const isAsked = this.#expected.some(
      (expectations) =>
        expectations.predicateType === 'provenance' ||
        (expectations.predicateType !== 'any' && expectations.predicateType.some(hasMeaning)) ||
        INTERPRETED_RULES.some((rule) => rule.expected(expectations, stated?.verified) !== undefined),
    );
    if (!isAsked) return undefined;
    const expected = 'what is stated agrees with what the certificate proves';
    if (stated?.statement === undefined) {
      this.#add(notEvaluated('provenance', PROVENANCE_SPEC, expected));
      return undefined;
    }
    const { statement, verified } = stated;
    const { catalogue } = this.#context;
    const isPlain = this.#expected.every(({ meaning }) => meaning === 'certificate');
    const allowBuilderRefUnsafe = this.#expected.every((expectations) => expectations.allowBuilderRefUnsafe);
    return this.step('provenance', PROVENANCE_SPEC, expected, (): Interpreted => {
      const meaning: Interpretation = isPlain
        ? interpretCertificate(verified)
        : interpret(statement, verified, this.#digests, { allowBuilderRefUnsafe });
      return { ...stated, ...meaning, catalogue };
    });
  }

  #add(answer: Answer, evidence: readonly EvidenceRef[] = []): void {
    const isReported = this.#demands.reported.has(answer.rule);
    this.findings.push({
      ...answer,
      required: !isReported,
      evidence: [...this.#evidence, ...evidence],
      ...(isReported ? { weakened: 'rules.reported' } : {}),
    });
  }
}
