import {
  bitString,
  boolean,
  type Der,
  explicit,
  ia5String,
  implicit,
  implicitConstructed,
  integer,
  namedBits,
  octetString,
  oid,
  printableString,
  sequence,
  set,
  utf8String,
} from './der.ts';
import { hash } from './keys.ts';

/** One X.509 extension: `value` is what goes inside the OCTET STRING. */
export interface Extension {
  readonly oid: string;
  /** A Buffer is the DER to write there, such as the FALSE that DER leaves out. */
  readonly critical?: boolean | Der | undefined;
  readonly value: Buffer;
}

export const EXTENSION = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  sctList: '1.3.6.1.4.1.11129.2.4.2',
  precertificatePoison: '1.3.6.1.4.1.11129.2.4.3',
} as const;

export const PURPOSE = {
  codeSigning: '1.3.6.1.5.5.7.3.3',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  any: '2.5.29.37.0',
} as const;

const KEY_USAGE_BITS = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
] as const;
export type KeyUsage = (typeof KEY_USAGE_BITS)[number];

/** A distinguished name: attribute type (C, O, CN, or a dotted OID) and value, in order. `[]` is the empty name. */
export type Name = readonly (readonly [type: string, value: string | Buffer])[];

const ATTRIBUTES: Readonly<Record<string, string>> = {
  C: '2.5.4.6',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3',
};

export function encodeName(name: Name | Buffer): Der {
  if (Buffer.isBuffer(name)) return name;
  return sequence(
    ...name.map(([type, value]) => set(sequence(oid(ATTRIBUTES[type] ?? type), printableString(value)))),
  );
}

/** One GeneralName. Buffers go in as they are, also octets that IA5String does not allow. */
export type GeneralName =
  | { readonly uri: string | Buffer }
  | { readonly email: string | Buffer }
  | { readonly dns: string | Buffer }
  | { readonly otherName: string; readonly oid?: string }
  | { readonly raw: Buffer };

/** Fulcio's OtherName SAN, used for usernames. */
const FULCIO_OTHER_NAME = '1.3.6.1.4.1.57264.1.7';

function encodeGeneralName(name: GeneralName): Der {
  if ('raw' in name) return name.raw;
  if ('otherName' in name) {
    const value = explicit(0, utf8String(name.otherName));
    return implicitConstructed(0, Buffer.concat([oid(name.oid ?? FULCIO_OTHER_NAME), value]));
  }
  if ('email' in name) return implicit(1, octets(name.email));
  if ('dns' in name) return implicit(2, octets(name.dns));
  return implicit(6, octets(name.uri));
}

const octets = (value: string | Buffer): Buffer => (typeof value === 'string' ? Buffer.from(value) : value);

export function subjectAltName(names: readonly GeneralName[]): Der {
  return sequence(...names.map(encodeGeneralName));
}

export function keyUsage(usages: readonly KeyUsage[]): Der {
  return namedBits(usages.map((usage) => KEY_USAGE_BITS.indexOf(usage)));
}

export function extendedKeyUsage(purposes: readonly string[]): Der {
  return sequence(...purposes.map(oid));
}

export interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLength?: number | undefined;
}

/** DER leaves a FALSE `cA` out. */
export function basicConstraints({ ca, pathLength }: BasicConstraints): Der {
  return sequence(...(ca ? [boolean(true)] : []), ...(pathLength === undefined ? [] : [integer(pathLength)]));
}

/** Any stable name for a key will do (RFC 5280, 4.2.1.2); this one needs no look inside the SPKI. */
export function keyIdentifier(spki: Buffer): Buffer {
  return hash('sha1', spki);
}

export const subjectKeyIdentifier = (id: Buffer): Der => octetString(id);
export const authorityKeyIdentifier = (id: Buffer): Der => sequence(implicit(0, id));

/** Permitted and excluded URI or DNS subtrees. */
export interface NameConstraints {
  readonly permitted?: readonly GeneralName[];
  readonly excluded?: readonly GeneralName[];
}

export function nameConstraints({ permitted, excluded }: NameConstraints): Der {
  const subtrees = (tag: number, names: readonly GeneralName[] | undefined): Der[] =>
    names
      ? [implicitConstructed(tag, Buffer.concat(names.map((name) => sequence(encodeGeneralName(name)))))]
      : [];
  return sequence(...subtrees(0, permitted), ...subtrees(1, excluded));
}

export function encodeExtension({ oid: id, critical, value }: Extension): Der {
  const flag = Buffer.isBuffer(critical) ? [critical] : critical ? [boolean(true)] : [];
  return sequence(oid(id), ...flag, octetString(value));
}

/** An extension nobody knows, for criticality tests. */
export function unknownExtension(critical = true, id = '1.2.3.4.5'): Extension {
  return { oid: id, critical, value: ia5String('unknown') };
}

/** A SubjectPublicKeyInfo for made-up algorithms and keys. */
export function subjectPublicKeyInfo(algorithm: Der, key: Buffer): Der {
  return sequence(algorithm, bitString(key));
}
