import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openIdentitySigner } from '../../src/adapters/signers/index.ts';
import { packTrust } from '../../src/app/evidence/pack-trust.ts';
import { replayExit, replayRecord } from '../../src/app/evidence/replay.ts';
import { verifyEvidence } from '../../src/app/evidence/verify.ts';
import { verifyPack } from '../../src/app/evidence/verify-pack.ts';
import { DECISION_TYPE } from '../../src/core/evidence/record.ts';
import type { RecordIdentity } from '../../src/core/evidence/record-authority.ts';
import type { IdentitySigner, SigstoreProfile } from '../../src/core/evidence-ports.ts';
import { parseBundle } from '../../src/core/model/bundle.ts';
import { VERIFICATION_SUMMARY_TYPE } from '../../src/core/model/verification-summary.ts';
import { verifyBoth } from '../../src/core/verify/second-opinion.ts';
import { parseTrustedRoot } from '../../src/core/verify/trusted-root.ts';
import {
  createDecidedLog,
  type DecidedLog,
  sigstorePackage,
  toDecidedLog,
  VERIFIER_ID,
} from '../kit/decided-log.ts';
import { ownWorkflowRun, signerUri } from '../kit/github-run.ts';
import { openTestHttp } from '../kit/identity-signer.ts';
import { exportTo, readerOf } from '../kit/memory-pack.ts';
import { githubTokenClaims } from '../stack/sigstore/claims.ts';
import { type PrivateSigstore, startSigstore } from '../stack/sigstore/index.ts';
import { runTool, withoutGo } from './tools.ts';

const RUN = ownWorkflowRun();
const now = (): Date => new Date();

describe.skipIf(withoutGo)('records that an identity signs against real services', () => {
  let sigstore: PrivateSigstore;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slsa-gate-identity-'));
    sigstore = await startSigstore();
  });
  afterAll(async () => {
    await sigstore?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const profile = (rekorVersion: 1 | 2): SigstoreProfile => ({
    name: 'private.yaml',
    fulcioUrl: sigstore.fulcioUrl,
    rekorUrl: rekorVersion === 1 ? sigstore.rekorUrl : sigstore.rekor2Url,
    rekorVersion,
    tsaUrl: rekorVersion === 1 ? undefined : sigstore.tsaUrl,
    audience: 'sigstore',
    oidcIssuer: sigstore.issuer.urlOf('actions'),
  });
  const identity = (changes: Partial<RecordIdentity> = {}): RecordIdentity => {
    const rootBytes = Buffer.from(JSON.stringify(sigstore.trustedRoot));
    return {
      kind: 'identity',
      subject: signerUri(RUN),
      issuer: sigstore.issuer.urlOf('actions'),
      root: parseTrustedRoot(rootBytes, 'trusted_root.json'),
      rootBytes,
      now,
      ...changes,
    };
  };
  const openSigner = (version: 1 | 2): Promise<IdentitySigner> =>
    openIdentitySigner(profile(version), {
      token: {
        kind: 'variable',
        name: 'SIGSTORE_ID_TOKEN',
        token: sigstore.issuer.token('actions', githubTokenClaims(RUN)),
      },
      openHttp: openTestHttp,
      now,
      elapsedMs: () => performance.now(),
    });
  const cosign = (bundle: string, type: string, artifact: string, subject = signerUri(RUN)) =>
    runTool('cosign', [
      'verify-blob-attestation',
      ...['--trusted-root', sigstore.files.trustedRoot, '--bundle', bundle, '--type', type],
      ...['--certificate-identity', subject, '--certificate-oidc-issuer', sigstore.issuer.urlOf('actions')],
      artifact,
    ]);

  describe.each([1, 2] as const)('with Rekor v%i', (version) => {
    let log: DecidedLog;
    let signer: IdentitySigner;
    let recordId: string;
    const files = { record: '', summary: '' };
    beforeAll(async () => {
      signer = await openSigner(version);
      const begun = await createDecidedLog({ now });
      log = toDecidedLog(begun.kit, begun.log, { recordSigner: signer, recordKeys: [identity()] });
      const result = await log.gate({ requestId: 'first', now: now() });
      expect(result).toMatchObject({ verdict: 'allow' });
      recordId = String(result.recordId);
      const row = await log.log.store.record(recordId);
      for (const [name, digest] of [
        ['record', row?.recordDigest],
        ['summary', row?.vsaDigest],
      ] as const) {
        files[name] = join(folder, `${name}-${version}.json`);
        writeFileSync(files[name], (await log.log.store.payload(String(digest))) ?? '');
      }
    });
    afterAll(() => signer?.close());

    it('are intact, replayed and proven elsewhere', async () => {
      const trust = { recordKeys: [identity()], verifierId: VERIFIER_ID };
      const verified = await verifyEvidence(
        { fromPinned: false, withMaterial: true },
        log.kit.options,
        trust,
      );
      expect(verified.records.decisions).toBe(1);
      expect(replayExit(await replayRecord(recordId, log.evidence))).toBe(0);
      const pack = await exportTo(log, [recordId]);
      const packed = packTrust({
        origin: log.kit.options.origin,
        recordKeys: [],
        recordIdentities: [identity()],
        checkpointKeys: log.kit.options.checkpointKeys,
        verifierId: VERIFIER_ID,
      });
      await expect(verifyPack(readerOf(pack), packed, {})).resolves.toMatchObject({ materials: 4 });
    });

    it('are accepted by both verifiers', async () => {
      const row = await log.log.store.record(recordId);
      const bytes = await log.log.store.payload(String(row?.vsaDigest));
      const { secondOpinion } = verifyBoth({
        bundle: parseBundle(bytes ?? Buffer.alloc(0)),
        trust: { roots: [identity().root], keys: [] },
        artifact: undefined,
        thresholds: {},
        nowMs: Date.now() + 1000,
        verifyPrehash: () => false,
      });
      expect(secondOpinion).toBe('agrees');
    });

    it('are verified by cosign, which refuses another identity and another artifact', () => {
      const { artifact } = sigstorePackage('5.0.0');
      for (const [bundle, type] of [
        [files.record, DECISION_TYPE],
        [files.summary, VERIFICATION_SUMMARY_TYPE],
      ] as const)
        expect(cosign(bundle, type, artifact)).toMatchObject({
          exit: 0,
          stderr: expect.stringContaining('Verified OK'),
        });
      expect(
        cosign(files.summary, VERIFICATION_SUMMARY_TYPE, artifact, 'https://github.com/x').exit,
      ).not.toBe(0);
      const other = sigstorePackage('2.0.0').artifact;
      expect(cosign(files.summary, VERIFICATION_SUMMARY_TYPE, other).exit).not.toBe(0);
    });
  });
});
