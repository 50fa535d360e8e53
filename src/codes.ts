import { EVIDENCE_CODES } from './codes/evidence.ts';
import { type CodePage, page } from './codes/page.ts';
import { POLICY_CODES } from './codes/policy.ts';
import { SOURCE_CODES } from './codes/sources.ts';

export type { Answer, CodePage } from './codes/page.ts';

const REBUILD = 'Obtain the attestation again from where it was published; if it is the same there, rebuild.';
const ASK_BUILDER = 'Compare the expectation with what was built; change one of them, never both at once.';

/**
 * Every dotted code that slsa-gate can answer with: a closed list, never reused, one page each in docs/codes.md.
 * Code to page: `CODES['source.tag'].hint`.
 */
export const CODES = {
  // A rule that could not be asked.
  'rule.not-evaluated': page(
    'indeterminate',
    'the rule was not evaluated',
    'It needs what an earlier rule did not prove, and what is not known never passes.',
    'Mend the rule that failed first.',
  ),

  // Outcomes that hold.
  ok: page('pass', 'the rule holds', 'What was expected is what was proven.', 'Nothing to do.'),

  // The attestation as a whole.
  'attestation.missing': page(
    'deny',
    'no attestation for this artifact',
    'All sources answered and none had a matching attestation; nothing proves where the artifact comes from.',
    'Attach provenance to exactly these bytes, or name the bundle that holds it with --bundle.',
  ),
  'attestation.other-artifact': page(
    'deny',
    'the attestation is about another artifact',
    'An attestation of other bytes proves nothing about these.',
    'Name the bundle that belongs to this artifact.',
  ),
  'attestation.unverified': page(
    'deny',
    'the attestation was not verified',
    'Text that nobody signed is no evidence.',
    REBUILD,
  ),
  'attestation.format': page(
    'deny',
    'not a known form of attestation',
    'Only formats with defined verification are read.',
    'Give a Sigstore bundle, a DSSE envelope, npm or PyPI attestations, or Cloud Build provenance.',
  ),

  // JSON and bundle form.
  'json.malformed': page(
    'deny',
    'not valid JSON in UTF-8',
    'Parsers that mend broken input disagree with each other.',
    REBUILD,
  ),
  'json.duplicate-key': page(
    'deny',
    'a JSON key appears twice',
    'Which of the two counts depends on the parser.',
    REBUILD,
  ),
  'json.forbidden-key': page(
    'deny',
    'a JSON key that reaches into object prototypes',
    'Keys such as __proto__ change objects instead of filling them.',
    REBUILD,
  ),
  'bundle.malformed': page(
    'deny',
    'the bundle lacks a field or has one of the wrong form',
    'A field that cannot be read cannot be checked.',
    REBUILD,
  ),
  'bundle.unknown-field': page(
    'deny',
    'the bundle has a field nobody defined',
    'A field that one reader ignores and another obeys is a way around the check.',
    REBUILD,
  ),
  'bundle.version': page(
    'deny',
    'unknown bundle media type',
    'The version decides what a bundle must contain.',
    'Use a client that writes bundle v0.1, v0.2 or v0.3.',
  ),
  'bundle.version-downgrade': page(
    'deny',
    'the bundle is labelled as an older version than its content',
    'Older versions demand less proof.',
    REBUILD,
  ),
  'bundle.too-old': page(
    'deny',
    'the bundle version is below the required one',
    'Older bundle versions carry weaker proof of logging.',
    'Sign again with a client that writes the required version.',
  ),
  'bundle.oneof': page(
    'deny',
    'alternatives that exclude each other are both present, or none is',
    'Each reader would verify another one.',
    REBUILD,
  ),
  'bundle.base64': page(
    'deny',
    'base64 that is not canonical',
    'Several encodings of one value evade caches and logs.',
    REBUILD,
  ),
  'bundle.inconsistent': page(
    'deny',
    'parts of the bundle contradict each other',
    'What is stated twice must be the same.',
    REBUILD,
  ),
  'bundle.duplicate': page(
    'deny',
    'a log entry or timestamp stands twice in the bundle',
    'Evidence counts once, however often it is repeated; a copy says nothing and makes one bundle look like another.',
    REBUILD,
  ),
  'limit.bytes': page(
    'deny',
    'larger than the limit',
    'Size is bounded before anything is parsed.',
    'Check that the file is an attestation; raise no limit for a stranger.',
  ),
  'limit.bundle': page(
    'deny',
    'more elements than the limit',
    'Work is bounded before any cryptography.',
    'Check where the attestation comes from.',
  ),
  'limit.depth': page('deny', 'nested too deeply', 'Depth bombs exhaust parsers.', REBUILD),
  'limit.attestations': page(
    'indeterminate',
    'more attestations than can be considered',
    'A search that was cut short proves nothing about what was not read.',
    'Give fewer attestations, or only those of this artifact.',
  ),
  'limit.graph': page(
    'indeterminate',
    'manifests too large or nested too deeply to follow',
    'A search that was cut short proves nothing about what was not read.',
    'Copy the image alone, with its attestations, into a new layout.',
  ),

  // DSSE and statement.
  'dsse.signature': page(
    'deny',
    'the envelope signature does not verify',
    'The payload is not what the signer signed.',
    REBUILD,
  ),
  'dsse.signature-count': page(
    'deny',
    'not exactly one signature',
    'With several signatures each reader may pick another one.',
    'Publish one bundle a signature.',
  ),
  'dsse.payload-type': page(
    'deny',
    'the payload is not an in-toto statement',
    'A signature over something else says nothing about artifacts.',
    'Give an attestation whose payload type is application/vnd.in-toto+json.',
  ),
  'dsse.keyid': page(
    'deny',
    'the key id is not that of the expected key',
    'The envelope names another key than the one that must have signed.',
    'Give the key that belongs to this id.',
  ),
  'signature.mismatch': page(
    'deny',
    'the signature does not verify over the artifact',
    'The artifact is not what the signer signed.',
    'Check that artifact and bundle belong together.',
  ),
  'signature.algorithm': page(
    'deny',
    'signature algorithm or key type outside the fixed table',
    'Weak or ambiguous algorithms are not accepted.',
    'Sign with ECDSA P-256, P-384 or P-521, Ed25519 or RSA of at least 2048 bits and SHA-256 or stronger.',
  ),
  'signature.needs-bytes': page(
    'deny',
    'this signature can only be checked with the artifact itself',
    'Ed25519 signs the bytes, not their digest.',
    'Give the file instead of its digest.',
  ),
  'statement.malformed': page(
    'deny',
    'the signed payload is not a well-formed statement',
    'A payload that cannot be read cannot be bound to an artifact.',
    REBUILD,
  ),
  'statement.type': page(
    'deny',
    'unknown statement type',
    'Only in-toto Statement v0.1 and v1 are defined.',
    'Use a client that writes in-toto Statement v1.',
  ),
  'predicate.type': page(
    'deny',
    'the predicate is of another type',
    'A true statement about something else is not provenance.',
    'Give the attestation of the expected type, or change --predicate-type.',
  ),
  'predicate.type-mismatch': page(
    'deny',
    'the label outside differs from the signed predicate type',
    'Only the signed type counts.',
    REBUILD,
  ),
  'predicate.schema': page(
    'deny',
    'the predicate does not have the form of its type',
    'Fields that are missing or of another type cannot be checked.',
    REBUILD,
  ),

  // Subject.
  'subject.empty': page(
    'deny',
    'the statement names no subject',
    'A statement about nothing would fit every artifact.',
    REBUILD,
  ),
  'subject.mismatch': page(
    'deny',
    'the artifact is not among the subjects',
    'The statement is about other bytes.',
    'Check that artifact and attestation belong together.',
  ),
  'subject.digest-conflict': page(
    'deny',
    'one digest of the subject matches and another contradicts',
    'A weaker or second digest that disagrees shows tampering.',
    REBUILD,
  ),
  'subject.weak-digest': page(
    'deny',
    'the subject has no digest of at least 256 bits',
    'Collisions in weaker digests can be made.',
    'Attest with sha256 or stronger.',
  ),
  'subject.digest-format': page(
    'deny',
    'a digest whose length or form does not fit its algorithm',
    'A mislabelled digest could be compared with the wrong thing.',
    REBUILD,
  ),
  'subject.name': page(
    'deny',
    'the subject has another name than the one expected',
    'The digest fits, but the attestation calls the artifact something else.',
    ASK_BUILDER,
  ),

  // Certificate and SCT.
  'cert.untrusted': page(
    'deny',
    'the certificate does not lead to a trusted authority',
    'Anybody can make a certificate of his own.',
    'Check that the bundle belongs to this trust root; --trusted-root names another.',
  ),
  'cert.required': page(
    'deny',
    'signed by a bare key where a certificate is required',
    'A key hint carries no identity.',
    'Name the key with --key, or give a bundle with a certificate.',
  ),
  'cert.malformed': page(
    'deny',
    'the certificate is not well-formed',
    'Readers disagree about malformed certificates.',
    REBUILD,
  ),
  'cert.eku': page(
    'deny',
    'the certificate is not for code signing',
    'It was issued for another purpose.',
    REBUILD,
  ),
  'cert.leaf-is-ca': page(
    'deny',
    'the signing certificate is itself an authority',
    'An authority key must not sign artifacts.',
    REBUILD,
  ),
  'cert.critical-ext': page(
    'deny',
    'an unknown critical extension',
    'The issuer demands that whoever does not understand it refuses.',
    REBUILD,
  ),
  'cert.san-count': page(
    'deny',
    'not exactly one subject alternative name',
    'Each reader might take another identity.',
    REBUILD,
  ),
  'cert.string-encoding': page(
    'deny',
    'a certificate string has bytes that its type does not allow',
    'Such bytes can read as a trusted name after a careless decoding.',
    REBUILD,
  ),
  'cert.chain-validity': page(
    'deny',
    'an authority of the chain was not valid when the signature was made',
    'The chain must hold at every verified time.',
    REBUILD,
  ),
  'cert.issuer-conflict': page(
    'deny',
    'old and new issuer extensions contradict each other',
    'One of them would be believed by somebody.',
    REBUILD,
  ),
  'cert.claim-missing': page(
    'deny',
    'the certificate lacks a claim that was asked for',
    'What is absent cannot match.',
    'Rebuild with a current builder, whose certificates carry the claim.',
  ),
  'cert.claim-malformed': page(
    'deny',
    'a claim of the certificate is not in its defined form',
    'Claims are read from structured fields only.',
    REBUILD,
  ),
  'sct.missing': page(
    'deny',
    'no signed certificate timestamp',
    'The certificate was not publicly logged.',
    REBUILD,
  ),
  'sct.invalid': page(
    'deny',
    'a signed certificate timestamp does not verify',
    'The proof that the certificate was logged is not genuine.',
    REBUILD,
  ),
  'sct.threshold': page(
    'deny',
    'too few distinct certificate logs',
    'Several timestamps of one log are one witness.',
    REBUILD,
  ),
  'sct.key-validity': page(
    'deny',
    'a certificate log key was used outside its window',
    'Retired keys may have leaked.',
    REBUILD,
  ),

  // Time.
  'tsa.malformed': page(
    'deny',
    'a timestamp token is not well-formed',
    'A token that cannot be read proves no time.',
    REBUILD,
  ),
  'tsa.imprint': page('deny', 'a timestamp covers other data', 'It was made for another signature.', REBUILD),
  'tsa.signer': page(
    'deny',
    'a timestamp is not signed by a trusted authority',
    'Anybody can run a clock.',
    'Check that the bundle belongs to this trust root.',
  ),
  'tsa.signature': page(
    'deny',
    'the signature of a timestamp does not verify',
    'The token was altered.',
    REBUILD,
  ),
  'tsa.eku': page(
    'deny',
    'the timestamp certificate is not for time stamping alone',
    'It was issued for another purpose.',
    REBUILD,
  ),
  'tsa.authority-window': page(
    'deny',
    'a timestamp authority was used outside its window',
    'Retired authorities may have leaked their key.',
    REBUILD,
  ),
  'tsa.threshold': page(
    'deny',
    'too few distinct timestamp authorities',
    'Several tokens of one authority are one witness.',
    'Sign with timestamps of the required number of authorities.',
  ),
  'time.none': page(
    'deny',
    'no verified time',
    'Without one nobody knows whether the certificate was valid.',
    'Give a bundle with a log entry time or a timestamp.',
  ),
  'time.unauthenticated': page(
    'deny',
    'a time that nobody signed',
    'The signer could have written any time.',
    REBUILD,
  ),
  'time.cert-window': page(
    'deny',
    'signed outside the validity of the certificate',
    'Signing certificates live minutes; a later signature is not theirs.',
    REBUILD,
  ),
  'time.future': page(
    'deny',
    'a verified time lies in the future',
    'A witness whose clock runs ahead is no witness.',
    'Check the clock of this machine.',
  ),
  'time.threshold': page(
    'deny',
    'too few verified times',
    'The required number of independent times is not met.',
    'Sign with the required number of time sources.',
  ),
  'key.window': page(
    'deny',
    'the key was used outside its window',
    'A key that is retired or not yet valid must not sign.',
    'Sign again with a current key.',
  ),
  'key.unknown': page(
    'deny',
    'signed by a key that was not given',
    'Only keys you name are trusted.',
    "Give the signer's public key with --key.",
  ),

  // Transparency log.
  'tlog.missing': page(
    'deny',
    'no transparency log entry',
    'A signature that is not logged can be made in secret.',
    REBUILD,
  ),
  'tlog.lookup-offline': page(
    'indeterminate',
    'the log entry must be looked up and the network is off',
    'This old form carries no proof of its own.',
    'Run without --offline once the Rekor source is configured, or give a bundle that carries its log entry.',
  ),
  'tlog.kind': page(
    'deny',
    'kind or version of the log entry is unknown or contradicts its body',
    'An entry of another kind says something else.',
    REBUILD,
  ),
  'tlog.noncanonical': page(
    'deny',
    'the log entry body is not canonical JSON',
    'Readers disagree about such bodies.',
    REBUILD,
  ),
  'tlog.entry-mismatch': page(
    'deny',
    'the log entry is about another signature or digest',
    'An entry spliced in from elsewhere proves nothing.',
    REBUILD,
  ),
  'tlog.entry-key-mismatch': page(
    'deny',
    'the log entry names another key',
    "Somebody else's entry was spliced in.",
    REBUILD,
  ),
  'tlog.threshold': page(
    'deny',
    'too few distinct logs',
    'Several entries of one log are one witness.',
    REBUILD,
  ),
  'log.unknown': page(
    'deny',
    'the entry is from a log that is not trusted',
    'Anybody can run a log.',
    'Check that the bundle belongs to this trust root.',
  ),
  'log.set': page(
    'deny',
    'the signed entry timestamp does not verify',
    'The log did not promise this entry.',
    REBUILD,
  ),
  'log.inclusion': page(
    'deny',
    'the inclusion proof does not lead to the checkpoint',
    'The entry is not in the log.',
    REBUILD,
  ),
  'log.inclusion-missing': page(
    'deny',
    'the inclusion proof is missing',
    'This bundle version must carry one.',
    REBUILD,
  ),
  'log.checkpoint-malformed': page(
    'deny',
    'the checkpoint is not a well-formed signed note',
    'An unreadable tree head proves nothing.',
    REBUILD,
  ),
  'log.checkpoint-signature': page(
    'deny',
    'the checkpoint is not signed by the log',
    'The tree head is not genuine.',
    REBUILD,
  ),
  'log.origin': page(
    'deny',
    'the checkpoint is of another log',
    'Origin, name and key must belong to the same log.',
    REBUILD,
  ),
  'log.key-window': page(
    'deny',
    'the log key was used outside its window',
    'Retired log keys may have leaked.',
    REBUILD,
  ),

  // Cloud Build.
  'gcb.malformed': page(
    'deny',
    'the Cloud Build answer is not in its form',
    'Only the form that gcloud prints is read.',
    'Use gcloud artifacts docker images describe --format json --show-provenance.',
  ),
  'gcb.signature': page(
    'deny',
    'no signature by a pinned Cloud Build key',
    'The provenance was altered or is of an unknown region.',
    REBUILD,
  ),
  'gcb.text-mismatch': page(
    'deny',
    'the readable provenance differs from the signed one',
    'What people read must be what was signed.',
    REBUILD,
  ),
  'gcb.summary': page(
    'deny',
    'the image summary contradicts the artifact or itself',
    'Digest and names must agree.',
    REBUILD,
  ),

  // Trust.
  'trust.wrong-instance': page(
    'deny',
    'the bundle belongs to another Sigstore instance',
    'The policy names the instance that is trusted.',
    'Use the trust root of the instance that signed, if you trust it.',
  ),
  'trust.stale': page(
    'indeterminate',
    'the trust root is older than the limit',
    'Revocations since then are not known.',
    'Run slsa-gate trust update.',
  ),
  'trust.unavailable': page(
    'indeterminate',
    'the trust root cannot be had',
    'Without it nothing can be verified.',
    'Run slsa-gate trust update with network access, or give a pack with --trusted-root.',
  ),
  'trust.malformed': page(
    'usage',
    'the trust root file is not in its form',
    'A root that cannot be read trusts nobody.',
    'Fetch it again, or run slsa-gate trust export where it works.',
  ),
  'trust.validity-malformed': page(
    'usage',
    'a validity window of the trust root is missing its start or is inverted',
    'An open start would trust the key for all the past.',
    'Ask the operator of the instance for a correct trusted_root.json.',
  ),
  'trust.root-invalid': page(
    'indeterminate',
    'the new TUF root is not signed by the old one',
    'Somebody tries to replace the root of trust.',
    'Stop and ask the operator of the instance.',
  ),
  'trust.threshold': page(
    'indeterminate',
    'TUF metadata has too few distinct signatures',
    'One key counted twice is one signer.',
    'Stop and ask the operator of the instance.',
  ),
  'trust.threshold-invalid': page(
    'indeterminate',
    'TUF metadata has a threshold below one',
    'Nobody would have to sign.',
    'Stop and ask the operator of the instance.',
  ),
  'trust.rollback': page(
    'indeterminate',
    'TUF metadata is older than what was seen before',
    'Somebody hides an update.',
    'Try another network; if it stays, ask the operator.',
  ),
  'trust.hash-mismatch': page(
    'indeterminate',
    'a TUF file is not the one that signed metadata names',
    'Somebody mixes files of different times, or altered one.',
    'Try another network; if it stays, ask the operator.',
  ),
  'trust.expired': page(
    'indeterminate',
    'TUF metadata has expired',
    'Somebody hides an update, or the operator is late.',
    'Check the clock, then run slsa-gate trust update again.',
  ),
  'trust.bad-name': page(
    'indeterminate',
    'TUF metadata names a role or file that is no plain name',
    'Names must not become paths.',
    'Stop and ask the operator of the instance.',
  ),
  'trust.delegation': page(
    'indeterminate',
    'a delegated TUF role is not signed by its delegator',
    'Trust must pass along the chain.',
    'Stop and ask the operator of the instance.',
  ),
  'trust.oversize': page(
    'indeterminate',
    'TUF metadata is larger than the limit or unreadable',
    'Endless data must not exhaust the gate.',
    'Try another network; if it stays, ask the operator.',
  ),
  'trust.cache-corrupt': page(
    'indeterminate',
    'the cached trust root was altered',
    'What is read must be what was verified.',
    'Remove the cache directory and run slsa-gate trust update.',
  ),

  // Identity and builder.
  'identity.mismatch': page(
    'deny',
    'the signer is not the expected one',
    'Somebody else signed.',
    ASK_BUILDER,
  ),
  'identity.issuer': page(
    'deny',
    'another identity provider vouched for the signer',
    'Names are only unique within one issuer.',
    ASK_BUILDER,
  ),
  'identity.ref': page(
    'deny',
    'the signing workflow ran at another ref',
    'Other refs of the repository may hold other code.',
    ASK_BUILDER,
  ),
  'identity.workflow': page(
    'deny',
    'another workflow signed',
    "The workflow is part of the builder's identity.",
    ASK_BUILDER,
  ),
  'builder.unknown': page(
    'deny',
    'the signer is no builder of the catalogue',
    'Only known builders are trusted without being named.',
    'Name the builder with --builder-id, or the signer with --certificate-identity and --certificate-oidc-issuer.',
  ),
  'builder.mismatch': page(
    'deny',
    'another builder built it',
    'Certificate and provenance must name the expected builder.',
    ASK_BUILDER,
  ),
  'builder.ref': page(
    'deny',
    'the builder is not at a full version tag',
    'A branch or a moving tag can change under your feet.',
    'Call the builder at a vX.Y.Z tag.',
  ),
  'builder.build-type': page(
    'deny',
    'the build type does not belong to this builder version',
    'The fields of the provenance would be misread.',
    REBUILD,
  ),
  'npm.package': page(
    'deny',
    'the attestation is about another package',
    'Name or version differ.',
    ASK_BUILDER,
  ),
  'npm.attestations': page(
    'deny',
    'provenance or publish attestation of the package is missing or not acceptable',
    'npm packages are proven by the builder and by the registry together.',
    REBUILD,
  ),
  'npm.publish-not-provenance': page(
    'deny',
    'a publish attestation is no provenance',
    'It says who received the package, not who built it.',
    'Publish with npm publish --provenance.',
  ),
  'pypi.publisher': page(
    'deny',
    'another publisher uploaded it',
    'Repository or workflow differ from the trusted publisher.',
    ASK_BUILDER,
  ),

  // Source.
  'source.mismatch': page(
    'deny',
    'built from another repository',
    'The code is not the expected one.',
    ASK_BUILDER,
  ),
  'source.malformed': page(
    'deny',
    'the source URI is not in canonical form',
    'Ambiguous URIs can name two repositories.',
    'Write it as github.com/owner/repository.',
  ),
  'source.ref-type': page(
    'deny',
    'the source ref is of another kind',
    'A branch and a tag may share a name.',
    ASK_BUILDER,
  ),
  'source.branch': page(
    'deny',
    'built from another branch',
    'Other branches hold unreviewed code.',
    ASK_BUILDER,
  ),
  'source.tag': page('deny', 'built from another tag', 'The tag names the release.', ASK_BUILDER),
  'source.version': page(
    'deny',
    'the tag is not of the expected version',
    'The release is another one.',
    ASK_BUILDER,
  ),
  'source.inconsistent': page(
    'deny',
    'the provenance contradicts itself or the certificate about the source',
    'One of the statements is forged or wrong.',
    REBUILD,
  ),
  'source.commit': page(
    'deny',
    'commit of provenance and certificate differ',
    'The build used another commit than it claims.',
    REBUILD,
  ),
  'source.repo-id': page(
    'deny',
    'another repository under the same name',
    'Names can be registered again by somebody else.',
    ASK_BUILDER,
  ),
  'source.fork': page(
    'deny',
    'built from a pull request or a fork',
    'Anybody can open one.',
    'Build from the release branch.',
  ),

  // Parameters, trigger, runner, level.
  'params.unexpected': page(
    'deny',
    'a build parameter differs, is missing or was not expected',
    'Parameters steer the build.',
    ASK_BUILDER,
  ),
  'build.trigger': page(
    'deny',
    'triggered by another event',
    'Some events run code of strangers with the rights of the repository.',
    ASK_BUILDER,
  ),
  'runner.self-hosted': page(
    'deny',
    'built on a runner that is not hosted',
    'Its operator can interfere with the build.',
    'Build on a hosted runner, or lower --min-level knowingly.',
  ),
  'level.too-low': page(
    'deny',
    'the SLSA build level is below the required one',
    'The builder does not give the guarantees that were asked for.',
    'Use a builder whose catalogue row reaches the level.',
  ),

  // Verification summaries.
  'vsa.verifier': page(
    'deny',
    'another verifier wrote the summary',
    'Only verifiers that you name are believed.',
    ASK_BUILDER,
  ),
  'vsa.result': page(
    'deny',
    'the summary does not say PASSED',
    'The verifier refused the artifact.',
    "Read the verifier's own report.",
  ),
  'vsa.level': page(
    'deny',
    'the summary does not reach the level',
    'The verified levels are lower, unknown or of another track.',
    ASK_BUILDER,
  ),
  'vsa.resource': page(
    'deny',
    'the summary is about another resource',
    'It was made for another package or environment.',
    ASK_BUILDER,
  ),
  'vsa.policy-digest': page(
    'deny',
    'the summary was made under another policy',
    'An older policy may have asked for less.',
    'Have the verifier decide again.',
  ),
  'vsa.stale': page(
    'deny',
    'the summary is too old, undated or from the future',
    'What passed once need not pass today.',
    'Have the verifier decide again.',
  ),
  'vsa.self': page(
    'deny',
    'a summary of this gate itself',
    'A gate must not prove itself by its own earlier answer.',
    'Give the provenance.',
  ),

  // Two verifiers.
  'verifier.disagreement': page(
    'deny',
    'the two verifiers disagree',
    'One of them sees something the other does not.',
    'Keep the bundle and report it; do not fall back to one verifier.',
  ),

  // Registry layouts.

  // Paths and usage.
  'path.unsafe': page(
    'usage',
    'an unsafe path or name',
    'Names must not lead out of their folder.',
    'Use a plain relative or absolute path without control characters.',
  ),
  'path.symlink': page(
    'deny',
    'a link leads out of the folder',
    'What is read must lie where it was named.',
    'Replace the link by the file.',
  ),
  'path.not-found': page('usage', 'no such file', 'There is nothing to read.', 'Check the path.'),
  'path.directory': page(
    'usage',
    'a directory where a file is needed',
    'A directory has no digest.',
    'Name its files one by one, or use oci-layout:DIR for an image.',
  ),
  'path.unreadable': page(
    'usage',
    'the file cannot be read',
    'There is nothing to verify.',
    'Check permissions.',
  ),
  'path.changed': page(
    'indeterminate',
    'the file changed while it was read',
    'What is decided on must be what is promoted.',
    'Run again when nothing writes to the file.',
  ),
  'usage.no-artifact': page(
    'usage',
    'no artifact',
    'An answer about nothing would be an allow by accident.',
    'Name at least one file, digest, oci-layout:DIR or purl.',
  ),
  'usage.artifact': page(
    'usage',
    'not a form of artifact reference',
    'The artifact must be a file, a digest, oci-layout:DIR or a purl.',
    'Write sha256:<64 hex digits> for a digest.',
  ),
  'usage.no-bundle': page(
    'usage',
    'no attestation given',
    'Without network sources the bundle must be named.',
    'Give --bundle FILE, or name where attestations lie with --source, e.g. --source github:owner/repo.',
  ),
  'usage.command': page('usage', 'unknown command', 'Nothing was evaluated.', 'Run slsa-gate --help.'),
  'usage.flag': page(
    'usage',
    'a flag is unknown, incomplete or contradicts another',
    'Nothing was evaluated.',
    'Run the command with --help.',
  ),
  'usage.unsupported': page(
    'usage',
    'not supported yet',
    'Nothing was evaluated.',
    'See the documentation for what is supported.',
  ),
  'policy.identity-missing': page(
    'usage',
    'nobody says whom to trust',
    'Without an expected signer everybody with an account passes.',
    'Give --source-uri, --builder-id, --certificate-identity with --certificate-oidc-issuer, or --key.',
  ),
  'policy.unanchored': page(
    'usage',
    'a pattern that is not anchored at both ends',
    'An open pattern also matches names that merely contain it.',
    'Write it as ^...$ .',
  ),
  'policy.pattern': page(
    'usage',
    'a pattern that cannot be used',
    'Patterns are RE2, without look-around and back references.',
    'Mend the pattern.',
  ),
  'config.threshold': page(
    'usage',
    'a threshold below one',
    'Nothing would have to be proven.',
    'Use the --unsafe flag that says what you give up.',
  ),
  'config.forbidden-key': page(
    'usage',
    'a configuration key that reaches into object prototypes',
    'Keys such as __proto__ change objects instead of filling them.',
    'Remove the key that is named.',
  ),
  'config.insecure-url': page(
    'usage',
    'a URL that is not https',
    'What is fetched in the clear can be altered.',
    'Use https.',
  ),
  'config.invalid': page(
    'usage',
    'a configuration value is not usable',
    'Nothing was evaluated.',
    'Mend the value that is named.',
  ),
  'key.malformed': page(
    'usage',
    'the key file is not a usable public key',
    'Nothing can be verified with it.',
    'Give a PEM file with one public key.',
  ),
  'output.unwritable': page(
    'indeterminate',
    'the answer could not be written',
    'An answer that did not arrive is none, so it must not count as an allow.',
    'Free the disk, or keep the reader of standard output alive, and run again.',
  ),
  'internal.bug': page(
    'internal',
    'an error in slsa-gate itself',
    'The gate blocks when it does not understand itself.',
    'Report it with the output of --debug.',
  ),
  interrupted: page(
    'internal',
    'interrupted by a signal',
    'An unfinished answer is none; the exit code is 130 or 143, which block.',
    'Run again.',
  ),

  ...POLICY_CODES,
  ...EVIDENCE_CODES,
  ...SOURCE_CODES,
} as const satisfies Record<string, CodePage>;

/** A dotted code out of the closed list. */
export type Code = keyof typeof CODES;

/** Whether a text is a code of this version's list; newer versions add codes. */
export const isCode = (value: string): value is Code => Object.hasOwn(CODES, value);
