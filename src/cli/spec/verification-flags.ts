import { choice, type FlagSpecs, repeatable, text, toggle } from './flag.ts';

const EVIDENCE = 'EVIDENCE';
const SIGNER = 'SIGNER';
const THRESHOLDS = 'THRESHOLD';
const UNSAFE = 'UNSAFE';
const OUTPUT = 'OUTPUT';

export const BUNDLE_FLAGS: FlagSpecs = {
  bundle: repeatable(
    EVIDENCE,
    '<file>',
    'Attestations: a file, JSON lines, a directory, or - for standard input',
  ),
};

export const TRUST_FLAGS: FlagSpecs = {
  'trusted-root': repeatable(
    EVIDENCE,
    '<name|file>',
    'Trusted root: public-good, staging, github, a trusted_root.json or a pack; default public-good and github',
  ),
};

export const TRUST_AGE_FLAGS: FlagSpecs = {
  'max-trust-age': text(
    EVIDENCE,
    '<duration>',
    'Refuse a trusted root that was last known current longer ago, e.g. 30d or 12h',
  ),
};

export const CATALOGUE_FLAGS: FlagSpecs = {
  catalogue: text(
    EVIDENCE,
    '<file>',
    'Which builder reaches which SLSA build level, in place of what ships with the package',
  ),
};

export const OFFLINE_FLAGS: FlagSpecs = {
  offline: toggle(EVIDENCE, 'Use no network'),
};

export const MATERIAL_FLAGS: FlagSpecs = {
  'min-bundle-version': choice(EVIDENCE, ['0.1', '0.2', '0.3'], 'Refuse older Sigstore bundle versions'),
  verifier: choice(
    EVIDENCE,
    ['both', 'strict'],
    'Verifiers that must accept; both (the default) adds @sigstore/verify as a second opinion',
  ),
};

export const SIGNER_FLAGS: FlagSpecs = {
  'certificate-identity': text(
    SIGNER,
    '<san>',
    'Exact subject alternative name of the certificate; needs an issuer',
  ),
  'certificate-identity-regexp': text(
    SIGNER,
    '<re2>',
    'Pattern of the subject alternative name, anchored as ^...$',
  ),
  'certificate-oidc-issuer': text(SIGNER, '<url>', 'Exact OIDC issuer of the certificate'),
  'certificate-oidc-issuer-regexp': text(SIGNER, '<re2>', 'Pattern of the OIDC issuer, anchored as ^...$'),
  key: text(SIGNER, '<file>', 'PEM file with the public key that must have signed, instead of a certificate'),
  'key-id': text(
    SIGNER,
    '<id>',
    'Id of the key: a bundle must name it, a bare envelope must not name another; needs --key',
  ),
  'key-not-before': text(SIGNER, '<time>', 'The key signs from this RFC 3339 time on; needs --key'),
  'key-not-after': text(SIGNER, '<time>', 'The key signs up to this RFC 3339 time; needs --key'),
};

export const THRESHOLD_FLAGS: FlagSpecs = {
  'tlog-threshold': text(THRESHOLDS, '<n>', 'Distinct transparency logs that must hold the signature'),
  'sct-threshold': text(THRESHOLDS, '<n>', 'Distinct certificate logs that must hold the certificate'),
  'tsa-threshold': text(THRESHOLDS, '<n>', 'Distinct timestamp authorities that must confirm the time'),
  'time-threshold': text(THRESHOLDS, '<n>', 'Distinct verified times of any kind'),
};

export const UNSAFE_FLAGS: FlagSpecs = {
  'unsafe-no-tlog': toggle(UNSAFE, 'Demand no transparency log entry'),
  'unsafe-no-sct': toggle(UNSAFE, 'Demand no signed certificate timestamp'),
  'unsafe-no-timestamp': toggle(UNSAFE, 'Demand no verified time'),
};

export const UNSAFE_BUILDER_FLAGS: FlagSpecs = {
  'unsafe-allow-builder-ref': toggle(UNSAFE, 'Accept a builder called at a branch or a moving tag'),
};

export const UNBOUND_FLAGS: FlagSpecs = {
  'allow-unbound': toggle(
    UNSAFE,
    'Verify the bundle without an artifact; nothing is bound to it, and the answer says so',
  ),
};

export const REPORT_FLAGS: FlagSpecs = {
  format: choice(
    OUTPUT,
    ['text', 'json', 'sarif', 'junit', 'markdown'],
    'Form of the answer; text is the default',
  ),
  json: toggle(OUTPUT, 'The same as --format json'),
  output: text(
    OUTPUT,
    '<file>',
    'Write the answer to this file, in place of an earlier one; its text form then goes to standard error',
  ),
  quiet: toggle(OUTPUT, 'Print only the verdicts in text form'),
  debug: toggle(OUTPUT, 'Show stack traces of internal errors'),
};

/** For commands whose answer is no decision. */
export const DOCUMENT_FLAGS: FlagSpecs = {
  format: choice(OUTPUT, ['text', 'json'], 'Form of the answer; text is the default'),
  json: toggle(OUTPUT, 'The same as --format json'),
  debug: toggle(OUTPUT, 'Show stack traces of internal errors'),
};
