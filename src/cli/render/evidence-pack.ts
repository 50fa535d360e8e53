import type { PackAbout } from '../../app/evidence/export.ts';
import { PACK, RECORD_FILES } from '../../app/evidence/pack.ts';
import { toMarkdownCode } from '../escape/markdown.ts';

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** README.md of an export. Names of strangers stand in code spans; nothing in it is verified later. */
export const renderPackReadme = ({
  origin,
  verifierId,
  treeSize,
  recordKeys,
  checkpointKeys,
  records,
}: PackAbout): string =>
  [
    '# Records of slsa-gate',
    '',
    `Out of the log ${toMarkdownCode(origin)} of the verifier ${toMarkdownCode(verifierId)}, when it had ${treeSize} leaves.`,
    '',
    row(['position', 'record', 'verdict', 'environment', 'artifact', 'named', 'appended at']),
    row(['---', '---', '---', '---', '---', '---', '---']),
    ...records.map(({ seq, recordId, type, verdict, environment, artifactDigest, reference, appendTime }) =>
      row([
        String(seq),
        ...[
          recordId,
          verdict ?? type,
          environment ?? 'none',
          artifactDigest ?? 'none',
          reference ?? 'none',
          appendTime,
        ].map(toMarkdownCode),
      ]),
    ),
    '',
    '## Verify it',
    '',
    'Believe nothing of this file, and none of the keys that lie here: whoever gave you the folder may have written them.',
    'Get origin and keys from the people who run the log, on another way, and run:',
    '',
    '```sh',
    'slsa-gate evidence verify --pack . --origin ORIGIN --record-key RECORDS.pem --checkpoint-key VKEY',
    '```',
    '',
    'Where an identity signs the records, name it in place of a key:',
    '`--certificate-identity NAME --certificate-oidc-issuer ISSUER --trusted-root FILE`.',
    '',
    'Exit 0 means that every record stands in the log that signed the checkpoint, is signed, and has all its material;',
    'what it says is then printed. `--artifact sha256:...` and `--environment NAME` refuse a folder that is about something else.',
    '',
    '## What lies here',
    '',
    row(['path', 'what']),
    row(['---', '---']),
    row([`\`${PACK.checkpoint}\``, 'signed head of the log (C2SP tlog-checkpoint)']),
    row([
      `\`${PACK.records}ID/${RECORD_FILES.record}\``,
      'the signed record: an in-toto statement in a DSSE envelope, or in a Sigstore bundle with one',
    ]),
    row([
      `\`${PACK.records}ID/${RECORD_FILES.summary}\``,
      'the verification summary (SLSA VSA v1), in the same form',
    ]),
    row([`\`${PACK.records}ID/${RECORD_FILES.leaf}\``, 'the leaf of the log, which names both by digest']),
    row([
      `\`${PACK.records}ID/${RECORD_FILES.proof}\``,
      'proof that the leaf stands in the log (C2SP tlog-proof)',
    ]),
    row([
      `\`${PACK.materials}SHA256\``,
      'what was decided on, by digest: policy, attestations, trusted roots',
    ]),
    row([
      `\`${PACK.keys}\``,
      'keys, identities and their roots, to compare with those that you got elsewhere',
    ]),
    '',
    '## Keys, to compare',
    '',
    ...recordKeys.map((key) => `- of records: ${toMarkdownCode(key)}`),
    ...checkpointKeys.map((vkey) => `- of checkpoints: ${toMarkdownCode(vkey)}`),
    '',
  ].join('\n');
