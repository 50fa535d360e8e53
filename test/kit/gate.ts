import { type Evaluation, evaluate } from '../../src/app/gate/evaluate.ts';
import type { GateMaterial } from '../../src/app/gate/material.ts';
import { CATALOGUE } from '../../src/core/catalogue/builders.ts';
import type { Finding, RuleId } from '../../src/core/model/finding.ts';
import { parsePolicy } from '../../src/core/policy/parse.ts';
import type { CollectedAttestation, CollectedAttestations } from '../../src/core/ports.ts';
import type { BundleJson, SignedBundle } from './bundle.ts';
import { hash, sha256 } from './keys.ts';
import { ARTIFACT, createSigstore, SIGNED_AT, type Sigstore } from './sigstore.ts';

/** Decides by a policy as `gate` does, from the bytes of policy and attestations on, under the roots of the kit. */

/** The instance that policies know as `public-good`. */
export const sigstore = createSigstore();

export const NOW = new Date(SIGNED_AT.getTime() + 3_600_000);

export const GENERATOR =
  'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml';

/** An entry that the kit's default statement meets; change it freely. */
export const widgetEntry = () => ({
  package: 'pkg:generic/widget',
  source: { repository: 'https://github.com/octo-org/widget' },
  builders: [{ id: GENERATOR }],
});

/** A policy by which the kit's default statement may go to production; the strict verifier alone. */
export const widgetPolicy = () => ({
  schemaVersion: 1,
  name: 'widget',
  packages: [widgetEntry()],
  environments: { production: { level: 3, trustedRoots: ['public-good'], verifier: 'strict' } },
});

/** The rows of the package, for Sigstores of the test. */
export const catalogueFor = (...instances: readonly Sigstore[]): Buffer =>
  Buffer.from(
    JSON.stringify({
      ...CATALOGUE,
      anchors: {
        'public-good': instances.map(({ ca }) => `sha256:${sha256(ca.root.certificate.der).toString('hex')}`),
        github: CATALOGUE.anchors.github,
      },
    }),
  );

/** An attestation of the kit, its JSON, the very text, or what a source found, with its annotations and labels. */
export type Signed =
  | SignedBundle
  | BundleJson
  | string
  | (Omit<CollectedAttestation, 'source'> & { readonly source?: string });

export interface EvaluateOptions {
  /** Plain values, or the very text; {@link widgetPolicy} by default. */
  readonly policy?: unknown;
  /** What one source found, which told all that it has; `[]` when it found nothing. */
  readonly signed?: Signed | readonly Signed[];
  /** Instead of `signed`. */
  readonly sources?: readonly CollectedAttestations[];
  /** {@link ARTIFACT} by default. */
  readonly artifact?: Buffer;
  readonly fileName?: string;
  readonly package?: string;
  readonly environment?: string;
  readonly resourceUri?: string;
  readonly now?: Date;
  /** Replaces single parts of the material. */
  readonly material?: Partial<GateMaterial>;
  readonly origin?: Partial<Pick<GateMaterial['policy'], 'pinnedBy' | 'checkout' | 'inPipeline'>>;
}

export interface Evaluated extends Evaluation {
  readonly verdict: Evaluation['outcome']['verdict'];
  readonly findings: readonly Finding[];
  /** The finding of a rule; throws when the rule was not asked, or answered twice. */
  finding(rule: RuleId): Finding;
  /** What disproves or prevents and decides, as `rule code`, without the rules that could not be asked on its account. */
  readonly faults: readonly string[];
}

export async function evaluateWith(options: EvaluateOptions = {}): Promise<Evaluated> {
  const evaluation = await evaluate(toMaterial(options));
  const { findings, verdict } = evaluation.outcome;
  return {
    ...evaluation,
    verdict,
    findings,
    finding(rule) {
      const [found, second] = findings.filter((finding) => finding.rule === rule);
      if (found === undefined) throw new Error(`rule was not asked: ${rule}`);
      if (second !== undefined) throw new Error(`rule answered twice: ${rule}`);
      return found;
    },
    faults: findings
      .filter(({ required, outcome }) => required && (outcome === 'fail' || outcome === 'error'))
      .map(({ rule, code }) => `${rule} ${code}`),
  };
}

/** The material of {@link evaluateWith}, for those who hand it on themselves. */
export function toMaterial(options: EvaluateOptions): GateMaterial {
  const {
    artifact = ARTIFACT,
    policy = widgetPolicy(),
    package: purl = 'pkg:generic/widget@1.2.3',
  } = options;
  const bytes = Buffer.from(typeof policy === 'string' ? policy : JSON.stringify(policy));
  const hex = (name: 'sha256' | 'sha384' | 'sha512'): string => hash(name, artifact).toString('hex');
  return {
    artifact: {
      reference: 'widget',
      digests: { sha256: hex('sha256'), sha384: hex('sha384'), sha512: hex('sha512') },
      fileName: options.fileName ?? null,
      package: purl,
    },
    environment: options.environment ?? 'production',
    resourceUri: options.resourceUri ?? purl,
    verifierId: 'https://gate.example.com',
    policy: {
      policy: parsePolicy(bytes, 'policy.yaml'),
      bytes,
      fileName: 'policy.yaml',
      pinnedBy: null,
      checkout: null,
      inPipeline: false,
      ...options.origin,
    },
    catalogue: { fileName: 'catalogue.json', bytes: catalogueFor(sigstore) },
    roots: [
      {
        name: 'public-good',
        bytes: Buffer.from(JSON.stringify(sigstore.trustedRoot())),
        origin: 'tuf',
        currentAt: NOW,
      },
    ],
    keys: new Map(),
    facts: [],
    logged: [],
    sources: options.sources ?? [sourceOf(options.signed ?? sigstore.signStatement())],
    now: options.now ?? NOW,
    ...options.material,
  };
}

/** A source that told this. */
export function sourceOf(
  signed: Signed | readonly Signed[],
  answer: Partial<CollectedAttestations> = {},
): CollectedAttestations {
  const list = Array.isArray(signed) ? (signed as readonly Signed[]) : [signed as Signed];
  return { name: 'file', answer: 'complete', attestations: list.map(toCollected), ...answer };
}

function toCollected(signed: Signed, index: number): CollectedAttestation {
  const source = `test#${index}`;
  if (typeof signed === 'string') return { bytes: Buffer.from(signed), source };
  if ('bytes' in signed) return { source, ...signed };
  return { bytes: Buffer.from('bundle' in signed ? signed.text() : JSON.stringify(signed)), source };
}
