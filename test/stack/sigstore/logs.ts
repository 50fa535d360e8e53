import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createKeyPair } from '../../kit/keys.ts';
import { writePrivate } from '../certificates.ts';
import { freePorts } from '../ports.ts';
import { answers } from '../processes.ts';
import { type Place, privatePem } from './place.ts';
import { startRekor2Front } from './rekor2-front.ts';
import type { Trillian } from './trillian.ts';

export async function startRekor2({ programs, processes, folder, atEnd }: Place) {
  const [port = 0, grpc = 0, metrics = 0] = await freePorts(3);
  const keys = createKeyPair('Ed25519');
  const storage = join(folder, 'rekor2');
  mkdirSync(storage);
  const argv = [
    ...['serve', '--http-address=127.0.0.1', `--http-port=${port}`],
    ...['--grpc-address=127.0.0.1', `--grpc-port=${grpc}`, `--http-metrics-port=${metrics}`],
    // The log's checkpoints carry this name, and clients look for the host of its URL.
    '--hostname=127.0.0.1',
    `--storage-dir=${storage}`,
    `--signer-filepath=${writePrivate(folder, 'rekor2.key', privatePem(keys))}`,
    ...['--checkpoint-interval=500ms', '--batch-max-age=100ms', '--batch-max-size=64'],
  ];
  const server = processes.start('rekor-tiles', programs.rekor2, argv);
  const front = await startRekor2Front(storage, port);
  atEnd(front.close);
  await server.ready(() => answers(`${front.origin}/healthz`, 200));
  return { url: front.origin, keys };
}

export async function startRekor(
  { programs, processes, folder }: Place,
  trillian: Trillian,
  indexPort: number,
) {
  const [port = 0] = await freePorts(1);
  const keys = createKeyPair('P-256');
  const attestations = join(folder, 'rekor-attestations');
  mkdirSync(attestations);
  const argv = [
    ...['serve', '--rekor_server.address=127.0.0.1', `--port=${port}`],
    // As for Rekor v2: what its checkpoints are named by.
    '--rekor_server.hostname=127.0.0.1',
    ...['--trillian_log_server.address=127.0.0.1', `--trillian_log_server.port=${trillian.port}`],
    `--trillian_log_server.tlog_id=${await trillian.createTree('rekor')}`,
    `--rekor_server.signer=${writePrivate(folder, 'rekor.key', privatePem(keys))}`,
    ...['--redis_server.address=127.0.0.1', `--redis_server.port=${indexPort}`],
    '--enable_attestation_storage',
    `--attestation_storage_bucket=file://${attestations}?no_tmp_dir=true`,
    '--max_attestation_size=1048576',
  ];
  const server = processes.start('rekor-server', programs.rekor, argv);
  const url = `http://127.0.0.1:${port}`;
  return { url, keys, server, ready: () => server.ready(() => answers(`${url}/api/v1/log`, 200)) };
}

export async function startCtLog(
  { programs, processes, folder }: Place,
  trillian: Trillian,
  rootPem: string,
) {
  const [port = 0] = await freePorts(1);
  const keys = createKeyPair('P-256');
  const der = keys.privateKey.export({ type: 'pkcs8', format: 'der' });
  const escaped = [...der].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  const config = `config {
  log_id: ${await trillian.createTree('ct')}
  prefix: "ct"
  roots_pem_file: "${writePrivate(folder, 'fulcio-root.pem', rootPem)}"
  private_key: { [type.googleapis.com/keyspb.PrivateKey] { der: "${escaped}" } }
  ext_key_usages: "CodeSigning"
  max_merge_delay_sec: 86400
  expected_merge_delay_sec: 120
}`;
  const argv = [
    `--log_config=${writePrivate(folder, 'ct.cfg', config)}`,
    ...[`--log_rpc_server=127.0.0.1:${trillian.port}`, `--http_endpoint=127.0.0.1:${port}`, '--logtostderr'],
  ];
  const server = processes.start('ct-server', programs.ct, argv);
  const url = `http://127.0.0.1:${port}/ct`;
  await server.ready(() => answers(`${url}/ct/v1/get-sth`, 200));
  return { url, keys, keyFile: writePrivate(folder, 'ct.pub', keys.pem) };
}
