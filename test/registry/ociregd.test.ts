import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateWith } from '../kit/gate.ts';
import { hasGo } from '../stack/go-tools.ts';
import { createPusher, pushLayout, pushOnce } from '../stack/push.ts';
import { startOciregd, type TestRegistry } from '../stack/registry.ts';
import { createReader } from './ask.ts';
import { type MadeImage, makeImage } from './images.ts';
import { describeRegistry } from './suite.ts';

const isHere = hasGo('no real registry is read');

describe.skipIf(!isHere)('ociregd, a real registry', () => {
  describeRegistry('open to all', { start: () => startOciregd() });
  describeRegistry('with tokens, over TLS by a private authority', {
    start: () => startOciregd({ auth: 'token', tls: true }),
  });
  describeRegistry('with tokens that last 100 ms', {
    start: () => startOciregd({ auth: 'token', tokenTtl: '100ms' }),
  });
  describeRegistry('with a password', { start: () => startOciregd({ auth: 'basic' }) });
  describeRegistry('with tokens for everybody who pulls', {
    start: () => startOciregd({ auth: 'token', anonymousPull: true }),
    anonymously: true,
  });
  describeRegistry('without the referrers API', {
    start: () => startOciregd({ quirks: ['no-referrers'] }),
    fallbackTags: true,
  });
  describeRegistry('that does not filter referrers', {
    start: () => startOciregd({ quirks: ['no-referrers-filter'] }),
  });
  describeRegistry('that leaves headers out', {
    start: () => startOciregd({ quirks: ['no-digest-header', 'no-link-header'] }),
  });

  describe('that cannot be read', () => {
    let image: MadeImage;
    let registry: TestRegistry;
    beforeAll(async () => {
      image = makeImage('image', 'good');
      registry = await startOciregd({ auth: 'token', tls: true });
      await pushOnce(registry, 'octo-org/widget', image.directory);
    }, 300_000);
    afterAll(async () => {
      image?.remove();
      await registry?.stop();
    });
    const reference = (): string => `octo-org/widget@${image.digest}`;

    it.each([
      ['another password', { user: 'tester', password: 'wrong' }],
      ['no password', null],
    ])('is not without the image for who has %s', async (_, login) => {
      const reader = createReader(registry, login);
      await expect(reader.ask(reference())).rejects.toMatchObject({ finding: 'source.unauthorized' });
      await reader.close();
    });

    it('is not trusted when nobody knows its authority', async () => {
      const reader = createReader({ ...registry, caPem: undefined });
      await expect(reader.ask(reference())).rejects.toMatchObject({ finding: 'source.unavailable' });
      await reader.close();
    });

    it('makes the answer indeterminate when it dies after the image was resolved', async () => {
      const dying = await startOciregd();
      await pushOnce(dying, 'octo-org/widget', image.directory);
      const reader = createReader(dying);
      const { resolved, collected } = await reader.ask(reference());
      expect(collected.answer).toBe('complete');
      await dying.kill();
      const place = { registry: dying.host, repository: 'octo-org/widget' };
      const again = await reader.registry.source(place).collect({
        remote: undefined,
        digests: resolved.digests,
        viaIndex: undefined,
        purl: undefined,
        sources: [{ kind: 'oci', ...place }],
        wantsHistory: false,
        given: [],
      });
      expect(again).toMatchObject({ answer: 'failed', attestations: [], code: 'source.unavailable' });
      const decided = await evaluateWith({ artifact: image.bytes, sources: [again] });
      expect(decided.verdict).toBe('indeterminate');
      await reader.close();
      await dying.stop();
    });
  });

  it('gives a new token in a run that lasts longer than the first one', async () => {
    const registry = await startOciregd({ auth: 'token', tokenTtl: '100ms' });
    const images = [makeImage('image', 'good'), makeImage('index', 'good')];
    const pusher = createPusher(registry);
    const reader = createReader(registry);
    for (const image of images) {
      await pushLayout(pusher, 'octo-org/widget', image.directory);
      const { collected, digests } = await reader.ask(`octo-org/widget@${image.digest}`);
      expect(collected.answer).toBe('complete');
      expect(digests).toEqual(image.attached);
      await new Promise((resolve) => setTimeout(resolve, 150));
      image.remove();
    }
    await Promise.all([reader.close(), pusher.close()]);
    await registry.stop();
  });

  it('is asked at most five times for one image with one bundle', async () => {
    const registry = await startOciregd();
    const image = makeImage('image', 'good');
    const pusher = createPusher(registry);
    await pushLayout(pusher, 'octo-org/widget', image.directory);
    const reader = createReader(registry);
    const { digests } = await reader.ask(`octo-org/widget@${image.digest}`);
    expect(digests).toEqual(image.attached);
    expect(reader.exchanges.length).toBeLessThanOrEqual(5);
    await Promise.all([reader.close(), pusher.close()]);
    await registry.stop();
    image.remove();
  });
});
