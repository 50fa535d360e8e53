import { defined } from '../app/defined.ts';
import type {
  BundleVerifyRequest,
  ExpectationInput,
  InspectRequest,
  KeyInput,
  SignerInput,
  ThresholdInput,
  TrustRequest,
  VerificationInput,
  VerifyRequest,
} from '../app/requests.ts';
import { refuse } from '../errors.ts';
import type { Invocation } from './parse.ts';
import { checkPair, checkTime, parseDurationSeconds, parseThreshold } from './values.ts';

const threshold = (words: Invocation, flag: string): number | undefined => {
  const value = words.text(flag);
  return value === undefined ? undefined : parseThreshold(flag, value);
};

const thresholds = (words: Invocation): ThresholdInput =>
  defined({
    tlog: threshold(words, 'tlog-threshold'),
    sct: threshold(words, 'sct-threshold'),
    tsa: threshold(words, 'tsa-threshold'),
    time: threshold(words, 'time-threshold'),
  });

const time = (words: Invocation, flag: string): string | undefined => {
  const value = words.text(flag);
  return value === undefined ? undefined : checkTime(flag, value);
};

const key = (words: Invocation): KeyInput | undefined => {
  const path = words.text('key');
  if (path === undefined) return undefined;
  const window = { notBefore: time(words, 'key-not-before'), notAfter: time(words, 'key-not-after') };
  const { notBefore, notAfter } = window;
  if (notBefore !== undefined && notAfter !== undefined && Date.parse(notBefore) > Date.parse(notAfter)) {
    refuse('usage.flag', `the window of the key ends before it starts: ${notAfter}`);
  }
  return { path, ...defined({ id: words.text('key-id'), ...window }) };
};

const signer = (words: Invocation): SignerInput =>
  defined({
    certificateIdentity: words.text('certificate-identity'),
    certificateIdentityRegexp: words.text('certificate-identity-regexp'),
    certificateOidcIssuer: words.text('certificate-oidc-issuer'),
    certificateOidcIssuerRegexp: words.text('certificate-oidc-issuer-regexp'),
    key: key(words),
  });

const version = (words: Invocation): '0.1' | '0.2' | '0.3' | undefined => {
  const value = words.text('min-bundle-version');
  return value === '0.1' || value === '0.2' || value === '0.3' ? value : undefined;
};

const duration = (words: Invocation, flag: string): number | undefined => {
  const value = words.text(flag);
  return value === undefined ? undefined : parseDurationSeconds(flag, value);
};

const maxTrustAge = (words: Invocation): { maxTrustAgeSeconds?: number } =>
  defined({ maxTrustAgeSeconds: duration(words, 'max-trust-age') });

const bundles = (words: Invocation): readonly string[] => {
  const named = words.list('bundle');
  if (named.filter((name) => name === '-').length > 1) {
    refuse('usage.flag', 'standard input can be read once only: --bundle -');
  }
  return named;
};

const verification = (words: Invocation): VerificationInput => ({
  bundles: bundles(words),
  trustedRoots: words.list('trusted-root'),
  thresholds: thresholds(words),
  weakening: {
    withoutTlogUnsafe: words.on('unsafe-no-tlog'),
    withoutSctUnsafe: words.on('unsafe-no-sct'),
    withoutTimestampUnsafe: words.on('unsafe-no-timestamp'),
    allowBuilderRefUnsafe: words.has('unsafe-allow-builder-ref') && words.on('unsafe-allow-builder-ref'),
  },
  verifier: words.text('verifier') === 'strict' ? 'strict' : 'both',
  offline: words.on('offline'),
  ...defined({ minBundleVersion: version(words) }),
  ...maxTrustAge(words),
});

const level = (words: Invocation): 1 | 2 | 3 | undefined => {
  const value = words.text('min-level');
  return value === '1' ? 1 : value === '2' ? 2 : value === '3' ? 3 : undefined;
};

const pair = (words: Invocation, flag: string): string | undefined => {
  const value = words.text(flag);
  return value === undefined ? undefined : checkPair(flag, value, ':');
};

const expectations = (words: Invocation): ExpectationInput => ({
  ...signer(words),
  ...defined({
    builderId: words.text('builder-id'),
    sourceUri: words.text('source-uri'),
    sourceBranch: words.text('source-branch'),
    sourceTag: words.text('source-tag'),
    sourceVersionedTag: words.text('source-versioned-tag'),
    sourceCommit: words.text('source-commit'),
    sourceRepositoryId: words.text('source-repository-id'),
    sourceOwnerId: words.text('source-owner-id'),
    buildTrigger: words.text('build-trigger'),
    runnerEnvironment: words.text('runner-environment'),
    predicateType: words.text('predicate-type'),
    minLevel: level(words),
    npmPackage: words.text('npm-package'),
    npmVersion: words.text('npm-version'),
    pypiRepository: words.text('pypi-repository'),
    pypiWorkflow: words.text('pypi-workflow'),
    subjectName: words.text('subject-name'),
    subjectDigest: pair(words, 'subject-digest'),
  }),
  buildWorkflowInputs: words
    .list('build-workflow-input')
    .map((value) => checkPair('build-workflow-input', value, '=')),
  summary: {
    ...defined({
      verifierId: words.text('verifier-id'),
      resourceUri: words.text('resource-uri'),
      policyDigest: pair(words, 'policy-digest'),
      maxAgeSeconds: duration(words, 'summary-max-age'),
      logKey: words.text('evidence-log-key'),
    }),
    verifiedLevels: words.list('verified-level'),
  },
});

