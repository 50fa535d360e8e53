import { isUtf8 } from 'node:buffer';
import { refuse } from '../../errors.ts';
import type { Certificate } from './certificate.ts';
import { contentOf, DerReader, oidKey, TAG } from './der.ts';

/**
 * What the identity provider told Fulcio about the workload, out of the certificate: extensions
 * 1.3.6.1.4.1.57264.1.1 to .1.24 (Fulcio's OID list). All are texts.
 */
export interface FulcioClaims {
  /** .1.8, or .1.1 in a certificate that has none from .1.8 on: the OIDC issuer. Both, when present, are equal. */
  readonly issuer?: string;
  /** .1.2, deprecated: the event that triggered a GitHub workflow. */
  readonly githubWorkflowTrigger?: string;
  /** .1.3, deprecated: commit of the GitHub workflow. */
  readonly githubWorkflowSha?: string;
  /** .1.4, deprecated: name of the GitHub workflow. */
  readonly githubWorkflowName?: string;
  /** .1.5, deprecated: `owner/name` of the GitHub repository. */
  readonly githubWorkflowRepository?: string;
  /** .1.6, deprecated: ref of the GitHub workflow. */
  readonly githubWorkflowRef?: string;
  /** .1.9: the build instructions that signed, with their ref; for a reusable workflow that one. */
  readonly buildSignerUri?: string;
  /** .1.10: commit of the build signer. */
  readonly buildSignerDigest?: string;
  /** .1.11: `github-hosted` or `self-hosted` and the like. */
  readonly runnerEnvironment?: string;
  /** .1.12: the repository that was built. */
  readonly sourceRepositoryUri?: string;
  /** .1.13: the commit that was built. */
  readonly sourceRepositoryDigest?: string;
  /** .1.14: the ref that was built, fully qualified. */
  readonly sourceRepositoryRef?: string;
  /** .1.15: immutable numeric id of the repository. */
  readonly sourceRepositoryIdentifier?: string;
  /** .1.16: owner of the repository. */
  readonly sourceRepositoryOwnerUri?: string;
  /** .1.17: immutable numeric id of the owner. */
  readonly sourceRepositoryOwnerIdentifier?: string;
  /** .1.18: top-level build instructions, with their ref. */
  readonly buildConfigUri?: string;
  /** .1.19: commit of the top-level build instructions. */
  readonly buildConfigDigest?: string;
  /** .1.20: the event that triggered the build. */
  readonly buildTrigger?: string;
  /** .1.21: the run, with its attempt. */
  readonly runInvocationUri?: string;
  /** .1.22: visibility of the repository when it signed. */
  readonly sourceRepositoryVisibility?: string;
  /** .1.23: deployment environment that the job ran in. */
  readonly deploymentEnvironment?: string;
  /** .1.24: subject of the identity token. */
  readonly tokenSubject?: string;
}

type ClaimName = keyof FulcioClaims;

/** .1.7 is no extension but the type of a username in the subject alternative name. */
const DEPRECATED: readonly [number, ClaimName][] = [
  [2, 'githubWorkflowTrigger'],
  [3, 'githubWorkflowSha'],
  [4, 'githubWorkflowName'],
  [5, 'githubWorkflowRepository'],
  [6, 'githubWorkflowRef'],
];

const STRUCTURED: readonly [number, ClaimName][] = [
  [9, 'buildSignerUri'],
  [10, 'buildSignerDigest'],
  [11, 'runnerEnvironment'],
  [12, 'sourceRepositoryUri'],
  [13, 'sourceRepositoryDigest'],
  [14, 'sourceRepositoryRef'],
  [15, 'sourceRepositoryIdentifier'],
  [16, 'sourceRepositoryOwnerUri'],
  [17, 'sourceRepositoryOwnerIdentifier'],
  [18, 'buildConfigUri'],
  [19, 'buildConfigDigest'],
  [20, 'buildTrigger'],
  [21, 'runInvocationUri'],
  [22, 'sourceRepositoryVisibility'],
  [23, 'deploymentEnvironment'],
  [24, 'tokenSubject'],
];

