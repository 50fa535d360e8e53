import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { p256 } from '@noble/curves/nist.js';
import type { SigstoreProfile } from '../../../src/core/evidence-ports.ts';
import type { EnvelopeJson } from '../entry-body.ts';
import { onlyClaims } from '../identity.ts';
import { createKeyPair, type KeyPair } from '../keys.ts';
import { leafHash } from '../merkle.ts';
import type { LogOptions, TlogEntryJson } from '../rekor.ts';
import { toRekorApiEntry } from '../rekor-api.ts';
import { createSigstore, type SignOptions, type Sigstore } from '../sigstore.ts';
import { preAuthEncoding } from '../statement.ts';
import type { TokenOptions } from '../timestamp-token.ts';
import { decodeToken, encodeToken, githubToken, type TokenClaims } from './sigstore-token.ts';

/**
 * The services of a private Sigstore on loopback: token server of GitHub Actions, Fulcio (API v2), Rekor v1 and v2, and a
 * timestamp authority. Each checks what the real one does, and answers in its form; every key is ours.
 */

export type ServiceName = 'oidc' | 'fulcio' | 'rekor1' | 'rekor2' | 'tsa';

export interface ServiceRequest {
  readonly service: ServiceName;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string | object;
}

/** What a service does instead of the right thing, until it is taken back. */
export interface Lies {
  /** Another answer, or none at all. */
  answer?: Partial<
    Record<ServiceName, (request: ServiceRequest, right: ServiceAnswer) => ServiceAnswer | 'hang up'>
  >;
  /** What Fulcio certifies instead, with its own signature. */
  certificate?: Partial<Pick<SignOptions, 'certificate' | 'keys' | 'sct' | 'at'>>;
  /** What the logs write down instead, with their own signatures. */
  entry?: LogOptions;
  /** What the authority stamps instead. */
  timestamp?: TokenOptions;
}

export interface SigstoreServices {
  readonly sigstore: Sigstore;
  readonly requests: ServiceRequest[];
  readonly lies: Lies;
  readonly url: Readonly<Record<ServiceName, string>>;
  /** What a job of GitHub Actions asks with. */
  readonly requestToken: string;
  profile(rekorVersion: 1 | 2, changes?: Partial<SigstoreProfile>): SigstoreProfile;
  /** An identity token as the token server gives it, but for what the claims say. */
  token(claims?: TokenClaims): string;
  asked(service: ServiceName): readonly ServiceRequest[];
  stop(service: ServiceName): Promise<void>;
  close(): Promise<void>;
}

export interface SigstoreServicesOptions {
  readonly sigstore?: Sigstore;
  readonly now: () => Date;
  /** Claims of the tokens that the token server gives. */
  readonly claims?: TokenClaims;
}

const NAMES: readonly ServiceName[] = ['oidc', 'fulcio', 'rekor1', 'rekor2', 'tsa'];
const REQUEST_TOKEN = 'request-token-of-the-job';
const fault = (status: number, message: string): ServiceAnswer => ({ status, body: { code: 3, message } });