/** Subject and issuer together, or a key: half an identity is none. */
const namesSigner = (input: SignerInput): boolean =>
  input.key !== undefined ||
  ((input.certificateIdentity ?? input.certificateIdentityRegexp) !== undefined &&
    (input.certificateOidcIssuer ?? input.certificateOidcIssuerRegexp) !== undefined);

const checkHalfIdentity = (input: SignerInput): void => {
  const subject = input.certificateIdentity ?? input.certificateIdentityRegexp;
  const issuer = input.certificateOidcIssuer ?? input.certificateOidcIssuerRegexp;
  if (subject !== undefined && issuer === undefined) {
    refuse('policy.identity-missing', `--certificate-identity without its issuer: ${subject}`, {
      hint: 'Names are only unique within one issuer: add --certificate-oidc-issuer.',
    });
  }
};

const VIA_INDEX = /^sha256:[0-9a-f]{64}$/;

/** Sources as they were named; read by the use case. */
export const sourceInput = (
  words: Invocation,
): { sources: readonly string[]; viaIndex?: string; checkLog?: boolean } => {
  const viaIndex = words.text('via-index');
  if (viaIndex !== undefined && !VIA_INDEX.test(viaIndex)) {
    refuse('usage.flag', `--via-index is not sha256:<64 hex digits>: ${viaIndex}`, { actual: viaIndex });
  }
  const checkLog = words.on('check-log') ? { checkLog: true } : {};
  return { sources: words.list('source'), ...defined({ viaIndex }), ...checkLog };
};

const checkArtifacts = (artifacts: readonly string[]): void => {
  if (artifacts.some((name) => name.trim() === '')) {
    refuse('usage.no-artifact', 'an artifact is the empty string', {
      hint: 'Is a variable not set? An answer about nothing would be an allow by accident.',
    });
  }
};

/**
 * @throws SlsaGateError `policy.identity-missing`, `usage.no-artifact`, `usage.flag`, `config.threshold`
 */
export const toVerifyRequest = (words: Invocation): VerifyRequest => {
  const expected = expectations(words);
  checkArtifacts(words.args);
  if (words.args.length === 0 && expected.subjectDigest === undefined) {
    refuse('usage.no-artifact', 'no artifact given');
  }
  checkHalfIdentity(expected);
  if (!namesSigner(expected) && expected.sourceUri === undefined && expected.builderId === undefined) {
    refuse('policy.identity-missing', 'nobody says whom to trust');
  }
  const input = verification(words);
  if (input.weakening.allowBuilderRefUnsafe && (expected.minLevel ?? 1) > 1) {
    refuse('usage.flag', 'flags contradict each other: --unsafe-allow-builder-ref and --min-level', {
      hint: 'A builder at a branch is in no row of the catalogue and reaches level 1 at most.',
    });
  }
  const evidenceLogs = words.list('evidence-log');
  if (expected.subjectDigest !== undefined && input.bundles.length + evidenceLogs.length === 0) {
    refuse('usage.no-bundle', 'a subject is looked for in files, and none is given', {
      hint: 'Give the attestations with --bundle, or name the digest as the artifact.',
    });
  }
  const catalogue = defined({ catalogue: words.text('catalogue') });
  return {
    ...input,
    ...sourceInput(words),
    ...catalogue,
    evidenceLogs,
    artifacts: words.args,
    expectations: expected,
  };
};

/**
 * @throws SlsaGateError as `toVerifyRequest`
 */
export const toBundleVerifyRequest = (words: Invocation): BundleVerifyRequest => {
  checkArtifacts(words.args);
  const [artifact] = words.args;
  if (words.on('allow-unbound')) {
    if (artifact !== undefined) {
      refuse('usage.flag', 'flags contradict each other: --allow-unbound and an artifact', {
        hint: 'Leave out --allow-unbound to bind the bundle to the artifact.',
      });
    }
  } else if (artifact === undefined) {
    refuse('usage.no-artifact', 'no artifact given', {
      hint: 'Name a file or a digest; --allow-unbound verifies the bundle alone.',
    });
  }
  const expected = signer(words);
  checkHalfIdentity(expected);
  if (!namesSigner(expected)) {
    refuse('policy.identity-missing', 'nobody says whom to trust', {
      hint: 'Give --certificate-identity with --certificate-oidc-issuer, or --key.',
    });
  }
  const input = verification(words);
  if (input.bundles.length === 0) refuse('usage.no-bundle', 'no attestation given');
  return { ...input, signer: expected, ...defined({ artifact }) };
};

/**
 * @throws SlsaGateError `usage.no-bundle`, `usage.no-artifact`, `usage.flag`
 */
export const toInspectRequest = (words: Invocation): InspectRequest => {
  checkArtifacts(words.args);
  const named = bundles(words);
  const inLayout = words.args[0]?.startsWith('oci-layout:') === true;
  if (named.length === 0 && !inLayout) refuse('usage.no-bundle', 'no attestation given');
  return {
    bundles: named,
    trustedRoots: words.list('trusted-root'),
    offline: words.on('offline'),
    ...defined({ artifact: words.args[0] }),
  };
};

/** Roots to show, refresh or export. */
export const toTrustRequest = (words: Invocation): TrustRequest => ({
  roots: words.list('trusted-root'),
  ...(words.has('max-trust-age') ? maxTrustAge(words) : {}),
});
