import { refuse } from '../../errors.ts';
import { hashAlgorithm, readAlgorithmOid } from './algorithms.ts';
import { contentOf, type DerElement, DerReader, encodingOf, oidKey, TAG } from './der.ts';
import type { HashAlgorithm } from './public-key.ts';

const SIGNED_DATA = oidKey('1.2.840.113549.1.7.2');
export const TST_INFO = oidKey('1.2.840.113549.1.9.16.1.4');

/** A timestamp token, read but not verified (RFC 3161, CMS of RFC 5652). */
export interface TimestampToken {
  readonly tstInfo: Buffer;
  readonly imprintHash: HashAlgorithm;
  readonly imprint: Buffer;
  readonly timeMs: number;
  readonly embedded: readonly Buffer[];
  readonly signer: { readonly issuer: Buffer; readonly serial: Buffer } | { readonly keyId: Buffer };
  readonly digestHash: HashAlgorithm;
  readonly signedAttributes: DerElement;
  readonly attributes: ReadonlyMap<string, DerElement>;
  readonly signatureOid: string;
  readonly signature: Buffer;
}

export const READER: DerReader = new DerReader('tsa.malformed', 'timestamp');

export function readHash(element: DerElement | undefined): HashAlgorithm {
  return hashAlgorithm(readAlgorithmOid(READER, element)) ?? READER.fail('hash algorithm is not supported');
}

function only(elements: readonly DerElement[], what: string): DerElement {
  const [first, second] = elements;
  if (first === undefined || second !== undefined) READER.fail(`not exactly one ${what}`);
  return first;
}

/** The two children of a sequence that has no third, in which unsigned bytes could hide. */
function pair(sequence: DerElement): readonly [DerElement, DerElement] {
  const [first, second, third] = READER.children(sequence, 3);
  if (first === undefined || second === undefined || third !== undefined)
    READER.fail('not exactly two fields');
  return [first, second];
}

export function parseToken(response: Buffer): TimestampToken {
  const [status, contentInfo, extra] = READER.children(READER.whole(response, TAG.sequence), 3);
  if (status?.tag === TAG.oid) {
    parseContentInfo(READER.whole(response, TAG.sequence));
    READER.fail('a token without the response of its authority');
  }
  const [statusCode] = READER.children(READER.expect(status, TAG.sequence), 3);
  // Granted (RFC 3161 section 2.4.2). The request is not at hand, so nobody could judge a modification, and nobody signs
  // the status.
  if (READER.smallInteger(READER.expect(statusCode, TAG.integer)) !== 0)
    READER.fail('the authority did not grant the request as it was made');
  if (extra !== undefined) READER.fail('too many fields');
  return parseContentInfo(READER.expect(contentInfo, TAG.sequence));
}

function parseContentInfo(contentInfo: DerElement): TimestampToken {
  const [contentType, content] = pair(contentInfo);
  if (READER.oid(READER.expect(contentType, TAG.oid)) !== SIGNED_DATA) READER.fail('not signed data');
  const signedData = only(
    READER.children(READER.expect(content, TAG.contextConstructed(0)), 2),
    'signed data',
  );
  return parseSignedData(READER.expect(signedData, TAG.sequence));
}

function parseSignedData(signedData: DerElement): TimestampToken {
  const [version, digestAlgorithms, encapsulated, ...rest] = READER.children(signedData, 8);
  // Nobody signs these fields, so each may have the one value that follows from the rest (RFC 5652 section 5.1).
  if (READER.smallInteger(READER.expect(version, TAG.integer)) !== 3)
    READER.fail('signed data is not version 3');
  const digestAlgorithm = only(
    READER.children(READER.expect(digestAlgorithms, TAG.set), 4),
    'digest algorithm',
  );
  const [type, wrapper] = pair(READER.expect(encapsulated, TAG.sequence));
  if (READER.oid(READER.expect(type, TAG.oid)) !== TST_INFO) {
    refuse(
      'time.unauthenticated',
      'a CMS signature that is no timestamp knows only what time its signer says',
    );
  }
  const octets = only(READER.children(READER.expect(wrapper, TAG.contextConstructed(0)), 2), 'content');
  const tstInfo = contentOf(READER.expect(octets, TAG.octetString));
  const certificates = rest.find((element) => element.tag === TAG.contextConstructed(0));
  const signerInfos = READER.expect(rest.at(-1), TAG.set);
  if (rest.length > (certificates === undefined ? 1 : 2))
    READER.fail('signed data has fields beside certificates');
  const signerInfo = only(READER.children(signerInfos, 4), 'signer');
  return {
    tstInfo,
    ...parseTstInfo(tstInfo),
    embedded: certificates === undefined ? [] : READER.children(certificates, 16).map(encodingOf),
    ...parseSignerInfo(READER.expect(signerInfo, TAG.sequence), digestAlgorithm),
  };
}

