import { describe, expect, it } from 'vitest';
import { ALLOWED, judged } from '../../../../attacks/app.ts';
import { sigstore } from '../../../../attacks/verify.ts';
import { clientOf, within } from '../../../../kit/servers/opened.ts';
import { FAULTS } from '../../../../kit/servers/package-faults.ts';
import type { SignStatementOptions } from '../../../../kit/sigstore.ts';
import { subjectOf } from '../../../../kit/statement.ts';
import { adapterOf, BARE, query, reference, started, WHEEL, WHEEL_BYTES } from './index-server.ts';

/** A signed statement as PEP 740 abbreviates its bundle. */
function abbreviated(options: SignStatementOptions = {}): unknown {
  const subject = [subjectOf(WHEEL, WHEEL_BYTES)];
  const { verificationMaterial, dsseEnvelope } = sigstore.signStatement({ subject, ...options }).bundle;
  return {
    version: 1,
    verification_material: {
      certificate: verificationMaterial?.certificate?.rawBytes,
      transparency_entries: verificationMaterial?.tlogEntries,
    },
    envelope: { statement: dsseEnvelope?.payload, signature: dsseEnvelope?.signatures?.[0]?.sig },
  };
}

const indexWith = async (attestations: readonly unknown[] | undefined) => {
  const server = await started();
  server.upload(attestations === undefined ? BARE : { ...BARE, attestations });
  return server;
};

/** Resolves the file and asks for its provenance, as one decision does, and judges what came. */
async function judge(server: Awaited<ReturnType<typeof started>>) {
  const index = adapterOf(server, { http: clientOf([server.host], within(500)) });
  const { digests } = await index.resolve(reference());
  const collected = await index.source().collect(query(undefined, { digests }));
  const { verdict, faults } = await judged({
    evidence: [],
    files: { [WHEEL]: WHEEL_BYTES },
    ports: { attestations: { collect: async () => collected } },
  });
  return { verdict, faults: faults.map(({ rule, code }) => `${rule} ${code}`) };
}

describe('what a Python index answers', () => {
  it('is believed where it verifies', async () => {
    expect(await judge(await indexWith([abbreviated()]))).toEqual(ALLOWED);
  });

  it.each<[string, readonly unknown[] | undefined, string]>([
    ['nothing', undefined, 'attestation attestation.missing'],
    [
      'an attestation of other bytes',
      [abbreviated({ subject: [subjectOf(WHEEL, Buffer.from('x'))] })],
      'subject-digest subject.mismatch',
    ],
    [
      'an attestation of another repository',
      [abbreviated({ run: { repository: 'evil-org/widget' } })],
      'source-uri source.mismatch',
    ],
    ['an attestation without content', [{ version: 1 }], 'signature bundle.malformed'],
  ])('denies with %s', async (_, attestations, fault) => {
    const { verdict, faults } = await judge(await indexWith(attestations));
    expect([verdict, faults[0]]).toEqual(['deny', fault]);
  });

  it.each(FAULTS)('neither allows nor denies with %s', async (_, _code, fault) => {
    const server = await indexWith([abbreviated()]);
    server.fail('provenance', fault);
    expect((await judge(server)).verdict).toBe('indeterminate');
  });
});
