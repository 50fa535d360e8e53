import { type Rekor as Adapter, createRekor } from '../../../../../src/adapters/attestations/rekor/index.ts';
import type { HttpClient } from '../../../../../src/adapters/http/index.ts';
import type { CollectedAttestation } from '../../../../../src/core/ports.ts';
import { sigstore } from '../../../../attacks/verify.ts';
import { type SignedBundle, toEnvelopeWithCertificate } from '../../../../kit/bundle.ts';
import { toCosignLayer } from '../../../../kit/oci-layout.ts';
import type { LogOptions, Rekor } from '../../../../kit/rekor.ts';
import { clientOf, closing } from '../../../../kit/servers/opened.ts';
import { type RekorServer, type RekorServerOptions, startRekor } from '../../../../kit/servers/rekor.ts';
import { SIGNED_AT, type SignStatementOptions } from '../../../../kit/sigstore.ts';

/** A log of the test, the adapter that asks it, and attestations that came without their log entry. */

/** Closed after the test. */
export const started = async (
  options: RekorServerOptions = {},
  rekor: Rekor = sigstore.rekor,
): Promise<RekorServer> => closing(await startRekor(rekor, options));

export const adapterOf = (
  { origin, host }: Pick<RekorServer, 'origin' | 'host'>,
  options: { readonly http?: HttpClient; readonly path?: string } = {},
): Adapter => createRekor({ http: options.http ?? clientOf([host]), url: `${origin}${options.path ?? ''}` });

const found = (bytes: Buffer | string, more: Partial<CollectedAttestation> = {}): CollectedAttestation => ({
  bytes: Buffer.from(bytes),
  source: 'file:prov',
  ...more,
});

/** A bundle whose entry was taken out; the log still has it. */
export const unlogged = ({ bundle }: SignedBundle): CollectedAttestation =>
  found(
    JSON.stringify({
      ...bundle,
      verificationMaterial: { ...bundle.verificationMaterial, tlogEntries: undefined },
    }),
  );

/** A bare envelope that carries its certificate, logged as its very bytes. */
export function envelopeInLog(
  options: SignStatementOptions = {},
  entry: LogOptions = { kind: 'intoto', apiVersion: '0.0.1' },
): CollectedAttestation {
  const signed = sigstore.signStatement({ version: '0.1', keyid: '', entry: null, ...options });
  const envelope = toEnvelopeWithCertificate(signed);
  logEnvelope(signed, envelope, entry);
  return found(JSON.stringify(envelope));
}

/** Logs a signature of somebody, as the log takes it from anybody. */
export function logEnvelope(
  { signer, signature, signedBytes, payload }: SignedBundle,
  envelope: object,
  entry: LogOptions = {},
): void {
  if (!('certificate' in signer)) throw new TypeError('signed without a certificate');
  const { keys, certificate } = signer;
  const content = { signedBytes, signature, digest: keys.digest, keys, payload, envelope };
  sigstore.rekor.log({ ...content, verifier: { certificate } }, SIGNED_AT, entry);
}

const BUNDLE = 'dev.sigstore.cosign/bundle';

/** A layer of cosign with its certificate, without the annotation that holds the entry. */
export function layerInLog(options: SignStatementOptions = {}): CollectedAttestation {
  const chain = sigstore.ca.chain.map(({ certificate }) => certificate);
  const layer = toCosignLayer(sigstore.signStatement({ version: '0.1', ...options }), chain);
  const { [BUNDLE]: _, ...annotations } = layer.annotations;
  return found(layer.envelope, { annotations });
}

export const paths = ({ requests }: RekorServer): readonly string[] =>
  requests.map(({ method, path }) => `${method} ${path}`);