/** RFC 3161 section 2.4.2; accuracy, ordering, nonce and name of the authority play no part. */
function parseTstInfo(tstInfo: Buffer): Pick<TimestampToken, 'imprintHash' | 'imprint' | 'timeMs'> {
  const [version, policy, imprint, serial, time] = READER.children(READER.whole(tstInfo, TAG.sequence), 12);
  if (READER.smallInteger(READER.expect(version, TAG.integer)) !== 1) READER.fail('not version 1');
  READER.expect(policy, TAG.oid);
  READER.expect(serial, TAG.integer);
  const [algorithm, digest, extra] = READER.children(READER.expect(imprint, TAG.sequence), 3);
  if (extra !== undefined) READER.fail('imprint is malformed');
  return {
    imprintHash: readHash(algorithm),
    imprint: contentOf(READER.expect(digest, TAG.octetString)),
    timeMs: READER.time(READER.expect(time, TAG.generalizedTime)),
  };
}

type SignerFields = Omit<TimestampToken, 'tstInfo' | 'embedded' | 'imprintHash' | 'imprint' | 'timeMs'>;

/** RFC 5652 section 5.3; signed attributes are obligatory, since the content is not plain data. */
function parseSignerInfo(signerInfo: DerElement, announced: DerElement): SignerFields {
  const [version, sid, digestAlgorithm, signed, algorithm, signature, unsigned] = READER.children(
    signerInfo,
    8,
  );
  const signer = parseSignerIdentifier(sid);
  if (READER.smallInteger(READER.expect(version, TAG.integer)) !== ('keyId' in signer ? 3 : 1))
    READER.fail('version of the signer does not fit how it is named');
  if (!encodingOf(announced).equals(encodingOf(READER.expect(digestAlgorithm, TAG.sequence))))
    READER.fail('digest algorithm is not the announced one');
  if (unsigned !== undefined) READER.fail('unsigned attributes');
  const attributes = new Map<string, DerElement>();
  const signedAttributes = READER.expect(signed, TAG.contextConstructed(0));
  for (const attribute of READER.children(signedAttributes, 32)) {
    const [type, values] = pair(READER.expect(attribute, TAG.sequence));
    const oid = READER.oid(READER.expect(type, TAG.oid));
    if (attributes.has(oid)) READER.fail('an attribute appears twice');
    attributes.set(oid, only(READER.children(READER.expect(values, TAG.set), 4), 'attribute value'));
  }
  return {
    signer,
    digestHash: readHash(digestAlgorithm),
    signedAttributes,
    attributes,
    signatureOid: readAlgorithmOid(READER, algorithm),
    signature: contentOf(READER.expect(signature, TAG.octetString)),
  };
}

function parseSignerIdentifier(sid: DerElement | undefined): TimestampToken['signer'] {
  if (sid?.tag === TAG.context(0)) return { keyId: contentOf(sid) };
  const [issuer, serial] = pair(READER.expect(sid, TAG.sequence));
  return {
    issuer: encodingOf(READER.expect(issuer, TAG.sequence)),
    serial: READER.integer(READER.expect(serial, TAG.integer)),
  };
}

/**
 * The time that a token states, in milliseconds since 1970. Nothing is verified.
 *
 * @throws SlsaGateError `tsa.malformed`
 */
export const readTimestamp = (response: Buffer): number => parseToken(response).timeMs;
