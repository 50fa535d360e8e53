import { describe, expect, it } from 'vitest';
import { signEnvelope } from '../../src/core/evidence/envelope.ts';
import { type Override, toOverride } from '../../src/core/evidence/override.ts';
import { STATEMENT_PAYLOAD_TYPE } from '../../src/core/evidence/statements.ts';
import type { ArtifactResult } from '../../src/core/model/result.ts';
import { SlsaGateError } from '../../src/errors.ts';
import {
  createDecidedLog,
  DECIDED_AT,
  type DecidedLog,
  SIGSTORE_POLICY,
  sigstorePackage,
} from '../kit/decided-log.ts';
import { toSigner } from '../kit/evidence.ts';
import { createKeyPair } from '../kit/keys.ts';

/** What the gate remembers of earlier answers, and what it does not let be repeated. */

const approver = createKeyPair('P-256');
const stranger = createKeyPair('P-256');
const pem = (spki: Buffer): string =>
  `-----BEGIN PUBLIC KEY-----\n${spki.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END PUBLIC KEY-----\n`;

const WITH_OVERRIDES = `${SIGSTORE_POLICY}overrides:\n  keys:\n    - pem: ${JSON.stringify(pem(approver.spki))}\n`;
/** Demands a branch that nothing is built from. */
const STRICT = WITH_OVERRIDES.replace('refs/heads/main', 'refs/heads/release');
const later = (hours: number): Date => new Date(DECIDED_AT.getTime() + hours * 3_600_000);

const finding = (result: ArtifactResult, rule: string) => result.findings.find((one) => one.rule === rule);

/** A log in which the release was denied by its policy. */
async function denied(): Promise<{ readonly log: DecidedLog; readonly denial: ArtifactResult }> {
  const log = await createDecidedLog();
  const denial = await log.gate({ requestId: 'first', policy: STRICT });
  expect([denial.verdict, finding(denial, 'source-ref')?.code]).toEqual(['deny', 'source.ref']);
  return { log, denial };
}

async function override(
  denial: ArtifactResult,
  changes: Partial<Override> = {},
  keys = approver,
): Promise<Uint8Array> {
  const statement = toOverride(
    {
      artifactDigest: String(denial.artifact.digest),
      environment: 'production',
      recordId: String(denial.recordId),
      reason: 'reviewed by hand',
      owner: 'alice',
      approver: 'bob',
      expires: later(24).toISOString(),
      ...changes,
    },
    later(-48),
  );
  return signEnvelope(STATEMENT_PAYLOAD_TYPE, statement, toSigner(keys));
}

describe('a denial', () => {
  it('FRS-06 stays for the same bytes, under another name, request, package and policy', async () => {
    const { log, denial } = await denied();
    for (const asked of [
      { requestId: 'second' },
      { requestId: 'third', resourceUri: 'pkg:generic/other' },
      { requestId: 'fourth', policy: WITH_OVERRIDES },
    ]) {
      const result = await log.gate(asked);
      expect(result.verdict).toBe('deny');
      expect(finding(result, 'deny-memory')).toMatchObject({
        code: 'previously-denied',
        outcome: 'fail',
        actual: `${denial.recordId} (source.ref)`,
      });
    }
  });

  it('FRS-06 is of one environment and of these bytes alone', async () => {
    const { log } = await denied();
    expect((await log.gate({ requestId: 'staging', environment: 'staging' })).verdict).toBe('allow');
    expect((await log.gate({ requestId: 'other', version: '2.0.0' })).verdict).toBe('allow');
  });

  it('FRS-06 is not forgotten because denials of it were recorded after it, however many', async () => {
    const { log } = await denied();
    for (let index = 0; index < 5; index++) {
      expect((await log.gate({ requestId: `again ${index}` })).verdict).toBe('deny');
    }
    const records = await log.log.store.list({ verdict: 'deny' }, 100);
    expect(records).toHaveLength(6);
  });

  it('FRS-06 for want of an attestation lifts when there is one', async () => {
    const log = await createDecidedLog();
    const release = sigstorePackage('5.0.0');
    const missing = await log.gate({ requestId: 'first', bundles: [] });
    expect(missing.findings[0]).toMatchObject({ code: 'attestation.missing' });
    const found = await log.gate({ requestId: 'second', bundles: [release.bundle] });
    expect(found.verdict).toBe('allow');
    expect(finding(found, 'deny-memory')).toMatchObject({
      outcome: 'pass',
      actual: '1 on record, none stands',
    });
  });

  it('FRS-06 by signature or subject does not lift because other evidence is brought', async () => {
    const log = await createDecidedLog();
    const foreign = await log.gate({ requestId: 'first', bundles: [sigstorePackage('2.0.0').bundle] });
    expect(finding(foreign, 'subject-digest')).toMatchObject({ outcome: 'fail' });
    const right = await log.gate({ requestId: 'second' });
    expect(finding(right, 'deny-memory')).toMatchObject({ code: 'previously-denied' });
  });
});

