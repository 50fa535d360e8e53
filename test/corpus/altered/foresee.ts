import { X509Certificate } from 'node:crypto';
import { verifyAttestation } from '../../../src/core/attestation/verify.ts';
import type { BundleVersion, ParsedBundle } from '../../../src/core/model/bundle.ts';
import { isJsonObject, type Json } from '../../../src/core/model/json.ts';
import { NPM_PUBLISH_TYPE } from '../../../src/core/model/npm.ts';
import type { Thresholds } from '../../../src/core/verify/thresholds.ts';
import type { Log } from '../../../src/core/verify/trusted-root.ts';
import type { VerifiedBundle } from '../../../src/core/verify/verify-bundle.ts';
import { SlsaGateError } from '../../../src/errors.ts';
import { type Path, printPath, valueAt } from './document.ts';
import { bundleOf, meetsProfile, thresholdsOf } from './profile.ts';
import { parsedOf, type Unit } from './unit.ts';

/** Fields that hold no proof. Whatever is not listed here is bound by a signature, or compared with what is. */
export const IGNORED = [
  'key id of an envelope',
  'hint of a bare key that the caller names without an id',
  'key beside the hint',
  'cosignatures of a checkpoint',
  'publisher beside a PyPI attestation',
  "address of npm's registry",
  'label of an OCI layer',
  'housekeeping of Cloud Build',
  'version label, where the bundle meets the rules of that version too',
] as const;
export type Ignored = (typeof IGNORED)[number];

/** Why a document without some field is still good: what remains meets the profile by itself. */
export type Remains =
  | Ignored
  | 'an optional unsigned copy'
  | 'the default, spelt out'
  | 'an empty list'
  | 'v0.1 with a signed entry timestamp needs no proof'
  | 'enough logs and times remain'
  | 'the end of a chain that the root knows'
  | 'attestations of npm that are asked about one by one'
  | "npm's provenance without what the registry signed beside it";

/** What is foreseen for one unit, from the threshold profile and what the bundle holds. */
export interface Foresight {
  /** Of a value that stands in place of the good one. */
  ignored(path: Path, value: Json): Ignored | undefined;
  /** Of a value that is left out. */
  remains(path: Path): Remains | undefined;
}

/** Members of Cloud Build's document that nobody signed and that name nothing. */
const HOUSEKEEPING =
  /^(?:image_summary\.(?:repository|slsa_build_level)|provenance_summary\.provenance\[\]\.(?:createTime|updateTime|name|noteName))$/;

export function foresee(unit: Unit): Foresight {
  switch (unit.form) {
    case 'bundle':
      return foreseeBundle(unit, []);
    case 'pypi':
      return foreseeBundle(unit, []);
    case 'pypi-provenance':
      return foreseePypiProvenance(unit);
    case 'npm':
      return foreseeNpm(unit);
    case 'cosign-layer':
      return foreseeLayer(unit);
    case 'envelope':
      return foreseeEnvelope(unit);
    case 'cloud-build':
      return foreseeCloudBuild();
  }
}

interface Known {
  readonly verified: VerifiedBundle;
  readonly thresholds: Thresholds;
}

const KNOWN = new WeakMap<Unit, readonly Known[]>();

/** The bundles of a unit, in the order of its attestations. */
function knownBundles(unit: Unit): readonly Known[] {
  let known = KNOWN.get(unit);
  if (known === undefined) {
    known = parsedOf(unit).map(({ parsed }) => {
      if (parsed instanceof SlsaGateError) throw parsed;
      const verified = bundleOf(verifyAttestation(parsed, unit.artifact, unit.context));
      return { verified, thresholds: thresholdsOf(unit, verified) };
    });
    KNOWN.set(unit, known);
  }
  return known;
}

/** Fields of PyPI's objects by the names that a bundle has for them. */
const PYPI_NAMES: readonly (readonly [from: readonly string[], to: readonly string[]])[] = [
  [
    ['verification_material', 'transparency_entries'],
    ['verificationMaterial', 'tlogEntries'],
  ],
];

