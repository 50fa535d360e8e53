import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRekor } from '../../src/adapters/attestations/rekor/index.ts';
import { createHttpClient } from '../../src/adapters/http/index.ts';
import type { CollectedAttestations } from '../../src/core/ports.ts';
import { evaluateWith } from '../kit/gate.ts';
import { generatorRun } from '../kit/github-run.ts';
import { sha256 } from '../kit/keys.ts';
import { githubTokenClaims } from '../stack/sigstore/claims.ts';
import { type PrivateSigstore, startSigstore } from '../stack/sigstore/index.ts';
import { type LogKind, provenanceOf, signStatement } from '../stack/sigstore/sign.ts';
import { decide } from './private-decision.ts';
import { withoutGo } from './tools.ts';
import { toCertifiedEnvelope, withoutLogEntry } from './unlogged.ts';

const KINDS: readonly LogKind[] = ['dsse1', 'intoto1', 'dsse1+tsa', 'dsse2'];
const EVIL = generatorRun({ repository: 'evil-org/widget', repositoryId: '666' });

let artifacts = 0;
/** An artifact that no other test has, so that a log finds no older entry of it. */
const freshArtifact = (): Buffer => Buffer.from(`widget ${process.pid} ${artifacts++}\n`);
const hexOf = (artifact: Buffer): string => sha256(artifact).toString('hex');

