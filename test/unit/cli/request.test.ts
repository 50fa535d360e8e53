import { describe, expect, it } from 'vitest';
import {
  toBundleVerifyRequest,
  toInspectRequest,
  toTrustRequest,
  toVerifyRequest,
} from '../../../src/cli/request.ts';
import { NETWORK_FLAGS } from '../../../src/cli/spec/network-flags.ts';
import { parsed, refusal, specOf } from './command.ts';

const SIGNER = ['--certificate-identity', 'san', '--certificate-oidc-issuer', 'issuer'];
const verify = async (...argv: readonly string[]) => toVerifyRequest(await parsed('verify', ...argv));
const bundleVerify = async (...argv: readonly string[]) =>
  toBundleVerifyRequest(await parsed('bundle verify', ...argv));

/** Every flag of `verify` that says something about the request: what to write, and where it must arrive. */
const ARRIVALS: Readonly<Record<string, readonly [argv: readonly string[], path: string, value: unknown]>> = {
  bundle: [['--bundle', 'b', '--bundle', '-'], 'bundles', ['b', '-']],
  'trusted-root': [['--trusted-root', 'github'], 'trustedRoots', ['github']],
  'max-trust-age': [['--max-trust-age', '2d'], 'maxTrustAgeSeconds', 172_800],
  catalogue: [['--catalogue', 'builders.json'], 'catalogue', 'builders.json'],
  'evidence-log': [['--evidence-log', 'pack'], 'evidenceLogs', ['pack']],
  'evidence-log-key': [['--evidence-log-key', 'a+b+c'], 'expectations.summary.logKey', 'a+b+c'],
  offline: [['--offline'], 'offline', true],
  source: [['--source', 'npm'], 'sources', ['npm']],
  'check-log': [['--check-log'], 'checkLog', true],
  'via-index': [['--via-index', `sha256:${'ab'.repeat(32)}`], 'viaIndex', `sha256:${'ab'.repeat(32)}`],
  'min-bundle-version': [['--min-bundle-version', '0.2'], 'minBundleVersion', '0.2'],
  verifier: [['--verifier', 'strict'], 'verifier', 'strict'],
  'certificate-identity': [SIGNER, 'expectations.certificateIdentity', 'san'],
  'certificate-identity-regexp': [
    ['--certificate-identity-regexp', '^a$', '--certificate-oidc-issuer', 'i'],
    'expectations.certificateIdentityRegexp',
    '^a$',
  ],
  'certificate-oidc-issuer': [SIGNER, 'expectations.certificateOidcIssuer', 'issuer'],
  'certificate-oidc-issuer-regexp': [
    ['--certificate-identity', 'a', '--certificate-oidc-issuer-regexp', '^i$'],
    'expectations.certificateOidcIssuerRegexp',
    '^i$',
  ],
  key: [['--key', 'k.pem'], 'expectations.key', { path: 'k.pem' }],
  'key-id': [['--key', 'k', '--key-id', 'id'], 'expectations.key.id', 'id'],
  'key-not-before': [
    ['--key', 'k', '--key-not-before', '2026-01-01T00:00:00Z'],
    'expectations.key.notBefore',
    '2026-01-01T00:00:00Z',
  ],
  'key-not-after': [
    ['--key', 'k', '--key-not-after', '2026-01-01T00:00:00Z'],
    'expectations.key.notAfter',
    '2026-01-01T00:00:00Z',
  ],
  'source-uri': [['--source-uri', 'x'], 'expectations.sourceUri', 'x'],
  'source-branch': [['--source-branch', 'x'], 'expectations.sourceBranch', 'x'],
  'source-tag': [['--source-tag', 'x'], 'expectations.sourceTag', 'x'],
  'source-versioned-tag': [['--source-versioned-tag', 'x'], 'expectations.sourceVersionedTag', 'x'],
  'source-commit': [['--source-commit', 'x'], 'expectations.sourceCommit', 'x'],
  'source-repository-id': [['--source-repository-id', '1'], 'expectations.sourceRepositoryId', '1'],
  'source-owner-id': [['--source-owner-id', '1'], 'expectations.sourceOwnerId', '1'],
  'builder-id': [['--builder-id', 'x'], 'expectations.builderId', 'x'],
  'build-workflow-input': [
    ['--build-workflow-input', 'a=1', '--build-workflow-input', 'b='],
    'expectations.buildWorkflowInputs',
    ['a=1', 'b='],
  ],
  'build-trigger': [['--build-trigger', 'push'], 'expectations.buildTrigger', 'push'],
  'runner-environment': [['--runner-environment', 'x'], 'expectations.runnerEnvironment', 'x'],
  'predicate-type': [['--predicate-type', 'x'], 'expectations.predicateType', 'x'],
  'min-level': [['--min-level', '3'], 'expectations.minLevel', 3],
  'npm-package': [['--npm-package', 'x'], 'expectations.npmPackage', 'x'],
  'npm-version': [['--npm-package', 'x', '--npm-version', '1.0.0'], 'expectations.npmVersion', '1.0.0'],
  'pypi-repository': [['--pypi-repository', 'o/n'], 'expectations.pypiRepository', 'o/n'],
  'pypi-workflow': [
    ['--pypi-repository', 'o/n', '--pypi-workflow', 'w.yml'],
    'expectations.pypiWorkflow',
    'w.yml',
  ],
  'subject-name': [['--subject-name', 'x'], 'expectations.subjectName', 'x'],
  'subject-digest': [['--subject-digest', 'a:b'], 'expectations.subjectDigest', 'a:b'],
  'verifier-id': [['--verifier-id', 'x'], 'expectations.summary.verifierId', 'x'],
  'resource-uri': [['--resource-uri', 'x'], 'expectations.summary.resourceUri', 'x'],
  'verified-level': [
    ['--verified-level', 'SLSA_BUILD_LEVEL_2', '--verified-level', 'SLSA_BUILD_LEVEL_3'],
    'expectations.summary.verifiedLevels',
    ['SLSA_BUILD_LEVEL_2', 'SLSA_BUILD_LEVEL_3'],
  ],
  'policy-digest': [['--policy-digest', 'sha256:ab'], 'expectations.summary.policyDigest', 'sha256:ab'],
  'summary-max-age': [['--summary-max-age', '30d'], 'expectations.summary.maxAgeSeconds', 2_592_000],
  'tlog-threshold': [['--tlog-threshold', '2'], 'thresholds.tlog', 2],
  'sct-threshold': [['--sct-threshold', '3'], 'thresholds.sct', 3],
  'tsa-threshold': [['--tsa-threshold', '4'], 'thresholds.tsa', 4],
  'time-threshold': [['--time-threshold', '5'], 'thresholds.time', 5],
  'unsafe-no-tlog': [['--unsafe-no-tlog'], 'weakening.withoutTlogUnsafe', true],
  'unsafe-no-sct': [['--unsafe-no-sct'], 'weakening.withoutSctUnsafe', true],
  'unsafe-no-timestamp': [['--unsafe-no-timestamp'], 'weakening.withoutTimestampUnsafe', true],
  'unsafe-allow-builder-ref': [['--unsafe-allow-builder-ref'], 'weakening.allowBuilderRefUnsafe', true],
};