function canonical(path: Path): Path {
  const found = PYPI_NAMES.find(([from]) => from.every((name, index) => path[index] === name));
  return found === undefined ? path : [...found[1], ...path.slice(found[0].length)];
}

/** A bundle at `start` of the document, which is the unit's attestation `index`. */
function foreseeBundle(unit: Unit, start: Path, index = 0): Foresight {
  const known = knownBundles(unit)[index];
  if (known === undefined) throw new TypeError('no such attestation');
  const { signer, bundle } = known.verified;
  const namesKey = signer.kind === 'public-key' && signer.key.id !== undefined;
  const isKeyidLogged = bundle.logEntries.some(({ body }) => loggedKeyid(body) !== undefined);
  const within = (path: Path): Path => canonical(path.slice(start.length));
  const ignored = (path: Path, value?: Json): Ignored | undefined => {
    const field = printPath(within(path));
    if (field === 'dsseEnvelope.signatures[].keyid' && !namesKey && !isKeyidLogged)
      return 'key id of an envelope';
    if (/^verificationMaterial\.publicKey(?:\.hint)?$/.test(field) && !namesKey && value !== undefined)
      return 'hint of a bare key that the caller names without an id';
    if (/^verificationMaterial\.publicKey\.(?:rawBytes|keyDetails)/.test(field)) return 'key beside the hint';
    if (typeof value !== 'string') return undefined;
    if (field === 'mediaType' && meetsVersion(bundle, value, unit.test.options.minBundleVersion))
      return 'version label, where the bundle meets the rules of that version too';
    const entry = within(path)[2];
    const log = typeof entry === 'number' ? known.verified.logEntries[entry]?.log : undefined;
    return field === CHECKPOINT &&
      log !== undefined &&
      isOnlyCosigned(String(valueAt(unit.document, path)), value, log)
      ? 'cosignatures of a checkpoint'
      : undefined;
  };
  return {
    ignored,
    remains(path) {
      const field = printPath(within(path));
      // Without the label the key that has an id is found by the hint alone; a log that saw the label remembers it.
      if (field === 'dsseEnvelope.signatures[].keyid')
        return isKeyidLogged && valueAt(unit.document, path) !== '' ? undefined : 'key id of an envelope';
      if (field === 'verificationMaterial.publicKey.hint' && !namesKey)
        return 'hint of a bare key that the caller names without an id';
      return ignored(path) ?? remainsOfBundle(known, within(path), valueAt(unit.document, path));
    },
  };
}

const CHECKPOINT = 'verificationMaterial.tlogEntries[].inclusionProof.checkpoint.envelope';

/** Whether a note differs from the good one in lines alone that its log did not sign. */
function isOnlyCosigned(good: string, altered: string, log: Log): boolean {
  const others = (note: string): readonly string[] =>
    note.split('\n').filter((line) => {
      const [, encoded = ''] = /^\u2014 \S+ (\S+)$/.exec(line) ?? [];
      return encoded === '' || Buffer.from(encoded, 'base64').subarray(0, 4).equals(log.noteKeyId);
    });
  return others(good).join('\n') === others(altered).join('\n');
}

/** Key id of the envelope in a body of `intoto` 0.0.2, where it has one. */
function loggedKeyid(body: Buffer): Json | undefined {
  const json = JSON.parse(body.toString()) as Json;
  return valueAt(json, ['spec', 'content', 'envelope', 'signatures', 0, 'keyid']);
}

const VERSIONS: ReadonlyMap<string, BundleVersion> = new Map([
  ['application/vnd.dev.sigstore.bundle+json;version=0.1', '0.1'],
  ['application/vnd.dev.sigstore.bundle+json;version=0.2', '0.2'],
  ['application/vnd.dev.sigstore.bundle+json;version=0.3', '0.3'],
  ['application/vnd.dev.sigstore.bundle.v0.3+json', '0.3'],
]);
/** All labels of versions that there are. */
export const VERSION_LABELS: readonly string[] = [...VERSIONS.keys()];

