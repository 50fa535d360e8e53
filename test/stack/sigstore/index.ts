import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority } from '../../kit/certificate-authority.ts';
import type { TrustedRootJson } from '../../kit/trusted-root.ts';
import { writePrivate } from '../certificates.ts';
import { holdPort } from '../ports.ts';
import { createProcesses, type ServerProcess } from '../processes.ts';
import { startFulcio, startTimestampServer } from './authorities.ts';
import { type IdentityIssuer, startIdentityIssuer } from './identity-issuer.ts';
import { startCtLog, startRekor, startRekor2 } from './logs.ts';
import { buildPrograms, type Place } from './place.ts';
import { type SearchIndex, startSearchIndex } from './search-index.ts';
import { startTrillian } from './trillian.ts';
import { type Authorities, signingConfigOf, trustedRootOf } from './trust.ts';

/** A private Sigstore on loopback; keys, certificates and logs are new at every start. */
export interface PrivateSigstore {
  readonly fulcioUrl: string;
  /** Rekor v1, with search. */
  readonly rekorUrl: string;
  /** Rekor v2: tiles. */
  readonly rekor2Url: string;
  /** Ends in `/api/v1/timestamp`. */
  readonly tsaUrl: string;
  readonly issuer: IdentityIssuer;
  readonly trustedRoot: TrustedRootJson;
  readonly files: {
    readonly trustedRoot: string;
    /** For `cosign --signing-config`: Rekor v1 alone, or Rekor v2 and timestamps. */
    readonly signingConfig: { readonly v1: string; readonly v2: string };
    /** Intermediate and root of Fulcio, keys of Rekor v1 and of the CT log: for cosign's older form. */
    readonly fulcioChain: string;
    readonly rekorKey: string;
    readonly ctKey: string;
  };
  /** What Rekor v1 finds by digest; a test may change it. */
  readonly searchIndex: SearchIndex;
  /** Rekor v1 as a process: it can be killed. */
  readonly rekor: ServerProcess;
  stop(): Promise<void>;
}

/** The timestamp server serves metrics at port 2112 of the machine, and there is no flag against it; so one at a time. */
const ONE_AT_A_TIME_PORT = 21_125;
const WAIT_FOR_TURN_MS = 120_000;

/** Starts in about five seconds, once its eight programs are built. */
export async function startSigstore(): Promise<PrivateSigstore> {
  const programs = await buildPrograms();
  const turn = await holdPort(ONE_AT_A_TIME_PORT, WAIT_FOR_TURN_MS);
  const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-sigstore-'));
  const processes = createProcesses(join(folder, 'logs'));
  const ends: (() => Promise<void>)[] = [
    async () => rmSync(folder, { recursive: true, force: true }),
    () => turn.release(),
  ];
  const stop = async (): Promise<void> => {
    await processes.stop();
    for (const end of ends) await end();
  };
  try {
    return { ...(await start({ programs, folder, processes, atEnd: (end) => ends.unshift(end) })), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(place: Place): Promise<Omit<PrivateSigstore, 'stop'>> {
  const { folder, atEnd } = place;
  const since = `${new Date(Date.now() - 3_600_000).toISOString().slice(0, 19)}Z`;
  const issuer = await startIdentityIssuer();
  atEnd(issuer.close);
  const searchIndex = await startSearchIndex();
  atEnd(searchIndex.close);
  const [tsa, rekor2, trillian] = await Promise.all([
    startTimestampServer(place),
    startRekor2(place),
    startTrillian(place),
  ]);
  const rekor = await startRekor(place, trillian, searchIndex.port);
  const ca = createCertificateAuthority({ organization: 'private.test' });
  const [issuing] = ca.chain;
  if (issuing === undefined) throw new TypeError('a chain needs a certificate');
  const ct = await startCtLog(place, trillian, ca.root.certificate.pem);
  const chainPem = ca.chain.map(({ certificate }) => certificate.pem).join('');
  const fulcio = await startFulcio(place, { issuer, ct, chainPem, keys: issuing.keys });
  await Promise.all([tsa.ready(), rekor.ready(), fulcio.ready()]);

  const tsaChain = await (await fetch(`${tsa.url}/certchain`)).text();
  const authorities: Authorities = {
    since,
    fulcio: { url: fulcio.url, chainPem },
    ct,
    rekor,
    rekor2,
    tsa: { url: tsa.url, chainPem: tsaChain },
    oidcUrl: issuer.urlOf('github'),
  };
  const trustedRoot = trustedRootOf(authorities);
  const json = (name: string, value: unknown): string => writePrivate(folder, name, JSON.stringify(value));
  return {
    fulcioUrl: fulcio.url,
    rekorUrl: rekor.url,
    rekor2Url: rekor2.url,
    tsaUrl: tsa.url,
    issuer,
    trustedRoot,
    files: {
      trustedRoot: json('trusted_root.json', trustedRoot),
      signingConfig: {
        v1: json('signing-config-v1.json', signingConfigOf(authorities, 1)),
        v2: json('signing-config-v2.json', signingConfigOf(authorities, 2)),
      },
      fulcioChain: fulcio.chain,
      rekorKey: writePrivate(folder, 'rekor.pub', rekor.keys.pem),
      ctKey: ct.keyFile,
    },
    searchIndex,
    rekor: rekor.server,
  };
}
