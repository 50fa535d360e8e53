import { createHash } from 'node:crypto';
import { DEFAULT_ROOTS, namedRoots, SHIPPED_ROOTS } from '../core/model/trusted-root-names.ts';
import type { TrustRootBytes } from '../core/ports.ts';
import type { CertificateAuthority } from '../core/verify/certificate-authority.ts';
import { toPrintableName } from '../core/verify/distinguished-name.ts';
import { type Log, parseTrustedRoot, type TrustedRoot, type Window } from '../core/verify/trusted-root.ts';
import type { Ports, TrustDocument, TrustEntry, TrustRequest, TrustRootReport } from './requests.ts';
import { assertTrustAge, trustAgeSeconds } from './trust-age.ts';

const instant = (ms: number): string => new Date(ms).toISOString();

const validity = ({ start, end }: Window): Pick<TrustEntry, 'from' | 'to'> => ({
  from: instant(start),
  to: end === Number.POSITIVE_INFINITY ? null : instant(end),
});

const authorityEntry = (kind: TrustEntry['kind'], authority: CertificateAuthority): TrustEntry => {
  const anchor = authority.chain.at(-1) ?? authority.issuing;
  return {
    kind,
    name: toPrintableName(anchor.subject, 'trust.malformed'),
    id: `sha256:${authority.anchorDigest}`,
    ...validity(authority.window),
  };
};

const logEntry = (kind: TrustEntry['kind'], log: Log): TrustEntry => ({
  kind,
  name: log.name,
  id: log.id,
  ...validity(log.window),
});

const entriesOf = (root: TrustedRoot): readonly TrustEntry[] => [
  ...root.authorities.map((authority) => authorityEntry('certificate-authority', authority)),
  ...[...root.logs.values()].map((log) => logEntry('transparency-log', log)),
  ...[...root.certificateLogs.values()].map((log) => logEntry('certificate-log', log)),
  ...root.timestampAuthorities.map((authority) => authorityEntry('timestamp-authority', authority)),
];

const reportOf = (root: TrustRootBytes, now: Date): TrustRootReport => {
  const parsed = parseTrustedRoot(root.bytes, root.name);
  return {
    name: root.name,
    origin: root.origin,
    digest: parsed.digest,
    currentAt: root.currentAt?.toISOString() ?? null,
    ageSeconds: trustAgeSeconds(root, now),
    entries: entriesOf(parsed),
  };
};

/** What a trusted root of the caller trusts and demands; where it came from is not verified. */
export interface TrustedRootDescription {
  readonly name: string;
  /** `sha256:<hex>` of its bytes. */
  readonly digest: string;
  readonly entries: readonly TrustEntry[];
  /** Distinct authorities that a bundle must have under this root. */
  readonly thresholds: {
    readonly log: number;
    readonly sct: number;
    readonly tsa: number;
    readonly time: number;
  };
}

/** @throws SlsaGateError `trust.malformed`, `trust.validity-malformed`, `config.forbidden-key` */
export function describeTrustedRoot(bytes: Uint8Array, name: string): TrustedRootDescription {
  const root = parseTrustedRoot(bytes, name);
  const { log, sct, tsa, time } = root.thresholds;
  return { name, digest: root.digest, entries: entriesOf(root), thresholds: { log, sct, tsa, time } };
}

/**
 * Lists the trusted roots with their age.
 * @throws SlsaGateError `trust.*`, `path.*`
 */
export async function showTrust(request: TrustRequest, ports: Ports): Promise<TrustDocument> {
  const now = ports.now();
  const roots: TrustRootReport[] = [];
  for (const name of namedRoots(request.roots, SHIPPED_ROOTS)) {
    for (const root of await ports.trust.open(name)) {
      assertTrustAge(root, request.maxTrustAgeSeconds, now);
      roots.push(reportOf(root, now));
    }
  }
  return { schemaVersion: 1, roots };
}

const digestOf = ({ bytes }: TrustRootBytes): string => createHash('sha256').update(bytes).digest('hex');

/** The root that was in use before; one that is stale or damaged is what an update mends, so it is no reason to stop. */
const digestBefore = async (name: string, ports: Ports): Promise<string | undefined> =>
  ports.trust.load(name).then(digestOf, () => undefined);

/**
 * Refreshes the trusted roots through TUF, one after the other. The first that fails ends it; those before it are
 * stored, and running again is harmless.
 * @throws SlsaGateError `usage.flag` for a file, `trust.*`, `source.*`
 */
export async function updateTrust(request: TrustRequest, ports: Ports): Promise<TrustDocument> {
  const roots: TrustRootReport[] = [];
  for (const name of namedRoots(request.roots, SHIPPED_ROOTS)) {
    const before = await digestBefore(name, ports);
    await ports.trust.update(name);
    const root = await ports.trust.load(name);
    roots.push({ ...reportOf(root, ports.now()), changed: digestOf(root) !== before });
  }
  return { schemaVersion: 1, roots };
}

/**
 * Makes a pack of trusted roots for a machine without a network: the bytes of one JSON document. Whoever names the pack
 * trusts every root in it, so without names it holds those that are trusted without it.
 *
 * @throws SlsaGateError `usage.flag` for a file, `trust.*`
 */
export async function exportTrust(
  request: TrustRequest,
  ports: Ports,
): Promise<{ readonly pack: Uint8Array; readonly document: TrustDocument }> {
  const names = namedRoots(request.roots, DEFAULT_ROOTS);
  const document = await showTrust({ ...request, roots: names }, ports);
  return { pack: await ports.trust.pack(names), document };
}
