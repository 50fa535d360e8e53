import { CODES } from '../../codes.ts';
import { SlsaGateError } from '../../errors.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { type BuildLevel, buildLevel } from '../catalogue/level.ts';
import { hasMeaning, type Interpretation, interpret, interpretCertificate } from '../interpret/index.ts';
import type { ArtifactDigests } from '../model/digest.ts';
import type { Expectations } from '../model/expectations.ts';
import type { EvidenceRef, Finding, RuleId } from '../model/finding.ts';
import { parseSignedStatement, type Statement } from '../model/statement.ts';
import { INTERPRETED_RULES, STATED_RULES } from '../rules/index.ts';
import type { Interpreted, Rule, Stated } from '../rules/rule.ts';
import type { ArtifactInput } from '../verify/signature.ts';
import type { FoundAttestation } from './parse.ts';
import { type VerificationContext, type VerifiedAttestation, verifyAttestation } from './verify.ts';

/** What was found out about one attestation. */
export interface AttestationCheck {
  readonly found: FoundAttestation;
  /** Undefined when its form, signature, certificate, log or time does not hold. */
  readonly verified: VerifiedAttestation | undefined;
  readonly statement: Statement | undefined;
  readonly level: BuildLevel;
  /** Every rule that was asked, exactly once, all of them required; never empty. */
  readonly findings: readonly Finding[];
}

export interface CheckContext extends VerificationContext {
  readonly catalogue: Catalogue;
  /** What a caller lowered, as flags; stands on the findings of `signature`. */
  readonly weakened?: string;
}

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
  const run = new Run(found, expectations, artifact?.digests ?? {}, context);
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
      toStated(verified, expectations, context),
    );
  run.rules(STATED_RULES, stated);
  const interpreted = run.interpret(stated);
  run.rules(INTERPRETED_RULES, interpreted);
  return {
    found,
    verified,
    statement: stated?.statement,
    level: interpreted === undefined ? NOTHING : buildLevel(interpreted, context.catalogue),
    findings: run.findings,
  };
}

/** A message signature states nothing; an envelope must hold an in-toto statement, unless it is bound to nothing. */
function toStated(
  verified: VerifiedAttestation,
  { subject, predicateType }: Expectations,
  { nowMs }: CheckContext,
): Stated {
  const { content } = verified;
  const isUnread = subject.kind === 'unbound' && predicateType === 'any';
  if (content.kind !== 'dsse' || isUnread) return { verified, statement: undefined, nowMs };
  // Cloud Build's payload of v0.1 repeats its predicate; its own profile has read it already.
  const { signer } = verified;
  const statement =
    signer.kind === 'cloud-build' ? signer.verified.signed.statement : parseSignedStatement(content);
  return { verified, statement, nowMs };
}

/** Collects the findings of one attestation, in the order of the rules. */
class Run {
  readonly findings: Finding[] = [];
  readonly #expectations: Expectations;
  readonly #digests: ArtifactDigests;
  readonly #context: CheckContext;
  readonly #evidence: readonly EvidenceRef[];

  constructor(
    found: FoundAttestation,
    expectations: Expectations,
    digests: ArtifactDigests,
    context: CheckContext,
  ) {
    this.#expectations = expectations;
    this.#digests = digests;
    this.#context = context;
    this.#evidence = [{ kind: 'attestation', digest: found.digest }];
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
      this.#addRefusal(
        error.finding === 'verifier.disagreement' ? 'verifier-agreement' : rule,
        spec,
        expected,
        error,
      );
      return undefined;
    }
  }

  /** Asks each rule that applies; without a subject none of them can be asked. */
  rules<S extends Stated>(rules: readonly Rule<S>[], subject: S | undefined): void {
    for (const rule of rules) {
      const expected = rule.expected(this.#expectations, subject?.verified);
      if (expected === undefined) continue;
      if (subject === undefined) this.#addNotEvaluated(rule.id, rule.spec, expected);
      else this.#ask(rule, expected, subject);
    }
  }

  /** The meaning of the statement, where a rule or the wanted type asks for it. */
  interpret(stated: Stated | undefined): Interpreted | undefined {
    const { predicateType, allowBuilderRefUnsafe, meaning: asked } = this.#expectations;
    const isAsked =
      predicateType === 'provenance' ||
      (predicateType !== 'any' && predicateType.some(hasMeaning)) ||
      INTERPRETED_RULES.some((rule) => rule.expected(this.#expectations, stated?.verified) !== undefined);
    if (!isAsked) return undefined;
    const expected = 'what is stated agrees with what the certificate proves';
    if (stated?.statement === undefined) {
      this.#addNotEvaluated('provenance', PROVENANCE_SPEC, expected);
      return undefined;
    }
    const { statement, verified } = stated;
    const { catalogue } = this.#context;
    return this.step('provenance', PROVENANCE_SPEC, expected, (): Interpreted => {
      const meaning: Interpretation =
        asked === 'certificate'
          ? interpretCertificate(verified)
          : interpret(statement, verified, this.#digests, { allowBuilderRefUnsafe });
      return { ...stated, ...meaning, catalogue };
    });
  }

  #ask<S extends Stated>(rule: Rule<S>, expected: string, subject: S): void {
    const base = { rule: rule.id, spec: rule.spec, expected };
    let check: ReturnType<Rule<S>['check']>;
    try {
      check = rule.check(subject, this.#expectations);
    } catch (error) {
      if (!(error instanceof SlsaGateError)) throw error;
      this.#addRefusal(rule.id, rule.spec, expected, error);
      return;
    }
    if (check.holds) {
      const { actual, message = CODES.ok.title, weakened } = check;
      this.#add({
        ...base,
        code: 'ok',
        outcome: 'pass',
        actual,
        message,
        ...(weakened === undefined ? {} : { weakened }),
      });
    } else {
      const { code, actual, message, hint = CODES[code].hint } = check;
      this.#add({ ...base, code, outcome: 'fail', actual, message, hint });
    }
  }

  #addRefusal(rule: RuleId, spec: string, expected: string, error: SlsaGateError): void {
    const { answer } = CODES[error.finding];
    if (answer !== 'deny' && answer !== 'indeterminate') throw error;
    const details = {
      rule,
      code: error.finding,
      expected: error.expected ?? expected,
      actual: error.actual ?? error.message,
      message: error.message,
      hint: error.hint,
      spec,
    };
    this.#add(answer === 'deny' ? { ...details, outcome: 'fail' } : { ...details, outcome: 'error', error });
  }

  #addNotEvaluated(rule: RuleId, spec: string, expected: string): void {
    const { title, hint } = CODES['rule.not-evaluated'];
    this.#add({
      rule,
      code: 'rule.not-evaluated',
      outcome: 'not-evaluated',
      expected,
      actual: 'not known',
      message: title,
      hint,
      spec,
    });
  }

  #add(finding: Omit<Finding, 'required' | 'evidence'>): void {
    this.findings.push({ ...finding, required: true, evidence: this.#evidence });
  }
}