/** Flags about the answer; test/unit/cli/output.test.ts has those. */
const ABOUT_THE_ANSWER = ['format', 'json', 'output', 'quiet', 'debug'];

/** Flags about how sources are asked; test/unit/cli/network.test.ts has those. */
const ABOUT_THE_NETWORK = [...Object.keys(NETWORK_FLAGS), 'timeout', 'github-url', 'pypi-url'];

/** A command line that is complete together with these words. */
const complete = (argv: readonly string[]): readonly string[] => [
  'app.tgz',
  ...argv,
  ...(argv.includes('--bundle') ? [] : ['--bundle', 'b']),
  ...(argv.includes('--source-uri') ? [] : ['--source-uri', 'github.com/o/r']),
];

describe('the request of verify', () => {
  it('POL-08 has a place for every flag, so that none is accepted and inert', () => {
    expect([...Object.keys(ARRIVALS), ...ABOUT_THE_ANSWER, ...ABOUT_THE_NETWORK].sort()).toEqual(
      Object.keys(specOf('verify').flags).sort(),
    );
  });

  it.each(Object.entries(ARRIVALS))('POL-08 carries --%s', async (_flag, [argv, path, value]) => {
    expect(await verify(...complete(argv))).toHaveProperty(path, value);
  });

  it('is the same for no flag as for a weaker one left out: nothing is given up unasked', async () => {
    expect(await verify(...complete([]))).toEqual({
      artifacts: ['app.tgz'],
      bundles: ['b'],
      sources: [],
      evidenceLogs: [],
      trustedRoots: [],
      thresholds: {},
      weakening: {
        withoutTlogUnsafe: false,
        withoutSctUnsafe: false,
        withoutTimestampUnsafe: false,
        allowBuilderRefUnsafe: false,
      },
      verifier: 'both',
      offline: false,
      expectations: {
        sourceUri: 'github.com/o/r',
        buildWorkflowInputs: [],
        summary: { verifiedLevels: [] },
      },
    });
  });
});

