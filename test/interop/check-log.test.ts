import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchLogWitness } from '../../src/adapters/attestations/rekor/index.ts';
import { createHttpClient, type HttpClient } from '../../src/adapters/http/index.ts';
import { checkLogPresence, planLogWitness } from '../../src/core/log-check/presence.ts';
import { type ParsedBundle, parseBundle } from '../../src/core/model/bundle.ts';
import { parseRoot } from '../attacks/verify.ts';
import { hash } from '../kit/keys.ts';
import { type PrivateSigstore, startSigstore } from '../stack/sigstore/index.ts';
import { type LogKind, provenanceOf, signStatement } from '../stack/sigstore/sign.ts';
import { withoutGo } from './tools.ts';

describe.skipIf(withoutGo)('the logs of a private Sigstore', () => {
  let sigstore: PrivateSigstore;
  let http: HttpClient;
  beforeAll(async () => {
    sigstore = await startSigstore();
    const hosts = [sigstore.rekorUrl, sigstore.rekor2Url].map((url) => new URL(url).host);
    http = createHttpClient({ listedHosts: hosts });
  });
  afterAll(async () => {
    await http?.close();
    await sigstore?.stop();
  });

  let artifacts = 0;
  const sign = async (kind: LogKind): Promise<ParsedBundle> => {
    const digest = hash('sha256', Buffer.from(`artifact ${++artifacts}`)).toString('hex');
    const bundle = await signStatement(sigstore, provenanceOf(digest), { kind });
    return parseBundle(Buffer.from(JSON.stringify(bundle)));
  };
  const roots = () => [parseRoot(sigstore.trustedRoot)];
  /** The root names both logs by their host alone, as they name themselves; the ports are free ones. */
  const read = (bundle: ParsedBundle, kind: LogKind): Promise<Uint8Array> => {
    const url = kind === 'dsse2' ? sigstore.rekor2Url : sigstore.rekorUrl;
    const plans = planLogWitness(bundle, roots()).map((plan) => ({ ...plan, url }));
    return fetchLogWitness(plans, http);
  };

  it.each(['dsse1', 'intoto1', 'dsse2'] as const)(
    'still have an entry of %s, also once they have grown',
    async (kind) => {
      const bundle = await sign(kind);
      // Through tree sizes that are powers of two, and others.
      for (let growth = 0; growth < 6; growth++) {
        const witness = await read(bundle, kind);
        const finding = checkLogPresence({ bundle, roots: roots(), witness });
        expect(finding).toMatchObject({ rule: 'log-presence', code: 'ok', outcome: 'pass' });
        await sign(kind);
      }
    },
  );

  it.each(['dsse1', 'dsse2'] as const)(
    'do not speak for each other: what was read of another entry of %s',
    async (kind) => {
      const [bundle, other] = [await sign(kind), await sign(kind)];
      const witness = await read(other, kind);
      expect(checkLogPresence({ bundle, roots: roots(), witness })).toMatchObject({
        outcome: 'error',
        code: 'source.malformed-response',
      });
    },
  );

  // The last one: the log stays down.
  it('cannot be read once they are down', async () => {
    const bundle = await sign('dsse1');
    await sigstore.rekor.kill();
    await expect(read(bundle, 'dsse1')).rejects.toMatchObject({ finding: 'source.unavailable' });
  });
});
