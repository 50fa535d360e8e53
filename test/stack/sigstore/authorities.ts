import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { KeyPair } from '../../kit/keys.ts';
import { writePrivate } from '../certificates.ts';
import { freePorts } from '../ports.ts';
import { answers } from '../processes.ts';
import { fulcioConfig } from './fulcio-config.ts';
import type { IdentityIssuer } from './identity-issuer.ts';
import type { Place } from './place.ts';

export async function startTimestampServer({ programs, processes }: Place) {
  const [port = 0] = await freePorts(1);
  const argv = [
    `--host=127.0.0.1`,
    `--port=${port}`,
    '--timestamp-signer=memory',
    '--disable-ntp-monitoring',
  ];
  const server = processes.start('timestamp-server', programs.tsa, ['serve', ...argv]);
  const origin = `http://127.0.0.1:${port}`;
  return {
    url: `${origin}/api/v1/timestamp`,
    ready: () => server.ready(() => answers(`${origin}/ping`, 200)),
  };
}

export interface FulcioOptions {
  readonly issuer: IdentityIssuer;
  readonly ct: { readonly url: string; readonly keyFile: string };
  readonly chainPem: string;
  readonly keys: KeyPair;
}

export async function startFulcio({ programs, processes, folder }: Place, options: FulcioOptions) {
  const { issuer, ct, chainPem, keys } = options;
  const [port = 0, grpc = 0, metrics = 0] = await freePorts(3);
  // It takes no key that is not encrypted.
  const passphrase = randomBytes(12).toString('hex');
  const encrypted = keys.privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase,
  });
  const chain = writePrivate(folder, 'fulcio-chain.pem', chainPem);
  const argv = [
    ...['serve', '--host=127.0.0.1', `--port=${port}`, '--grpc-host=127.0.0.1', `--grpc-port=${grpc}`],
    ...[`--metrics-port=${metrics}`, `--legacy-unix-domain-socket=${join(folder, 'fulcio.sock')}`],
    ...['--ca=fileca', `--fileca-cert=${chain}`, '--fileca-watch=false'],
    `--fileca-key=${writePrivate(folder, 'fulcio.key', encrypted.toString())}`,
    `--fileca-key-passwd=${passphrase}`,
    ...[`--ct-log-url=${ct.url}`, `--ct-log-public-key-path=${ct.keyFile}`],
    `--config-path=${writePrivate(folder, 'fulcio.yaml', fulcioConfig(issuer))}`,
  ];
  const env = { HTTPS_PROXY: issuer.origin, SSL_CERT_FILE: writePrivate(folder, 'oidc.pem', issuer.caPem) };
  const server = processes.start('fulcio', programs.fulcio, argv, { env });
  const url = `http://127.0.0.1:${port}`;
  return { url, chain, ready: () => server.ready(() => answers(`${url}/healthz`, 200)) };
}