describe('what counts as an expectation of identity', () => {
  it.each([
    ['--source-uri', ['--source-uri', 'x']],
    ['--builder-id', ['--builder-id', 'x']],
    ['--key', ['--key', 'k']],
    ['a name with its issuer', SIGNER],
    ['patterns of both', ['--certificate-identity-regexp', '^a$', '--certificate-oidc-issuer-regexp', '^i$']],
    [
      'a name with a pattern of its issuer',
      ['--certificate-identity', 'a', '--certificate-oidc-issuer-regexp', '^i$'],
    ],
  ])('%s is one', async (_what, argv) => {
    expect((await verify('a', '--bundle', 'b', ...argv)).artifacts).toEqual(['a']);
  });

  it.each([
    ['nothing at all', []],
    ['the issuer', ['--certificate-oidc-issuer', 'i']],
    ['a pattern of the issuer', ['--certificate-oidc-issuer-regexp', '^i$']],
    ['the branch', ['--source-branch', 'main']],
    ['the tag', ['--source-tag', 'v1']],
    ['the versioned tag', ['--source-versioned-tag', 'v1']],
    ['the commit', ['--source-commit', 'a'.repeat(40)]],
    ['the predicate type', ['--predicate-type', 'x']],
    ['the level', ['--min-level', '3']],
    ['numeric ids', ['--source-repository-id', '1', '--source-owner-id', '2']],
    ['the npm package', ['--npm-package', 'x']],
    ['the PyPI repository', ['--pypi-repository', 'o/n']],
    ['a summary', ['--verifier-id', 'v', '--resource-uri', 'r']],
    ['all that weakens', ['--unsafe-no-tlog', '--unsafe-no-sct', '--unsafe-no-timestamp']],
  ])('IDN-01 %s alone is none', async (_what, argv) => {
    await expect(verify('a', '--bundle', 'b', ...argv)).rejects.toThrow(
      refusal('policy.identity-missing', { message: 'nobody says whom to trust', exitCode: 64 }),
    );
  });

  it.each([
    ['alone', []],
    ['beside the source', ['--source-uri', 'x']],
    ['beside the builder', ['--builder-id', 'x']],
  ])('half an identity is none: a name without its issuer %s', async (_where, argv) => {
    for (const flag of ['--certificate-identity', '--certificate-identity-regexp']) {
      await expect(verify('a', '--bundle', 'b', flag, 'san', ...argv)).rejects.toThrow(
        refusal('policy.identity-missing', {
          message: '--certificate-identity without its issuer: san',
          hint: 'Names are only unique within one issuer: add --certificate-oidc-issuer.',
        }),
      );
    }
  });

  it('bundle verify wants a whole identity or a key, since a bundle has no source', async () => {
    expect((await bundleVerify('a', '--bundle', 'b', ...SIGNER)).signer).toEqual({
      certificateIdentity: 'san',
      certificateOidcIssuer: 'issuer',
    });
    expect((await bundleVerify('a', '--bundle', 'b', '--key', 'k')).signer).toEqual({ key: { path: 'k' } });
    for (const argv of [[], ['--certificate-oidc-issuer', 'i'], ['--certificate-identity', 's']]) {
      await expect(bundleVerify('a', '--bundle', 'b', ...argv)).rejects.toThrow(
        refusal('policy.identity-missing', { exitCode: 64 }),
      );
    }
  });
});

