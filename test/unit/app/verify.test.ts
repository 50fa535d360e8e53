import { describe, expect, it } from 'vitest';
import type { BundleVerifyRequest, VerificationPorts } from '../../../src/app/requests.ts';
import { verifyBundleOnly } from '../../../src/app/verify.ts';
import { SlsaGateError } from '../../../src/errors.ts';
import { ALLOWED, answer, ask, BUILT, faultsOf, judged, NOW } from '../../attacks/app.ts';
import { sigstore } from '../../attacks/verify.ts';
import { hash } from '../../kit/keys.ts';
import { ARTIFACT } from '../../kit/sigstore.ts';
import { trustText } from './trust-material.ts';

const good = sigstore.signStatement();
const digest = `sha256:${hash('sha256', ARTIFACT).toString('hex')}`;

describe('the answer about an artifact', () => {
  it('says what was decided on, when, and by which roots', async () => {
    const result = await answer({ evidence: [good] });
    expect(result).toMatchObject({
      artifact: { reference: 'widget', digest },
      asOf: NOW.toISOString(),
      mode: 'verify',
      verdict: 'allow',
      recordId: null,
      sources: [{ name: 'file', answer: 'complete' }],
      trust: [{ name: 'kit', ageSeconds: null }],
    });
    expect(result.attestations).toMatchObject([
      {
        source: 'file:1.json',
        verified: true,
        concernsArtifact: true,
        predicateType: 'https://slsa.dev/provenance/v0.2',
        signer: { issuer: sigstore.run.issuer, subject: `https://github.com/${sigstore.run.signerWorkflow}` },
        seenBy: '2026-03-01T12:00:00.000Z',
      },
    ]);
  });

  it('has a level only where the attestation is about the artifact', async () => {
    const other = { widget: Buffer.from('other') };
    expect((await answer({ evidence: [good] })).slsaBuildLevel).toBe(1);
    expect((await answer({ evidence: [good], files: other })).slsaBuildLevel).toBe(0);
    expect((await answer({ evidence: [] })).slsaBuildLevel).toBe(0);
  });

  it('is the same for the file, its digest and a purl of it', async () => {
    for (const reference of ['widget', digest, `pkg:generic/widget@1?checksum=${digest}`]) {
      expect(await judged({ evidence: [good], artifacts: [reference] })).toEqual(ALLOWED);
    }
  });

  it('asks for the package that a purl of npm names, and refuses flags that name another', async () => {
    const sha512 = hash('sha512', ARTIFACT).toString('hex');
    const named = sigstore.signStatement({ subject: [{ name: 'pkg:npm/widget@1.2.3', digest: { sha512 } }] });
    const purl = (version: string) => `pkg:npm/widget@${version}?checksum=sha512:${sha512}`;
    expect(await judged({ evidence: [named], artifacts: [purl('1.2.3')] })).toEqual(ALLOWED);
    const { verdict, faults } = await judged({ evidence: [named], artifacts: [purl('1.2.4')] });
    expect([verdict, faults.map(({ rule, code, expected }) => [rule, code, expected])]).toEqual([
      'deny',
      [['npm-package', 'npm.package', 'widget, version 1.2.4']],
    ]);
    await expect(
      ask({ evidence: [named], artifacts: [purl('1.2.3')], flags: { ...BUILT, npmPackage: 'gadget' } }),
    ).rejects.toMatchObject({ finding: 'usage.flag', expected: 'widget', actual: 'gadget' });
  });

  it('gives way to a bug: what is no refusal is never an answer', async () => {
    const bug = new TypeError('a bug');
    const ports = {
      artifacts: {
        check: async () => undefined,
        read: () => Promise.reject(bug),
        readLayout: () => Promise.reject(bug),
      },
    };
    await expect(ask({ evidence: [good], ports })).rejects.toBe(bug);
  });

  it('is a denial or indeterminate by the code that stopped it, and usage ends the run', async () => {
    const stoppedBy = (error: SlsaGateError) => ({
      artifacts: {
        check: async () => undefined,
        read: () => Promise.reject(error),
        readLayout: () => Promise.reject(error),
      },
    });
    const asked = (code: 'path.symlink' | 'path.changed' | 'path.unreadable') =>
      answer({ evidence: [good], ports: stoppedBy(new SlsaGateError(code, 'stopped', { actual: 'x' })) });
    for (const [code, verdict, outcome] of [
      ['path.symlink', 'deny', 'fail'],
      ['path.changed', 'indeterminate', 'error'],
    ] as const) {
      const result = await asked(code);
      expect(result).toMatchObject({
        verdict,
        artifact: { reference: 'widget', digest: null },
        slsaBuildLevel: 0,
        attestations: [],
        findings: [{ rule: 'attestation', code, outcome, required: true, actual: 'x', message: 'stopped' }],
      });
    }
    await expect(asked('path.unreadable')).rejects.toMatchObject({ exitCode: 64 });
  });
});

describe('a bundle alone', () => {
  const SIGNER = {
    certificateIdentity: `https://github.com/${sigstore.run.signerWorkflow}`,
    certificateOidcIssuer: sigstore.run.issuer,
  };
  const never = () => Promise.reject(new Error('not a part of this test'));
  const verifyAlone = async (request: Partial<BundleVerifyRequest>) => {
    const ports: VerificationPorts = {
      trust: {
        open: async (name) => [{ name, bytes: trustText, origin: 'file', currentAt: null }],
      },
      keys: { readKey: never, npm: never, cloudBuild: never },
      artifacts: { check: never, read: never, readLayout: never },
      attestations: {
        collect: async () => ({
          name: 'file',
          answer: 'complete',
          attestations: [{ bytes: Buffer.from(good.text()), source: 'file:1.json' }],
        }),
      },
      now: () => NOW,
    };
    const { results } = await verifyBundleOnly(
      {
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
        signer: SIGNER,
        ...request,
      },
      ports,
    );
    const [result] = results;
    if (result === undefined) throw new Error('no result');
    return result;
  };

  it('is allowed without an artifact, and says in its findings what was given up', async () => {
    const result = await verifyAlone({});
    expect(result).toMatchObject({
      verdict: 'allow',
      slsaBuildLevel: 0,
      artifact: { reference: 'no artifact: nothing was bound', digest: null },
    });
    const weakened = result.findings.map((finding) => finding.weakened).filter((flag) => flag !== undefined);
    expect(weakened).toContain('--allow-unbound');
    expect(result.attestations).toMatchObject([{ verified: true, concernsArtifact: false }]);
  });

  it('is bound to the artifact that is named', async () => {
    expect((await verifyAlone({ artifact: digest })).verdict).toBe('allow');
    const other = await verifyAlone({ artifact: `sha256:${'0'.repeat(64)}` });
    expect([other.verdict, faultsOf(other).map(({ rule, code }) => [rule, code])]).toEqual([
      'deny',
      [['subject-digest', 'subject.mismatch']],
    ]);
  });

  it('IDN-01 is never verified for nobody in particular', async () => {
    await expect(verifyAlone({ signer: {} })).rejects.toMatchObject({
      finding: 'policy.identity-missing',
      exitCode: 64,
    });
  });
});
