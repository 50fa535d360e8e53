import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { bundleToJSON } from '@sigstore/bundle';
import { DSSEBundleBuilder } from '@sigstore/sign/dist/bundler/dsse.js';
import type { IdentitySigner, SigstoreProfile } from '../../../core/evidence-ports.ts';
import { isLoopback } from '../../../core/model/loopback.ts';
import type { HttpClient } from '../../http/types.ts';
import { requestCertificate, type SigningCertificate } from './fulcio.ts';
import { getIdentityToken } from './identity-token.ts';
import type { IdentitySignerOptions } from './options.ts';
import { rekorV1Witness } from './rekor-v1.ts';
import { rekorV2Witness } from './rekor-v2.ts';
import { timestampWitness } from './timestamp.ts';

/** A key of this process and its certificate; neither is ever written down. */
interface Session {
  readonly privateKey: KeyObject;
  readonly certificate: SigningCertificate;
  /** On the clock of `elapsedMs`. */
  readonly until: number;
}

/**
 * Signs by an identity: a key is made, certified by Fulcio for the identity of the token, used for half the life of its
 * certificate, and forgotten. Each signature is logged by Rekor and, where the profile names an authority, timestamped.
 * The formats are those of `@sigstore/sign`; what goes over the network goes through our client.
 *
 * Nothing that a service answers is verified here, but that the certificate is for our key.
 */
export function createIdentitySigner(
  profile: SigstoreProfile,
  options: IdentitySignerOptions,
): IdentitySigner {
  let client: Promise<HttpClient> | undefined;
  let session: Promise<Session> | undefined;

  const http = (): Promise<HttpClient> => {
    client ??= options.openHttp(hostsOf(profile, options));
    return client;
  };

  const begin = async (): Promise<Session> => {
    const token = await getIdentityToken(profile, options, await http());
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const fulcio = { name: `Fulcio (${profile.fulcioUrl})`, http: await http() };
    const since = options.elapsedMs();
    const certificate = await requestCertificate(fulcio, profile.fulcioUrl, token, keys);
    // By a clock that nobody sets: that of the machine may be wrong, and the certificate then seems to last.
    return { privateKey: keys.privateKey, certificate, until: since + certificate.lifetimeMs / 2 };
  };

  const current = async (): Promise<Session> => {
    const known = session;
    if (known !== undefined && options.elapsedMs() < (await known).until) return known;
    if (session === known) {
      const next = begin();
      session = next;
      next.catch(() => {
        if (session === next) session = undefined;
      });
    }
    return session as Promise<Session>;
  };

  return {
    scheme: 'sigstore',
    async signBundle(payloadType, payload, accept) {
      const { privateKey, certificate } = await current();
      accept(certificate.der);
      const witness = { http: await http() };
      const { rekorUrl, rekorVersion, tsaUrl } = profile;
      const rekor = { ...witness, name: `Rekor (${rekorUrl})` };
      const bundle = await new DSSEBundleBuilder({
        signer: {
          sign: async (bytes) => ({
            signature: sign('sha256', bytes, privateKey),
            key: { $case: 'x509Certificate', certificate: certificate.pem },
          }),
        },
        witnesses: [
          rekorVersion === 1 ? rekorV1Witness(rekor, rekorUrl) : rekorV2Witness(rekor, rekorUrl),
          ...(tsaUrl === undefined
            ? []
            : [timestampWitness({ ...witness, name: `the timestamp authority (${tsaUrl})` }, tsaUrl)]),
        ],
      }).create({ type: payloadType, data: Buffer.from(payload) });
      return Buffer.from(JSON.stringify(bundleToJSON(bundle)));
    },
    async close() {
      session = undefined;
      await (await client)?.close();
    },
  };
}

/** `host:port` of whatever configuration names, which may lie in a private network; only this machine without TLS. */
function hostsOf(
  { fulcioUrl, rekorUrl, tsaUrl }: SigstoreProfile,
  { token }: IdentitySignerOptions,
): readonly string[] {
  const addresses = [
    fulcioUrl,
    rekorUrl,
    ...(tsaUrl === undefined ? [] : [tsaUrl]),
    ...(token?.kind === 'github-actions' ? [token.requestUrl] : []),
  ];
  return addresses.flatMap((address) => {
    const url = URL.parse(address);
    if (url === null) return [];
    const port = (byDefault: string): string => (url.port === '' ? byDefault : url.port);
    if (url.protocol === 'https:') return [`${url.hostname}:${port('443')}`];
    return isLoopback(url.hostname) ? [`${url.hostname}:${port('80')}`] : [];
  });
}
