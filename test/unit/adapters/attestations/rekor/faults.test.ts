import { describe, expect, it } from 'vitest';
import type { Code } from '../../../../../src/codes.ts';
import type { CollectedAttestation, CollectedAttestations } from '../../../../../src/core/ports.ts';
import { decideWith } from '../../../../attacks/decide.ts';
import { evaluateWith, sigstore as policySigstore } from '../../../../kit/gate.ts';
import { clientOf, within } from '../../../../kit/servers/opened.ts';
import { FAULTS, sendAnswer, status } from '../../../../kit/servers/package-faults.ts';
import type { RekorServer } from '../../../../kit/servers/rekor.ts';
import { adapterOf, envelopeInLog, started } from './log.ts';

/** A search and its answer are no redirect to anywhere, so that every 3xx is an error. */
const codeOf = (name: string, code: Code): Code => (/^30[12] /.test(name) ? 'source.http-status' : code);
/** What is no fault of its form: the log lists nothing, or does not give what it lists. */
const isAnswer = (place: 'search' | 'retrieve', name: string): boolean =>
  name === 'an empty list' || (place === 'retrieve' && name === 'an empty object');

/** What may have been an accident is asked once more. */
const RETRIED = /^(?:a connection that .*|a chunked body without its end|429|503 again and again)$/;

/** What drips would else take as long as all its bytes. */
const withDeadline = ({ host }: RekorServer) => clientOf([host], within(700));
const decide = (signed: readonly CollectedAttestation[], report: CollectedAttestations) =>
  evaluateWith({ sources: [{ name: 'file', answer: 'complete', attestations: signed }, report] });

describe.each(['search', 'retrieve'] as const)('a log whose %s answers', (place) => {
  const faults = FAULTS.filter(([name]) => !isAnswer(place, name));

  it.each(faults)(
    'NET-08 with %s could not be searched, and nothing is missing',
    async (name, code, fault) => {
      const server = await started();
      server.fail(place, fault);
      const lacking = envelopeInLog();
      const { attestations, report } = await adapterOf(server, { http: withDeadline(server) }).complete([
        lacking,
      ]);
      expect(attestations).toEqual([lacking]);
      const expected = codeOf(name, code);
      expect(report).toMatchObject({ answer: 'failed', code: expected, attestations: [] });
      expect(report.reason).toMatch(/^.{1,200}$/);
      const tries = RETRIED.test(name) ? 2 : 1;
      expect(server.requests).toHaveLength(place === 'search' ? tries : 1 + tries);
      const { verdict, faults: found } = await decide(attestations, report);
      expect(verdict).toBe('indeterminate');
      expect(found).toContain(`attestation ${expected}`);
    },
  );

  it('well the second time is searched', async () => {
    const server = await started();
    let answers = 0;
    server.fail(place, (response, good) => {
      if (++answers === 1) response.writeHead(503).end();
      else sendAnswer(response, good);
    });
    const { report } = await adapterOf(server).complete([envelopeInLog()]);
    expect(report.answer).toBe('complete');
    expect(answers).toBe(2);
  });

  it('TLG-06 with an error page is no answer that there is nothing', async () => {
    for (const code of [404, 410, 500, 503]) {
      const server = await started();
      server.fail(place, status(code, { 'content-type': 'application/json' }, '[]'));
      const { report } = await adapterOf(server).complete([envelopeInLog()]);
      expect(report).toMatchObject({ answer: 'failed', code: 'source.http-status' });
    }
  });
});

describe('a log that cannot be reached', () => {
  it('by its name, or at its port, could not be searched', async () => {
    const server = await started();
    await server.close();
    const { report } = await adapterOf(server).complete([envelopeInLog()]);
    expect(report).toMatchObject({ answer: 'failed', code: 'source.unavailable' });
    const http = clientOf([], {
      resolve: () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })),
    });
    const unknown = adapterOf({ origin: 'https://rekor.local', host: 'rekor.local:443' }, { http });
    expect((await unknown.complete([envelopeInLog()])).report).toMatchObject({
      name: 'rekor:rekor.local',
      answer: 'failed',
      code: 'source.unavailable',
    });
  });

  it('makes no denial of what another attestation proves', async () => {
    const server = await started();
    server.fail('search', status(500));
    const { attestations, report } = await adapterOf(server).complete([envelopeInLog()]);
    const good = { bytes: Buffer.from(policySigstore.signStatement().text()), source: 'file:good' };
    expect((await decide([...attestations, good], report)).verdict).toBe('allow');
  });
});

describe('what was looked up', () => {
  it('may be decided on without the log again', async () => {
    const server = await started();
    const { attestations } = await adapterOf(server).complete([envelopeInLog()]);
    await server.close();
    const again = structuredClone(attestations);
    expect(
      decideWith({ signed: again, flags: { sourceUri: 'https://github.com/octo-org/widget' } }).verdict,
    ).toBe('allow');
  });
});