describe('artifacts and attestations', () => {
  it('RAC-07 refuses a list without an artifact', async () => {
    await expect(verify('--bundle', 'b', '--source-uri', 'x')).rejects.toThrow(
      refusal('usage.no-artifact', { exitCode: 64 }),
    );
  });

  it.each(['', ' ', '\n\n', '\t'])('RAC-07 refuses the artifact %j among others', async (name) => {
    await expect(verify('a', name, '--bundle', 'b', '--source-uri', 'x')).rejects.toThrow(
      refusal('usage.no-artifact', { message: 'an artifact is the empty string', exitCode: 64 }),
    );
  });

  it('a subject digest stands in for the artifact', async () => {
    const request = await verify('--subject-digest', 'ami:1', '--bundle', 'b', '--source-uri', 'x');
    expect(request.artifacts).toEqual([]);
  });

  it('refuses a subject digest without files: no source is asked about it', async () => {
    for (const argv of [[], ['--source', 'github:octo/widget'], ['oci-layout:d']]) {
      await expect(verify('--subject-digest', 'ami:1', '--source-uri', 'x', ...argv)).rejects.toThrow(
        refusal('usage.no-bundle', { exitCode: 64 }),
      );
    }
  });

  it('leaves it to the use case where attestations come from', async () => {
    expect((await verify('a', '--source-uri', 'x')).bundles).toEqual([]);
    const request = await verify('a', '--source-uri', 'x', '--source', 'npm', '--source', 'rekor');
    expect(request.sources).toEqual(['npm', 'rekor']);
  });

  it.each(['sha256:ab', 'a'.repeat(64), `sha512:${'a'.repeat(128)}`, `sha256:${'A'.repeat(64)}`])(
    'refuses an index that is named otherwise than by its SHA-256: %s',
    async (index) => {
      await expect(verify('a', '--source-uri', 'x', '--via-index', index)).rejects.toThrow(
        refusal('usage.flag'),
      );
    },
  );

  it('refuses a bundle without a bundle', async () => {
    await expect(bundleVerify('a', ...SIGNER)).rejects.toThrow(refusal('usage.no-bundle'));
  });

  it('an image layout brings its attestations itself', async () => {
    const request = await verify('oci-layout:d', '--source-uri', 'x');
    expect(request.bundles).toEqual([]);
  });

  it('refuses to read standard input twice', async () => {
    await expect(verify('a', '--bundle', '-', '--bundle', '-', '--source-uri', 'x')).rejects.toThrow(
      refusal('usage.flag', { message: 'standard input can be read once only: --bundle -' }),
    );
  });

  it('bundle verify without an artifact needs the flag that says so, and the flag excludes an artifact', async () => {
    await expect(bundleVerify('--bundle', 'b', ...SIGNER)).rejects.toThrow(refusal('usage.no-artifact'));
    await expect(bundleVerify('a', '--allow-unbound', '--bundle', 'b', ...SIGNER)).rejects.toThrow(
      refusal('usage.flag', { message: 'flags contradict each other: --allow-unbound and an artifact' }),
    );
    const request = await bundleVerify('--allow-unbound', '--bundle', 'b', ...SIGNER);
    expect(request).not.toHaveProperty('artifact');
  });
});

describe('values that contradict each other or weaken too much', () => {
  it('refuses a window of the key that ends before it starts', async () => {
    const window = ['--key-not-before', '2026-02-01T00:00:00Z', '--key-not-after', '2026-01-31T23:59:59Z'];
    await expect(verify('a', '--bundle', 'b', '--key', 'k', ...window)).rejects.toThrow(
      refusal('usage.flag', { message: 'the window of the key ends before it starts: 2026-01-31T23:59:59Z' }),
    );
  });

  it('refuses a level above 1 from a builder at a branch', async () => {
    const argv = ['a', '--bundle', 'b', '--source-uri', 'x', '--unsafe-allow-builder-ref'];
    await expect(verify(...argv, '--min-level', '2')).rejects.toThrow(refusal('usage.flag'));
    expect((await verify(...argv, '--min-level', '1')).expectations.minLevel).toBe(1);
  });

  it('refuses a threshold of nothing', async () => {
    await expect(verify(...complete(['--tlog-threshold', '0']))).rejects.toThrow(
      refusal('config.threshold', { exitCode: 64 }),
    );
  });
});

describe('the other requests', () => {
  it('inspection takes an artifact or none, and needs a bundle', async () => {
    const words = await parsed('bundle inspect', 'a', '--bundle', 'b', '--offline', '--trusted-root', 'r');
    expect(toInspectRequest(words)).toEqual({
      artifact: 'a',
      bundles: ['b'],
      trustedRoots: ['r'],
      offline: true,
    });
    const bare = await parsed('bundle inspect', 'a');
    expect(() => toInspectRequest(bare)).toThrow(refusal('usage.no-bundle'));
    const empty = await parsed('bundle inspect', '', '--bundle', 'b');
    expect(() => toInspectRequest(empty)).toThrow(refusal('usage.no-artifact'));
  });

  it('trust commands take roots and an age, where they have it', async () => {
    const show = await parsed('trust show', '--trusted-root', 'github', '--max-trust-age', '1h');
    expect(toTrustRequest(show)).toEqual({ roots: ['github'], maxTrustAgeSeconds: 3600 });
    expect(toTrustRequest(await parsed('trust update'))).toEqual({ roots: [] });
  });
});