/** Nobody signs the label; whether a bundle keeps the rules of another version can be seen in what it holds. */
function meetsVersion(bundle: ParsedBundle, label: string, least = '0.1'): boolean {
  const version = VERSIONS.get(label);
  if (version === undefined || version < least) return false;
  const { verificationKey, json, logEntries } = bundle;
  const hasChain = valueAt(json, ['verificationMaterial', 'x509CertificateChain']) !== undefined;
  const isCertificate = verificationKey.kind === 'certificate';
  if (isCertificate && hasChain !== (version !== '0.3')) return false;
  if (version === '0.1')
    return logEntries.every(({ kind, version: of }) => of !== '0.0.2' || kind === 'intoto');
  const bringsRoot =
    isCertificate &&
    verificationKey.others.some((raw) => {
      const { issuer, subject } = new X509Certificate(raw);
      return issuer === subject;
    });
  return !bringsRoot && logEntries.every(({ inclusionProof }) => inclusionProof !== undefined);
}

function remainsOfBundle(
  { verified, thresholds }: Known,
  path: Path,
  value: Json | undefined,
): Remains | undefined {
  const { bundle } = verified;
  const field = printPath(path).replace('verificationMaterial.', '');
  const index = path.findLast((key): key is number => typeof key === 'number') ?? -1;
  const enough = (taken: Parameters<typeof meetsProfile>[2]): Remains | undefined =>
    meetsProfile(verified, thresholds, taken) ? 'enough logs and times remain' : undefined;
  const entry = bundle.logEntries[path[2] as number];
  const isEmpty = Array.isArray(value)
    ? value.length === 0
    : isJsonObject(value) && Object.keys(value).length === 0;
  switch (field) {
    case 'tlogEntries':
      return isEmpty ? 'an empty list' : enough({ entries: 'all' });
    case 'tlogEntries[]':
      return enough({ entries: [index] });
    case 'tlogEntries[].kindVersion':
    case 'tlogEntries[].inclusionProof.rootHash':
    case 'tlogEntries[].inclusionProof.treeSize':
      return 'an optional unsigned copy';
    case 'tlogEntries[].integratedTime':
    case 'tlogEntries[].logIndex':
    case 'tlogEntries[].inclusionProof.logIndex':
      return Number(value) === 0 ? 'the default, spelt out' : undefined;
    case 'tlogEntries[].inclusionProof.hashes':
      return isEmpty ? 'an empty list' : undefined;
    case 'tlogEntries[].inclusionProof':
      return bundle.version === '0.1' && entry?.signedEntryTimestamp !== undefined
        ? 'v0.1 with a signed entry timestamp needs no proof'
        : undefined;
    case 'timestampVerificationData':
    case 'timestampVerificationData.rfc3161Timestamps':
      return bundle.timestamps.length === 0 ? 'an empty list' : enough({ timestamps: 'all' });
    case 'timestampVerificationData.rfc3161Timestamps[]':
      return enough({ timestamps: [index] });
    case 'x509CertificateChain.certificates[]':
      return bundle.verificationKey.kind === 'certificate' &&
        index > 0 &&
        index === bundle.verificationKey.others.length
        ? 'the end of a chain that the root knows'
        : undefined;
    default:
      return undefined;
  }
}

function foreseePypiProvenance(unit: Unit): Foresight {
  const ignored = (path: Path): Ignored | undefined =>
    /^attestation_bundles\[\]\.publisher/.test(printPath(path))
      ? 'publisher beside a PyPI attestation'
      : undefined;
  const first = ['attestation_bundles', 0, 'attestations', 0];
  const inner = foreseeBundle(unit, first);
  const isInner = (path: Path): boolean => first.every((key, index) => path[index] === key);
  return {
    ignored: (path, value) => (isInner(path) ? inner.ignored(path, value) : ignored(path)),
    remains(path) {
      if (isInner(path)) return inner.remains(path);
      const isNeeded = /^attestation_bundles\[\]\.publisher(?:\.kind)?$/.test(printPath(path));
      return isNeeded ? undefined : ignored(path);
    },
  };
}