describe('an override', () => {
  it('FRS-06 by a person whom the policy names lifts the denial it names, is on record, and only until it expires', async () => {
    const { log, denial } = await denied();
    const given = await override(denial);
    const allowed = await log.gate({ requestId: 'second', policy: WITH_OVERRIDES, override: given });
    expect(allowed.verdict).toBe('allow');
    const [record, ...more] = await log.log.store.list({ type: 'override' }, 10);
    expect([record?.artifactDigest, record?.environment, more]).toEqual([
      denial.artifact.digest,
      'production',
      [],
    ]);
    // On record it counts for later requests too, which need not bring it again.
    expect((await log.gate({ requestId: 'third', policy: WITH_OVERRIDES, now: later(23) })).verdict).toBe(
      'allow',
    );
    const expired = await log.gate({ requestId: 'fourth', policy: WITH_OVERRIDES, now: later(25) });
    expect(finding(expired, 'deny-memory')).toMatchObject({ code: 'previously-denied' });
  });

  it.each([
    ['for another environment', { environment: 'staging' }],
    ['for another artifact', { artifactDigest: `sha256:${'0'.repeat(64)}` }],
    ['of a record that is none', { recordId: 'rec_00000000000000000000000000' }],
  ])('FRS-05 %s is refused as replayed, and lifts nothing', async (_, changes) => {
    const { log, denial } = await denied();
    const given = await override(denial, changes);
    const result = await log.gate({ requestId: 'second', policy: WITH_OVERRIDES, override: given });
    expect(result.verdict).toBe('deny');
    expect(finding(result, 'evidence-record')).toMatchObject({ code: 'replay.audience', outcome: 'fail' });
    expect(await log.log.store.list({ type: 'override' }, 10)).toEqual([]);
  });

  it.each([
    ['signed by a stranger', {}, stranger, 'override.invalid'],
    ['that has expired', { expires: later(-1).toISOString() }, approver, 'override.invalid'],
  ] as const)('FRS-05 %s is refused', async (_, changes, keys, code) => {
    const { log, denial } = await denied();
    const asked = {
      requestId: 'second',
      policy: WITH_OVERRIDES,
      override: await override(denial, changes, keys),
    };
    await expect(log.gate(asked)).rejects.toThrow(SlsaGateError);
    await expect(log.gate(asked)).rejects.toMatchObject({ finding: code });
  });

  it('FRS-05 is refused by a policy that lets nobody override', async () => {
    const { log, denial } = await denied();
    const asked = { requestId: 'second', override: await override(denial) };
    await expect(log.gate(asked)).rejects.toMatchObject({ finding: 'override.invalid' });
  });
});

describe('an answer that is on record', () => {
  it('FRS-03 is given again only while policy, catalogue and roots are what they were', async () => {
    const log = await createDecidedLog();
    const first = await log.gate({ requestId: 'one' });
    const again = await log.gate({ requestId: 'one', now: later(1) });
    expect(again.recordId).toBe(first.recordId);
    expect(again.decisionDigest).toBe(first.decisionDigest);
    const changed = await log.gate({
      requestId: 'one',
      policy: `${SIGSTORE_POLICY}\n# another text is another policy\n`,
    });
    expect(changed.recordId).not.toBe(first.recordId);
    const records = await log.log.store.list({ type: 'decision' }, 10);
    expect(records.map(({ recordId }) => recordId)).toEqual([changed.recordId, first.recordId]);
  });

  it('FRS-03 is decided anew before it is given: what has grown too old meanwhile is no allow any more', async () => {
    const log = await createDecidedLog();
    const limited = SIGSTORE_POLICY.replace('level: 1', 'level: 1\n    maxTrustAge: 52w');
    const first = await log.gate({ requestId: 'one', policy: limited });
    expect(first.verdict).toBe('allow');
    const stale = log.gate({ requestId: 'one', policy: limited, now: later(24 * 365 * 3) });
    await expect(stale).rejects.toMatchObject({ finding: 'trust.stale', exitCode: 2 });
  });

  it('FRS-05 for one environment is none for another, and their summaries are about other targets', async () => {
    const log = await createDecidedLog();
    const staging = await log.gate({ requestId: 'one', environment: 'staging' });
    const production = await log.gate({ requestId: 'one', environment: 'production' });
    expect(production.recordId).not.toBe(staging.recordId);
    expect([staging.resourceUri, production.resourceUri]).toEqual([
      'slsa-gate:staging/pkg:npm/sigstore@5.0.0',
      'slsa-gate:production/pkg:npm/sigstore@5.0.0',
    ]);
  });

  it('FRS-04 by a clock that is behind what was verified is undecided within the tolerance and denied beyond', async () => {
    const log = await createDecidedLog();
    // Signed on 2025-06 or so: a clock before that sees the future.
    const past = await log.gate({ requestId: 'one', now: new Date('2020-01-01T00:00:00.000Z') });
    expect(past.verdict).toBe('deny');
    expect(finding(past, 'signature')).toMatchObject({ code: 'time.future', outcome: 'fail' });
  });

  it('FRS-04 writes every time as RFC 3339 in UTC', async () => {
    const log = await createDecidedLog();
    const result = await log.gate({ requestId: 'one' });
    const [record] = await log.log.store.list({ type: 'decision' }, 1);
    for (const time of [result.asOf, record?.appendTime])
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });
});