const CLAIMS = oidKey('1.3.6.1.4.1.57264.1');
const claimOid = (n: number): string => oidKey(`1.3.6.1.4.1.57264.1.${n}`);
const ISSUER_V1 = claimOid(1);
const ISSUER_V2 = claimOid(8);
const DEPRECATED_OIDS = DEPRECATED.map(([n, name]) => [claimOid(n), name] as const);
const STRUCTURED_OIDS = STRUCTURED.map(([n, name]) => [claimOid(n), name] as const);

/** Control characters never stand in a claim; they could hide a second value from whoever reads it. */
const CONTROL = /[\u0000-\u001f\u007f]/;

function text(bytes: Buffer, name: string): string {
  if (!isUtf8(bytes)) refuse('cert.string-encoding', `certificate claim ${name} is not UTF-8`);
  const value = bytes.toString('utf8');
  if (CONTROL.test(value)) refuse('cert.string-encoding', `certificate claim ${name} has control characters`);
  return value;
}

/** Whether a certificate has any extension from .1.8 on, also one that is not in our list yet. */
function hasStructuredClaims(certificate: Certificate): boolean {
  for (const oid of certificate.extensions.keys()) {
    // From .1.128 on a number takes several bytes, of which the first is above 0x80.
    if (oid.startsWith(CLAIMS) && oid.charCodeAt(CLAIMS.length) >= 8) return true;
  }
  return false;
}

/**
 * Reads the claims of a leaf certificate. The deprecated ones count only in a certificate that has none from .1.8 on
 * (docs/verification.md).
 *
 * @throws SlsaGateError `cert.claim-malformed`, `cert.string-encoding`, `cert.issuer-conflict`
 */
export function readFulcioClaims(certificate: Certificate): FulcioClaims {
  const reader: DerReader = new DerReader('cert.claim-malformed', 'certificate claim');
  const raw = (oid: string, name: string): string | undefined => {
    const extension = certificate.extensions.get(oid);
    return extension && text(extension.value, name);
  };
  const structured = (oid: string, name: string): string | undefined => {
    const extension = certificate.extensions.get(oid);
    return extension && text(contentOf(reader.whole(extension.value, TAG.utf8String)), name);
  };
  const claims: { -readonly [K in ClaimName]?: string } = {};
  const issuerV1 = raw(ISSUER_V1, 'issuer');
  const issuerV2 = structured(ISSUER_V2, 'issuer');
  if (issuerV1 !== undefined && issuerV2 !== undefined && issuerV1 !== issuerV2) {
    refuse('cert.issuer-conflict', 'the two issuer extensions differ', {
      expected: issuerV2,
      actual: issuerV1,
    });
  }
  const modern = hasStructuredClaims(certificate);
  const issuer = issuerV2 ?? (modern ? undefined : issuerV1);
  if (issuer !== undefined) claims.issuer = issuer;
  for (const [oid, name] of STRUCTURED_OIDS) {
    const value = structured(oid, name);
    if (value !== undefined) claims[name] = value;
  }
  for (const [oid, name] of DEPRECATED_OIDS) {
    const value = raw(oid, name); // read in any case, so that a malformed one is refused
    if (value !== undefined && !modern) claims[name] = value;
  }
  return claims;
}

/** One claim as it stands in the certificate, also a deprecated one that does not count. */
export interface ClaimExtension {
  /** Dotted. */
  readonly oid: string;
  readonly name: keyof FulcioClaims;
  /** @throws SlsaGateError `cert.claim-malformed`, `cert.string-encoding` */
  read(): string;
}

/** Extensions of a certificate that Fulcio's list names, in the order of their numbers. For showing, not for deciding. */
export function claimExtensions(certificate: Certificate): readonly ClaimExtension[] {
  const reader: DerReader = new DerReader('cert.claim-malformed', 'certificate claim');
  const listed: readonly [number, ClaimName][] = [[1, 'issuer'], ...DEPRECATED, [8, 'issuer'], ...STRUCTURED];
  return listed.flatMap(([number, name]) => {
    const extension = certificate.extensions.get(claimOid(number));
    if (extension === undefined) return [];
    const read = (): string =>
      text(number < 8 ? extension.value : contentOf(reader.whole(extension.value, TAG.utf8String)), name);
    return [{ oid: `1.3.6.1.4.1.57264.1.${number}`, name, read }];
  });
}
