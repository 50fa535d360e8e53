import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { signEnvelope } from '../../src/core/evidence/envelope.ts';
import { toOverride } from '../../src/core/evidence/override.ts';
import { STATEMENT_PAYLOAD_TYPE } from '../../src/core/evidence/statements.ts';
import { LIMITS } from '../../src/core/limits.ts';
import type { ArtifactResult } from '../../src/core/model/result.ts';
import { createDecidedLog, DECIDED_AT, SIGSTORE_POLICY, sigstorePackage } from '../kit/decided-log.ts';
import { toSigner } from '../kit/evidence.ts';
import { createKeyPair } from '../kit/keys.ts';

/** Hostile attestations and overrides may be denied; they must not spoil the record, nor keep a denial off it. */

const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-records-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Copies of the real bundle under another media type. */
function bundles(name: string, mediaType: string, count = 1): readonly string[] {
  const bundle = { ...JSON.parse(readFileSync(sigstorePackage('5.0.0').bundle, 'utf8')), mediaType };
  const file = join(folder, name);
  writeFileSync(file, `${JSON.stringify(bundle)}\n`.repeat(count));
  return [file];
}

const codeOf = (result: ArtifactResult, rule: string) =>
  result.findings.find((finding) => finding.rule === rule)?.code;

const release = (ref: string): string => SIGSTORE_POLICY.replace('refs/heads/main', ref);

describe('an attestation that nobody could put on record', () => {
  it('with half a character is denied on record, and ends no run', async () => {
    const { gate } = await createDecidedLog();
    const denied = await gate({ requestId: 'first', bundles: bundles('half.json', 'a\ud800b') });
    expect([denied.verdict, codeOf(denied, 'signature'), codeOf(denied, 'evidence-record')]).toEqual([
      'deny',
      'json.malformed',
      'ok',
    ]);
    expect(codeOf(await gate({ requestId: 'second' }), 'deny-memory')).toBe('previously-denied');
  });

  it('with endless texts leaves a record that can be read again', async () => {
    const { gate } = await createDecidedLog();
    const denied = await gate({ requestId: 'first', bundles: bundles('endless.jsonl', 'x'.repeat(6e6), 3) });
    expect([denied.verdict, codeOf(denied, 'evidence-record')]).toEqual(['deny', 'ok']);
    const told = denied.findings.find(({ rule }) => rule === 'signature')?.actual ?? '';
    expect(told.length).toBeLessThan(LIMITS.findingText + 100);
    expect(codeOf(await gate({ requestId: 'second' }), 'deny-memory')).toBe('previously-denied');
  });

  it('is cut between characters', async () => {
    const { gate } = await createDecidedLog();
    const mediaType = `x${'\u{1f600}'.repeat(LIMITS.findingText)}`;
    const denied = await gate({ requestId: 'first', bundles: bundles('cut.json', mediaType) });
    expect([denied.verdict, codeOf(denied, 'evidence-record')]).toEqual(['deny', 'ok']);
    expect(denied.findings.every(({ actual }) => actual.isWellFormed())).toBe(true);
  });

  it('leaves a record that can be read again where there are very many of them', async () => {
    const { gate } = await createDecidedLog();
    const mediaType = '\u20ac'.repeat(10_000);
    const denied = await gate({ requestId: 'first', bundles: bundles('many.jsonl', mediaType, 1_000) });
    expect([denied.verdict, codeOf(denied, 'evidence-record')]).toEqual(['deny', 'ok']);
    expect(codeOf(await gate({ requestId: 'second' }), 'deny-memory')).toBe('previously-denied');
  });

  it('is no reason to write a record that nobody can read again: nothing is written, and nothing allowed', async () => {
    const { gate, log } = await createDecidedLog();
    const resourceUri = `pkg:generic/${'x'.repeat(LIMITS.payloadBytes)}`;
    const result = await gate({ requestId: 'first', resourceUri });
    expect([result.verdict, codeOf(result, 'evidence-record')]).toEqual([
      'indeterminate',
      'limit.attestations',
    ]);
    expect(await log.store.list({ type: 'decision' }, 10)).toEqual([]);
    expect((await gate({ requestId: 'second' })).verdict).toBe('allow');
  });
});

describe('an override', () => {
  const stranger = createKeyPair('P-256');
  const byStranger = `overrides:\n  keys:\n    - pem: ${JSON.stringify(stranger.pem)}\n`;

  const signedByStranger = (denial: ArtifactResult): Promise<Uint8Array> =>
    signEnvelope(
      STATEMENT_PAYLOAD_TYPE,
      toOverride(
        {
          artifactDigest: String(denial.artifact.digest),
          environment: 'production',
          recordId: String(denial.recordId),
          reason: 'because',
          owner: 'mallory',
          approver: 'trudy',
          expires: new Date(DECIDED_AT.getTime() + 86_400_000).toISOString(),
        },
        DECIDED_AT,
      ),
      toSigner(stranger),
    );

  it.each([
    ['denies the artifact', `${release('refs/heads/other')}${byStranger}`],
    ['knows nothing of it', `${SIGSTORE_POLICY.replace('pkg:npm/sigstore', 'pkg:npm/other')}${byStranger}`],
  ])('FRS-05 is not put on record by a policy that %s, for a later one to find', async (_, policy) => {
    const { gate, log } = await createDecidedLog();
    const denial = await gate({ requestId: 'first', policy: release('refs/heads/release') });
    const override = await signedByStranger(denial);
    expect((await gate({ requestId: 'second', policy, override })).verdict).toBe('deny');
    expect(await log.store.list({ type: 'override' }, 10)).toEqual([]);
    expect(codeOf(await gate({ requestId: 'third' }), 'deny-memory')).toBe('previously-denied');
  });

  it.each([
    ['no override', Buffer.from('{}')],
    ['nothing', Buffer.alloc(0)],
  ])('FRS-06 that is %s keeps no denial off the record', async (_, override) => {
    const { gate } = await createDecidedLog();
    const denied = await gate({ requestId: 'first', policy: release('refs/heads/release'), override });
    expect([denied.verdict, codeOf(denied, 'evidence-record')]).toEqual(['deny', 'ok']);
    expect(codeOf(await gate({ requestId: 'second' }), 'deny-memory')).toBe('previously-denied');
  });
});