function foreseeNpm(unit: Unit): Foresight {
  const isLabel = (path: Path): boolean =>
    printPath(path).startsWith('attestations[].signedAccessSignatureUrl');
  const inner = (path: Path): Foresight | undefined => {
    const [list, at, member] = path;
    if (list !== 'attestations' || typeof at !== 'number' || member !== 'bundle' || path.length < 4)
      return undefined;
    return foreseeBundle(unit, path.slice(0, 3), orderOfNpm(unit, at));
  };
  return {
    ignored: (path, value) =>
      isLabel(path) ? "address of npm's registry" : inner(path)?.ignored(path, value),
    remains(path) {
      if (isLabel(path)) return "address of npm's registry";
      if (printPath(path) !== 'attestations[]') return inner(path)?.remains(path);
      if (unit.test.only !== undefined) return 'attestations of npm that are asked about one by one';
      const isPublish = valueAt(unit.document, [...path, 'predicateType']) === NPM_PUBLISH_TYPE;
      return isPublish ? "npm's provenance without what the registry signed beside it" : undefined;
    },
  };
}

/** Parsed, provenance comes before what the registry signed. */
function orderOfNpm(unit: Unit, at: number): number {
  const label = valueAt(unit.document, ['attestations', at, 'predicateType']);
  return parsedOf(unit).findIndex(
    ({ parsed }) =>
      !(parsed instanceof SlsaGateError) && parsed.kind === 'bundle' && parsed.claimedPredicateType === label,
  );
}

function foreseeLayer(unit: Unit): Foresight {
  const [known] = knownBundles(unit);
  if (known === undefined) throw new TypeError('a layer without an attestation');
  const enough = (taken: Parameters<typeof meetsProfile>[2]): Remains | undefined =>
    meetsProfile(known.verified, known.thresholds, taken) ? 'enough logs and times remain' : undefined;
  const ignored = (path: Path): Ignored | undefined => {
    const [part, name] = path;
    return part === 'annotations' &&
      typeof name === 'string' &&
      !name.startsWith('dev.sigstore.cosign/') &&
      name !== 'dev.cosignproject.cosign/signature'
      ? 'label of an OCI layer'
      : undefined;
  };
  return {
    ignored,
    remains(path) {
      if (path[0] !== 'annotations' || path.length > 2) return ignored(path);
      switch (path[1]) {
        case 'dev.sigstore.cosign/chain':
          return 'the end of a chain that the root knows';
        case 'dev.sigstore.cosign/bundle':
          return enough({ entries: 'all' });
        case 'dev.sigstore.cosign/rfc3161timestamp':
          return enough({ timestamps: 'all' });
        case 'dev.cosignproject.cosign/signature':
          return valueAt(unit.document, path) === '' ? 'the default, spelt out' : undefined;
        default:
          return ignored(path);
      }
    },
  };
}

function foreseeEnvelope({ context }: Unit): Foresight {
  const isKeyid = (path: Path): boolean => printPath(path) === 'signatures[].keyid';
  const isNamed = context.trust.keys.some(({ id }) => id !== undefined);
  return {
    ignored: (path) => (isKeyid(path) && !isNamed ? 'key id of an envelope' : undefined),
    remains: (path) => (isKeyid(path) ? 'key id of an envelope' : undefined),
  };
}

const foreseeCloudBuild = (): Foresight => {
  const ignored = (path: Path): Ignored | undefined =>
    HOUSEKEEPING.test(printPath(path)) ? 'housekeeping of Cloud Build' : undefined;
  return { ignored, remains: ignored };
};