export async function startSigstoreServices(options: SigstoreServicesOptions): Promise<SigstoreServices> {
  const { now, sigstore = createSigstore() } = options;
  const oidcKeys = createKeyPair('P-256');
  const requests: ServiceRequest[] = [];
  const lies: Lies = {};
  const logged = new Map<string, TlogEntryJson>();
  const token = (claims: TokenClaims = {}): string =>
    encodeToken(githubToken(now(), { ...options.claims, ...claims }), oidcKeys);

  const right: Record<ServiceName, (request: ServiceRequest) => ServiceAnswer> = {
    oidc({ path, headers }) {
      if (headers.authorization !== `Bearer ${REQUEST_TOKEN}`) return fault(401, 'unauthorized');
      const audience = new URL(path, 'http://local').searchParams.get('audience');
      const value = token({ aud: audience ?? 'https://github.com/octo-org' });
      return { status: 200, body: { count: value.length, value } };
    },

    fulcio({ method, path, body }) {
      if (method !== 'POST' || path !== '/api/v2/signingCert') return fault(404, 'Not Found');
      const { credentials, publicKeyRequest } = JSON.parse(body.toString()) as FulcioRequest;
      const claims = decodeToken(credentials.oidcIdentityToken, oidcKeys);
      if (claims === undefined || Number(claims.exp) * 1000 <= now().getTime() || claims.aud !== 'sigstore')
        return fault(401, 'There was an error processing the identity token');
      const keys = foreignKeys(publicKeyRequest.publicKey.content);
      const challenge = Buffer.from(String(claims.email ?? claims.sub));
      const proof = Buffer.from(publicKeyRequest.proofOfPossession, 'base64');
      if (!verify('sha256', challenge, keys.publicKey, proof))
        return fault(400, 'The signature supplied in the request could not be verified');
      const issuer = String(claims.iss);
      const { certificate } = sigstore.issue({
        keys,
        at: now(),
        certificate: {
          subjectAltName: [
            typeof claims.email === 'string'
              ? { email: claims.email }
              : { uri: `https://github.com/${String(claims.job_workflow_ref)}` },
          ],
          claims: onlyClaims({ issuer, deprecatedIssuer: issuer }),
          ...lies.certificate?.certificate,
        },
        ...(({ certificate: _, ...rest }) => rest)(lies.certificate ?? {}),
      });
      const chain = sigstore.ca.chain.map((issuing) => issuing.certificate.pem);
      const certificates = [certificate.pem, ...chain];
      return { status: 200, body: { signedCertificateEmbeddedSct: { chain: { certificates } } } };
    },

    rekor1({ method, path, body }) {
      const base = '/api/v1/log/entries';
      if (method === 'GET') {
        const uuid = path.slice(base.length + 1);
        const found = logged.get(uuid);
        return found === undefined
          ? fault(404, 'entry not found')
          : { status: 200, body: { [uuid]: toRekorApiEntry(found) } };
      }
      const { kind, apiVersion, spec } = JSON.parse(body.toString()) as RekorRequest;
      if (path !== base || kind !== 'dsse' || apiVersion !== '0.0.1') return fault(400, 'unsupported entry');
      const { envelope: text, verifiers } = spec.proposedContent;
      const envelope = JSON.parse(text) as EnvelopeJson;
      const certificate = new X509Certificate(Buffer.from(verifiers[0] ?? '', 'base64'));
      const payload = Buffer.from(envelope.payload ?? '', 'base64');
      const signature = Buffer.from(envelope.signatures?.[0]?.sig ?? '', 'base64');
      const signedBytes = preAuthEncoding(envelope.payloadType ?? '', payload);
      if (!verify('sha256', signedBytes, certificate.publicKey, signature))
        return fault(400, 'error verifying signature');
      const entry = sigstore.rekor.log(
        { ...contentOf(certificate, signature), signedBytes, payload, envelope },
        now(),
        lies.entry,
      );
      const uuid = `108e9186e8c5677a${leafHash(Buffer.from(entry.canonicalizedBody ?? '', 'base64')).toString('hex')}`;
      const headers = { location: `${base}/${uuid}` };
      if (logged.has(uuid))
        return { ...fault(409, 'an equivalent entry already exists in the transparency log'), headers };
      logged.set(uuid, entry);
      return { status: 201, headers, body: { [uuid]: toRekorApiEntry(entry) } };
    },

    rekor2({ method, path, body }) {
      if (method !== 'POST' || path !== '/api/v2/log/entries') return fault(404, 'Not Found');
      const { hashedRekordRequestV002: asked } = JSON.parse(body.toString()) as Rekor2Request;
      if (asked === undefined) return fault(400, 'invalid type, must be hashedrekord');
      const certificate = new X509Certificate(
        Buffer.from(asked.signature.verifier.x509Certificate.rawBytes, 'base64'),
      );
      const digest = Buffer.from(asked.digest, 'base64');
      const signature = Buffer.from(asked.signature.content, 'base64');
      const point = certificate.publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
      if (!p256.verify(signature, digest, point, { prehash: false, lowS: false, format: 'der' }))
        return fault(400, 'error verifying signature');
      const content = { ...contentOf(certificate, signature), signedBytes: Buffer.alloc(0) };
      return { status: 201, body: sigstore.rekor2.log(content, now(), { hash: digest, ...lies.entry }) };
    },

    tsa({ method, path, headers, body }) {
      if (method !== 'POST' || path !== '/api/v1/timestamp') return fault(404, 'Not Found');
      if (headers['content-type'] !== 'application/timestamp-query') return fault(400, 'unsupported type');
      // MessageImprint with SHA-256: its OID, NULL, and the digest.
      const at = body.indexOf(Buffer.from('0609608648016503040201', 'hex'));
      if (at === -1 || body[1] !== body.length - 2) return fault(400, 'bad request');
      const imprint = body.subarray(at + 15, at + 47);
      const stamped = sigstore.tsa.timestamp(Buffer.alloc(0), now(), { imprint, ...lies.timestamp });
      return { status: 201, headers: { 'content-type': 'application/timestamp-reply' }, body: stamped };
    },
  };

  const servers = new Map<ServiceName, Server>();
  const origins = new Map<ServiceName, string>();
  for (const service of NAMES) {
    const server = createServer((incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const { method = 'GET', url: path = '/', headers } = incoming;
        const request = { service, method, path, headers, body: Buffer.concat(chunks) };
        requests.push(request);
        const good = right[service](request);
        const answer = lies.answer?.[service]?.(request, good) ?? good;
        if (answer === 'hang up') return incoming.socket.destroy();
        const { status, body = '', headers: said = { 'content-type': 'application/json' } } = answer;
        const isBytes = typeof body === 'string' || Buffer.isBuffer(body);
        outgoing.writeHead(status, said).end(isBytes ? body : JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.set(service, server);
    origins.set(service, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
  const urls = Object.fromEntries(origins) as Record<ServiceName, string>;
  const stop = async (name: ServiceName): Promise<void> => {
    const server = servers.get(name);
    servers.delete(name);
    server?.closeAllConnections();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  };
  return {
    sigstore,
    requests,
    lies,
    url: { ...urls, oidc: `${urls.oidc}/token?api-version=2.0` },
    requestToken: REQUEST_TOKEN,
    token,
    profile: (rekorVersion, changes = {}) => ({
      name: 'private.yaml',
      fulcioUrl: urls.fulcio,
      rekorUrl: rekorVersion === 1 ? urls.rekor1 : urls.rekor2,
      rekorVersion,
      tsaUrl: rekorVersion === 1 ? undefined : `${urls.tsa}/api/v1/timestamp`,
      audience: 'sigstore',
      oidcIssuer: undefined,
      ...changes,
    }),
    asked: (service) => requests.filter((request) => request.service === service),
    stop,
    close: async () => {
      for (const name of [...servers.keys()]) await stop(name);
    },
  };
}

interface FulcioRequest {
  readonly credentials: { readonly oidcIdentityToken: string };
  readonly publicKeyRequest: {
    readonly publicKey: { readonly content: string };
    readonly proofOfPossession: string;
  };
}

interface RekorRequest {
  readonly kind: string;
  readonly apiVersion: string;
  readonly spec: { readonly proposedContent: { readonly envelope: string; readonly verifiers: string[] } };
}

interface Rekor2Request {
  readonly hashedRekordRequestV002?: {
    readonly digest: string;
    readonly signature: {
      readonly content: string;
      readonly verifier: { readonly x509Certificate: { readonly rawBytes: string } };
    };
  };
}

/** A key of which only the public half is here. */
function foreignKeys(pem: string): KeyPair {
  const publicKey = createPublicKey(pem);
  return {
    algorithm: 'P-256',
    get privateKey(): never {
      throw new TypeError('nobody but the signer has it');
    },
    publicKey,
    spki: publicKey.export({ type: 'spki', format: 'der' }),
    pem,
    digest: 'sha256',
    keyDetails: 'PKIX_ECDSA_P256_SHA_256',
  };
}

const contentOf = (certificate: X509Certificate, signature: Buffer) => ({
  signature,
  digest: 'sha256' as const,
  keys: foreignKeys(certificate.publicKey.export({ type: 'spki', format: 'pem' }).toString()),
  verifier: { certificate: Buffer.from(certificate.raw) },
});
