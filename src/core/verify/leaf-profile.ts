import { refuse } from '../../errors.ts';
import { signatureAlgorithm } from './algorithms.ts';
import { basicConstraints, type Certificate, EXTENSION, keyUsage, PURPOSE, purposes } from './certificate.ts';
import { contentOf, type DerElement, DerReader, oidKey, TAG } from './der.ts';

/** Critical extensions of a signing certificate that we understand and check. */
const UNDERSTOOD = new Set<string>([
  EXTENSION.keyUsage,
  EXTENSION.basicConstraints,
  EXTENSION.subjectAltName,
  EXTENSION.extendedKeyUsage,
]);

/** GeneralName choices (RFC 5280 section 4.2.1.6) that Fulcio issues. */
const NAME = { other: TAG.contextConstructed(0), email: TAG.context(1), uri: TAG.context(6) } as const;
const FULCIO_USERNAME = oidKey('1.3.6.1.4.1.57264.1.7');

export interface SubjectName {
  readonly kind: 'uri' | 'email' | 'username';
  readonly value: string;
}

/**
 * Checks that a certificate may sign artifacts and reads its one subject alternative name: signed with an algorithm
 * of the table, code signing only, no authority, no unknown critical extension, exactly one name in printable ASCII.
 *
 * @throws SlsaGateError `cert.eku`, `cert.leaf-is-ca`, `cert.critical-ext`, `cert.san-count`, `cert.string-encoding`,
 *   `cert.malformed`
 */
export function checkLeafProfile(leaf: Certificate): SubjectName {
  if (signatureAlgorithm(leaf.signatureOid) === undefined) {
    refuse('cert.malformed', 'signing certificate is signed with an algorithm that is not accepted', {
      expected: 'ECDSA or RSA with SHA-256, SHA-384 or SHA-512, or Ed25519',
    });
  }
  for (const extension of leaf.extensions.values()) {
    if (extension.critical && !UNDERSTOOD.has(extension.oid)) {
      refuse('cert.critical-ext', 'signing certificate has an unknown critical extension');
    }
  }
  const usage = keyUsage(leaf, 'cert.malformed');
  if (basicConstraints(leaf, 'cert.malformed').ca || usage?.certSign === true) {
    refuse('cert.leaf-is-ca', 'signing certificate is an authority');
  }
  const found = purposes(leaf, 'cert.malformed');
  if (usage?.digitalSignature !== true || found?.length !== 1 || found[0] !== PURPOSE.codeSigning) {
    refuse('cert.eku', 'signing certificate is not for code signing alone');
  }
  return readSubjectName(leaf);
}

function readSubjectName(leaf: Certificate): SubjectName {
  const reader: DerReader = new DerReader('cert.malformed', 'subject alternative name');
  const extension = leaf.extensions.get(EXTENSION.subjectAltName);
  if (extension === undefined)
    refuse('cert.san-count', 'signing certificate has no subject alternative name');
  const [name, extra] = reader.children(reader.whole(extension.value, TAG.sequence), 64);
  if (name === undefined || extra !== undefined) {
    refuse('cert.san-count', 'signing certificate has not exactly one subject alternative name');
  }
  switch (name.tag) {
    case NAME.uri:
      return { kind: 'uri', value: printableAscii(name) };
    case NAME.email:
      return { kind: 'email', value: printableAscii(name) };
    case NAME.other:
      return { kind: 'username', value: readUsername(reader, name) };
    default:
      reader.fail('it is neither a URI nor an e-mail address nor a user name');
  }
}

function readUsername(reader: DerReader, name: DerElement): string {
  const [oid, wrapper, extra] = reader.children(name, 3);
  if (extra !== undefined || reader.oid(reader.expect(oid, TAG.oid)) !== FULCIO_USERNAME)
    reader.fail('unknown other name');
  const [value] = reader.children(reader.expect(wrapper, TAG.contextConstructed(0)), 1);
  return printableAscii(reader.expect(value, TAG.utf8String));
}

/** Masking the high bit would turn such bytes into a trusted name; spaces and controls hide one. */
function printableAscii(element: DerElement): string {
  const bytes = contentOf(element);
  if (bytes.length === 0 || bytes.some((byte) => byte <= 0x20 || byte >= 0x7f)) {
    refuse('cert.string-encoding', 'subject alternative name has characters outside printable ASCII');
  }
  return bytes.toString('latin1');
}
