import { page } from './page.ts';

const ASK_AGAIN = 'Run again later; slsa-gate doctor shows which source does not answer.';
const LIMITS_HINT = 'Name fewer sources, or remove what does not belong to the artifact from the source.';

/** Codes of sources that are asked over the network. */
export const SOURCE_CODES = {
  'source.unavailable': page(
    'indeterminate',
    'a source of attestations could not be read',
    'What was not read may hold the decisive attestation.',
    'Mend the source and run again; slsa-gate doctor shows what does not answer.',
  ),
  'source.http-status': page(
    'indeterminate',
    'a server did not answer as expected',
    'An error page is no content, and an error is no proof that something is absent.',
    ASK_AGAIN,
  ),
  'source.unauthorized': page(
    'indeterminate',
    'a server wants credentials, or does not accept those it got',
    'What may not be read may be there.',
    'Run slsa-gate doctor: it shows which credential is used for which host, and what it may read.',
  ),
  'source.rate-limited': page(
    'indeterminate',
    'a server answers no more requests for now',
    'What was not read may be decisive.',
    'Wait until the limit is renewed, or use a credential with a larger one.',
  ),
  'source.timeout': page(
    'indeterminate',
    'a server did not answer in time',
    'What was not read may be decisive.',
    'Run again later, or give more time with --timeout.',
  ),
  'source.blocked-address': page(
    'usage',
    'an address that must not be asked',
    "Addresses of the machine's own network are not reached by names from outside.",
    'List it with --allow-host HOST:PORT if it is yours.',
  ),
  'source.host-refused': page(
    'indeterminate',
    'an answer leads to a host that is not allowed',
    'Whoever writes the answer must not choose whom we ask.',
    'If the host belongs to the source, allow it with --allow-host.',
  ),
  'source.malformed-response': page(
    'indeterminate',
    'an answer of a server cannot be read',
    'Unreadable is not the same as empty.',
    ASK_AGAIN,
  ),
  'source.bundle-undecodable': page(
    'indeterminate',
    'an attestation that a source lists cannot be decoded',
    'The entry is there; what it says is not known.',
    ASK_AGAIN,
  ),
  'source.page-limit': page(
    'indeterminate',
    'a list of a server has more pages than are read',
    'The decisive entry may be on a later page.',
    LIMITS_HINT,
  ),
  'source.offline': page(
    'indeterminate',
    'a source was not asked, because of --offline',
    'What was not read may be decisive.',
    'Run without --offline, or give the attestations with --bundle.',
  ),
  'source.unsupported': page(
    'usage',
    'the server has no such interface',
    'Nothing can be asked there.',
    'Use another source, such as the registry or --bundle.',
  ),
  'usage.bad-identifier': page(
    'usage',
    'a name that has characters which such names have not',
    'Names become part of an address, and nothing in them may lead elsewhere.',
    'Write the name as the server shows it.',
  ),
  'limit.pages': page(
    'indeterminate',
    'pages of a list lead to each other without end',
    'The list cannot be read to its end.',
    ASK_AGAIN,
  ),
  'limit.response': page(
    'indeterminate',
    'an answer of a server is larger than allowed',
    'Answers are bounded before they are read; what was not read may be decisive.',
    LIMITS_HINT,
  ),
  'limit.time': page(
    'indeterminate',
    'an answer comes too slowly',
    'What was not read may be decisive.',
    'Run again later, or give more time with --timeout.',
  ),
  'limit.decompressed': page(
    'indeterminate',
    'compressed content is larger than allowed',
    'Small content must not grow without end.',
    LIMITS_HINT,
  ),
  'registry.digest-mismatch': page(
    'deny',
    'content does not have the digest that names it',
    'Somebody replaced it.',
    'Copy the image again from where it was built; report the registry that gave other content.',
  ),
  'registry.malformed-response': page(
    'indeterminate',
    'a manifest or index cannot be read',
    'Unreadable is not the same as empty.',
    'Run again; if it stays, copy the image again.',
  ),
  'registry.ambiguous-manifest': page(
    'deny',
    'a manifest that can be read as image and as index',
    'Two readers would see two contents.',
    'Rebuild the image.',
  ),
  'registry.unsupported-manifest': page(
    'deny',
    'a manifest of a kind that is not supported',
    'Its content cannot be bound by digest.',
    'Convert the image to an OCI image manifest.',
  ),
  'registry.not-found': page(
    'deny',
    'the registry has no such image or package',
    'There is nothing to decide about.',
    'Compare registry, name and tag, version or digest with what was pushed.',
  ),
  'registry.tag-moved': page(
    'deny',
    'the tag names another image than the one that was decided on',
    'What was decided on is not what would be promoted.',
    'Find out who moves the tag, then decide again, by the digest that the answer names.',
  ),
  'registry.realm-refused': page(
    'indeterminate',
    'the registry names a token server that must not be asked',
    'Credentials must not be sent to whom the registry pleases.',
    'List the token server with --allow-host if it is yours.',
  ),
  'registry.write-failed': page(
    'indeterminate',
    'the registry did not take what was to be attached',
    'Nothing that others look for was stored.',
    'Run slsa-gate doctor: it shows whether the credential may push.',
  ),
  'release.not-found': page(
    'deny',
    'there is no such release, or no such file in it',
    'There is nothing to decide about.',
    'Compare repository, tag and file name with the release.',
  ),
  'subject.platform-not-covered': page(
    'deny',
    'the attestation is about the other side of an index: the whole, or another platform',
    'An index commits to its platforms, no platform commits to its index.',
    'Promote the index, or name it with --via-index when the policy may rely on it.',
  ),
  'npm.integrity': page(
    'deny',
    'the package has not the digest that the registry names',
    'Somebody replaced it.',
    'Install it again from the registry, and report it.',
  ),
  'npm.provenance-lost': page(
    'deny',
    'an earlier version has provenance, and this one has none',
    'A stolen token publishes without the workflow that attested before.',
    'Publish with provenance again; look at who published this version.',
  ),
  'clock.skew': page(
    'indeterminate',
    'this clock and that of a witness or of the servers differ',
    'Certificates and ages are checked against a clock that may be wrong.',
    'Synchronise the clock (NTP) and run again.',
  ),
  'credential.unusable': page(
    'usage',
    'a credential cannot be used',
    'Nothing was asked.',
    'Mend the file or helper that is named; slsa-gate doctor shows where credentials come from.',
  ),
  'tlog.entry-removed': page(
    'deny',
    'the log no longer holds the entry at its place',
    'A log that forgets was rebuilt or is not the one that was used.',
    'Report it to the operator of the log; rebuild the artifact.',
  ),
  'log.inconsistent': page(
    'deny',
    'the log shows another history than the attestation',
    'A log with two histories proves nothing.',
    'Report it to the operator of the log.',
  ),
} as const;
