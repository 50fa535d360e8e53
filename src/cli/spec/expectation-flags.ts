import { choice, type FlagSpecs, repeatable, text } from './flag.ts';

const SOURCE = 'SOURCE';
const BUILD = 'BUILD';
const PACKAGE = 'PACKAGE';
const SUMMARY = 'VERIFICATION SUMMARY';

/** What must hold of the provenance; names as in slsa-verifier and cosign where those have one. */
export const EXPECTATION_FLAGS: FlagSpecs = {
  'source-uri': text(
    SOURCE,
    '<uri>',
    'Repository it must be built from, e.g. github.com/owner/name; alone it means a builder of the catalogue signed',
  ),
  'source-branch': text(SOURCE, '<name>', 'Branch it must be built from'),
  'source-tag': text(SOURCE, '<name>', 'Tag it must be built from'),
  'source-versioned-tag': text(
    SOURCE,
    '<version>',
    'Version that the tag must belong to: v1 and v1.2 accept v1.2.3',
  ),
  'source-commit': text(SOURCE, '<hex>', 'Commit it must be built from'),
  'source-repository-id': text(SOURCE, '<id>', 'Numeric id of the source repository'),
  'source-owner-id': text(SOURCE, '<id>', 'Numeric id of the owner of the source repository'),

  'builder-id': text(BUILD, '<uri>', 'Builder that must have built it, with or without @ref'),
  'build-workflow-input': repeatable(BUILD, '<k=v>', 'Workflow input that the build must have had'),
  'build-trigger': text(BUILD, '<event>', 'Event that must have started the build, e.g. push'),
  'runner-environment': text(BUILD, '<name>', 'Runner that must have built it, e.g. github-hosted'),
  'predicate-type': text(BUILD, '<uri>', 'Predicate type that the attestation must have'),
  'min-level': choice(BUILD, ['1', '2', '3'], 'SLSA build level that must be reached'),

  'npm-package': text(PACKAGE, '<name>', 'npm package that the attestation must be about'),
  'npm-version': text(PACKAGE, '<version>', 'Version of the npm package; needs --npm-package'),
  'pypi-repository': text(
    PACKAGE,
    '<uri>',
    'Repository of the PyPI trusted publisher, e.g. github.com/owner/name',
  ),
  'pypi-workflow': text(PACKAGE, '<file>', 'Workflow of the PyPI trusted publisher; needs --pypi-repository'),
  'subject-name': text(PACKAGE, '<name>', 'Name that the matching subject must have'),
  'subject-digest': text(
    PACKAGE,
    '<alg:value>',
    'Subject that is no artifact, such as an image id of a cloud; stands in for ARTIFACT',
  ),

  'verifier-id': text(SUMMARY, '<uri>', 'Verifier that must have written the summary'),
  'resource-uri': text(SUMMARY, '<uri>', 'Resource that the summary must be about'),
  'verified-level': repeatable(
    SUMMARY,
    '<level>',
    'Level that the summary must state, e.g. SLSA_BUILD_LEVEL_3',
  ),
  'policy-digest': text(SUMMARY, '<alg:value>', 'Policy that the summary must be made under'),
  'summary-max-age': text(
    SUMMARY,
    '<duration>',
    'Refuse a summary that says it was made longer ago, or does not say when, e.g. 30d',
  ),
};

/** Summaries out of logs, and the log in which one must stand. */
export const SUMMARY_LOG_FLAGS: FlagSpecs = {
  'evidence-log': repeatable(
    SUMMARY,
    '<folder>',
    'Export of an evidence log: its summaries, each with its proof',
  ),
  'evidence-log-key': text(
    SUMMARY,
    '<vkey>',
    'Key of the evidence log in which the summary must be proven to stand, NAME+HASH+KEY',
  ),
};