describe.skipIf(withoutGo)('a private Sigstore of real servers', () => {
  let sigstore: PrivateSigstore;
  beforeAll(async () => {
    sigstore = await startSigstore();
  });
  afterAll(() => sigstore?.stop());

  const sourceOf = (...files: readonly Buffer[]): CollectedAttestations => ({
    name: 'file',
    answer: 'complete',
    attestations: files.map((bytes, index) => ({ bytes, source: `file:${index}` })),
  });

  describe.each(KINDS)('a bundle logged as %s', (kind) => {
    it('is allowed by both verifiers, under the roots of the instance alone', async () => {
      const artifact = freshArtifact();
      const bundle = await signStatement(sigstore, provenanceOf(hexOf(artifact)), { kind });
      const sources = [sourceOf(Buffer.from(JSON.stringify(bundle)))];
      const decided = await decide(sigstore, { artifact, sources });
      expect(decided).toMatchObject({ verdict: 'allow', faults: [] });
      const underOthers = await evaluateWith({ artifact, sources, now: new Date() });
      expect(underOthers.verdict).toBe('deny');
    });

    it('is denied for another artifact, and when the identity is of another repository', async () => {
      const artifact = freshArtifact();
      const statement = provenanceOf(hexOf(artifact));
      const bundle = await signStatement(sigstore, statement, { kind });
      const other = await decide(sigstore, {
        artifact: freshArtifact(),
        sources: [sourceOf(Buffer.from(JSON.stringify(bundle)))],
      });
      expect(other).toMatchObject({ verdict: 'deny', faults: ['subject-digest subject.mismatch'] });
      // The statement says what the policy wants; the certificate does not.
      const evil = await signStatement(sigstore, statement, { kind, claims: githubTokenClaims(EVIL) });
      const denied = await decide(sigstore, {
        artifact,
        sources: [sourceOf(Buffer.from(JSON.stringify(evil)))],
      });
      expect(denied).toMatchObject({ verdict: 'deny', faults: ['provenance source.inconsistent'] });
    });
  });

  describe('Rekor v1, asked for the entry that an attestation came without', () => {
    const ask = async (files: readonly Buffer[]): Promise<readonly CollectedAttestations[]> => {
      const { host } = new URL(sigstore.rekorUrl);
      const http = createHttpClient({ listedHosts: [host], retry: { attempts: 1 } });
      const given = sourceOf(...files);
      const rekor = createRekor({ http, url: sigstore.rekorUrl });
      const { attestations, report } = await rekor.complete(given.attestations);
      await http.close();
      return [{ ...given, attestations }, report];
    };
    const FORMS = { bundle: withoutLogEntry, 'envelope with certificate': toCertifiedEnvelope } as const;
    /** A dsse entry names the very bytes of the envelope that was logged, which had no certificate in it. */
    const cases = [
      { form: 'bundle', kind: 'dsse1' },
      { form: 'bundle', kind: 'intoto1' },
      { form: 'envelope with certificate', kind: 'intoto1' },
    ] as const;

    const signFresh = async (kind: LogKind) => {
      const artifact = freshArtifact();
      return { artifact, bundle: await signStatement(sigstore, provenanceOf(hexOf(artifact)), { kind }) };
    };

    it.each(cases)('finds it again: $form, logged as $kind', async ({ form, kind }) => {
      const { artifact, bundle } = await signFresh(kind);
      const unlogged = FORMS[form](bundle);
      const alone = await decide(sigstore, { artifact, sources: [sourceOf(unlogged)] });
      expect(alone.verdict).not.toBe('allow');
      const sources = await ask([unlogged]);
      expect(sources.at(-1)).toMatchObject({ answer: 'complete' });
      const decided = await decide(sigstore, { artifact, sources });
      expect(decided).toMatchObject({ verdict: 'allow', faults: [] });
    });

    it.each(cases)('finds it behind a decoy: $form, logged as $kind', async ({ form, kind }) => {
      const artifact = freshArtifact();
      const statement = provenanceOf(hexOf(artifact));
      // The same payload, logged by a stranger before and after.
      const stranger = { kind, claims: githubTokenClaims(EVIL) };
      await signStatement(sigstore, statement, stranger);
      const bundle = await signStatement(sigstore, statement, { kind });
      await signStatement(sigstore, statement, stranger);
      const decoys = await uuidsOf(sigstore, hexOf(artifact));
      // And an index that names strangers' entries first, whatever it is asked for.
      sigstore.searchIndex.edit((uuids) => [...decoys, ...uuids]);
      const sources = await ask([FORMS[form](bundle)]);
      const decided = await decide(sigstore, { artifact, sources });
      expect(decided).toMatchObject({ verdict: 'allow', faults: [] });
    });

    it.each(cases)('says that there is none: $form, logged as $kind', async ({ form, kind }) => {
      const { artifact, bundle } = await signFresh(kind);
      const known = new Set(await uuidsOf(sigstore, hexOf(artifact)));
      sigstore.searchIndex.edit((uuids) => uuids.filter((uuid) => !known.has(uuid)));
      const sources = await ask([FORMS[form](bundle)]);
      expect(sources.at(-1)).toMatchObject({ answer: 'absent' });
      const decided = await decide(sigstore, { artifact, sources });
      expect(decided).toMatchObject({ verdict: 'deny', faults: ['signature tlog.missing'] });
    });

    it("does not take a stranger's entry for ours", async () => {
      const artifact = freshArtifact();
      const statement = provenanceOf(hexOf(artifact));
      const bundle = await signStatement(sigstore, statement, { kind: 'dsse1' });
      const known = new Set(await uuidsOf(sigstore, hexOf(artifact)));
      await signStatement(sigstore, statement, { kind: 'dsse1', claims: githubTokenClaims(EVIL) });
      sigstore.searchIndex.edit((uuids) => uuids.filter((uuid) => !known.has(uuid)));
      const sources = await ask([withoutLogEntry(bundle)]);
      const decided = await decide(sigstore, { artifact, sources });
      expect(decided.verdict).toBe('deny');
    });

    // The last one: the log stays down.
    it('makes the answer indeterminate when it is down', async () => {
      const { artifact, bundle } = await signFresh('intoto1');
      await sigstore.rekor.kill();
      for (const unlogged of Object.values(FORMS)) {
        const sources = await ask([unlogged(bundle)]);
        expect(sources.at(-1)).toMatchObject({ answer: 'failed', code: 'source.unavailable' });
        expect((await decide(sigstore, { artifact, sources })).verdict).toBe('indeterminate');
      }
    });
  });
});

/** Entries that Rekor lists under the digest of an artifact. */
async function uuidsOf({ rekorUrl }: PrivateSigstore, hex: string): Promise<readonly string[]> {
  const answer = await fetch(`${rekorUrl}/api/v1/index/retrieve`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ hash: `sha256:${hex}` }),
  });
  return (await answer.json()) as readonly string[];
}
