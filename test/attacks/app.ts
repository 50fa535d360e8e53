import type { ExpectationInput, Ports, VerifyRequest } from '../../src/app/requests.ts';
import { verifyArtifacts } from '../../src/app/verify.ts';
import type { Finding, RuleId } from '../../src/core/model/finding.ts';
import type { ArtifactResult, ResultDocument } from '../../src/core/model/result.ts';
import type { CollectedAttestation } from '../../src/core/ports.ts';
import { refuse } from '../../src/errors.ts';
import { hash, type KeyPair } from '../kit/keys.ts';
import { ARTIFACT, SIGNED_AT } from '../kit/sigstore.ts';
import { sigstore, type Verifiable } from './verify.ts';

/** An attestation of the kit, any JSON, the very bytes, or what a source found, with its labels. */
export type Evidence = Verifiable | Buffer | { readonly json: unknown } | CollectedAttestation;

export interface Question {
  readonly evidence: readonly Evidence[];
  /** Files by name; `widget` with {@link ARTIFACT} by default. */
  readonly files?: Readonly<Record<string, Buffer>>;
  /** References to decide; all files by default. */
  readonly artifacts?: readonly string[];
  readonly flags?: Partial<ExpectationInput>;
  readonly request?: Partial<VerifyRequest>;
  /** What lies in the user's key file. */
  readonly key?: KeyPair;
  /** Keys of npm's registry, as npm publishes them. */
  readonly npmKeys?: readonly NpmKey[];
  readonly ports?: Partial<Ports>;
}

export interface NpmKey {
  readonly id: string;
  readonly keys: KeyPair;
  readonly start?: string;
  readonly end?: string;
}

export const NOW = new Date(SIGNED_AT.getTime() + 3_600_000);

/** The builder and the source of the kit's default statement. */
export const BUILT: Partial<ExpectationInput> = {
  builderId:
    'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml',
  sourceUri: 'github.com/octo-org/widget',
};

/** Decides as the command does, with nothing but the disk and the clock replaced; the strict verifier by default. */
export function ask(question: Question): Promise<ResultDocument> {
  const files = question.files ?? { widget: ARTIFACT };
  const request: VerifyRequest = {
    bundles: ['given'],
    trustedRoots: ['kit'],
    thresholds: {},
    weakening: {
      withoutTlogUnsafe: false,
      withoutSctUnsafe: false,
      withoutTimestampUnsafe: false,
      allowBuilderRefUnsafe: false,
    },
    verifier: 'strict',
    offline: true,
    artifacts: question.artifacts ?? Object.keys(files),
    expectations: {
      buildWorkflowInputs: [],
      summary: { verifiedLevels: [] },
      ...(question.flags ?? BUILT),
    },
    ...question.request,
  };
  return verifyArtifacts(request, { ...portsOf(question, files), ...question.ports });
}

/** {@link ask} about one artifact. */
export async function answer(question: Question): Promise<ArtifactResult> {
  const { results } = await ask(question);
  const [result, second] = results;
  if (result === undefined || second !== undefined) throw new Error(`${results.length} results`);
  return result;
}

export type Fault = Pick<Finding, 'rule' | 'code' | 'expected' | 'actual'>;

/** What disproves or prevents, without the rules that could not be asked on its account. */
export const faultsOf = ({ findings }: { readonly findings: readonly Finding[] }): readonly Fault[] =>
  findings
    .filter(({ outcome }) => outcome === 'fail' || outcome === 'error')
    .map(({ rule, code, expected, actual }) => ({ rule, code, expected, actual }));

/** Verdict and faults of a question about one artifact, in one value to compare. */
export async function judged(
  question: Question,
): Promise<{ readonly verdict: string; readonly faults: readonly Fault[] }> {
  const result = await answer(question);
  return { verdict: result.verdict, faults: faultsOf(result) };
}

/** A denial on account of one rule alone. */
export const denied = (rule: RuleId, code: Finding['code'], expected: unknown, actual: unknown) => ({
  verdict: 'deny',
  faults: [{ rule, code, expected, actual }],
});

export const ALLOWED = { verdict: 'allow', faults: [] };

function portsOf({ evidence, key, npmKeys = [] }: Question, files: Readonly<Record<string, Buffer>>): Ports {
  const never = (): never => {
    throw new Error('not a part of this test');
  };
  const fileAt = (path: string): Buffer => files[path] ?? refuse('path.not-found', `no such file: ${path}`);
  return {
    trust: {
      load: never,
      update: never,
      pack: never,
      open: async (name) => [
        {
          name,
          bytes: Buffer.from(JSON.stringify(sigstore.trustedRoot())),
          origin: 'file',
          currentAt: null,
        },
      ],
    },
    keys: {
      readKey: async () => Buffer.from(key?.pem ?? ''),
      npm: async () => Buffer.from(JSON.stringify({ keys: npmKeys.map(npmKeyJson) })),
      cloudBuild: async () => new Map(),
    },
    artifacts: {
      check: async (path) => void fileAt(path),
      read: async (path, { algorithms, withBytes }) => {
        const bytes = fileAt(path);
        const names = [...new Set(['sha256' as const, ...algorithms])];
        const digests = Object.fromEntries(names.map((name) => [name, hash(name, bytes).toString('hex')]));
        return withBytes ? { digests, bytes } : { digests };
      },
      readLayout: never,
    },
    attestations: {
      collect: async () => ({
        name: 'file',
        answer: 'complete',
        attestations: evidence.map(toCollected),
      }),
    },
    now: () => NOW,
  };
}

const npmKeyJson = ({ id, keys, start = '2022-12-01T00:00:00.000Z', end }: NpmKey): unknown => ({
  keyId: id,
  keyUsage: 'npm:attestations',
  publicKey: {
    rawBytes: keys.spki.toString('base64'),
    keyDetails: keys.keyDetails,
    validFor: { start, ...(end === undefined ? {} : { end }) },
  },
});

function toCollected(evidence: Evidence, index: number): CollectedAttestation {
  const source = `file:${index + 1}.json`;
  if (typeof evidence === 'string' || Buffer.isBuffer(evidence))
    return { bytes: Buffer.from(evidence), source };
  if ('bytes' in evidence) return evidence;
  if ('json' in evidence) return { bytes: Buffer.from(JSON.stringify(evidence.json)), source };
  return {
    bytes: Buffer.from('bundle' in evidence ? evidence.text() : JSON.stringify(evidence)),
    source,
  };
}
