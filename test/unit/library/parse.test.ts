import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  parseArtifactReference,
  parseBundle,
  parseDigest,
  parseSourceUri,
  parseStatement,
  parseTrustedRoot,
} from '../../../src/index.ts';
import { refusal } from '../cli/command.ts';
import { REAL, ROOT } from './cases.ts';

describe('parseBundle', () => {
  it('reads bytes and text alike, and keeps nothing of its own in what it hands out', () => {
    const bundle = parseBundle(REAL.bundle);
    expect(parseBundle(REAL.bundle.toString())).toEqual(bundle);
    expect(bundle).toMatchObject({
      version: '0.3',
      verificationKey: { kind: 'certificate', others: [] },
      content: { kind: 'dsse', payloadType: 'application/vnd.in-toto+json' },
      logEntries: [{ kind: 'dsse', version: '0.0.1' }],
    });
    expect(Object.keys(bundle)).not.toContain('json');
  });

  it('hands its payload on to parseStatement', () => {
    const { content } = parseBundle(REAL.bundle);
    const statement = parseStatement(content.kind === 'dsse' ? content.payload : '');
    expect(statement).toMatchObject({
      predicateType: 'https://slsa.dev/provenance/v1',
      subjects: [{ name: 'pkg:npm/sigstore@5.0.0', digest: { sha512: REAL.sha512 } }],
    });
  });

  it.each([
    ['', 'json.malformed'],
    ['{"a":1,"a":2}', 'json.duplicate-key'],
    ['{"mediaType":"\ud800"}', 'json.malformed'],
    ['{"mediaType":"x"}', 'bundle.'],
  ])('refuses %j', (text, code) => {
    expect(() => parseBundle(text)).toThrow(
      expect.objectContaining({ name: 'SlsaGateError', finding: expect.stringContaining(code) }),
    );
  });
});

describe('the other parsers', () => {
  it('refuse with the code of what they read', () => {
    expect(() => parseStatement('{}')).toThrow(refusal('statement.type'));
    expect(() => parseTrustedRoot('{}', 'x')).toThrow(refusal('trust.malformed'));
    expect(() => parseDigest('md5:00')).toThrow(refusal('subject.digest-format'));
    expect(() => parseSourceUri('http://github.com/o/r')).toThrow(refusal('source.malformed'));
    expect(() => parseArtifactReference('')).toThrow(refusal('usage.no-artifact'));
    expect(() => parseArtifactReference('pkg:npm/x')).toThrow(refusal('usage.artifact'));
  });

  it('read their forms', () => {
    const hex = 'ab'.repeat(32);
    expect(parseDigest(`sha256:${hex}`)).toEqual({ algorithm: 'sha256', value: hex });
    expect(parseSourceUri('git+https://github.com/Octo-Org/Widget').uri).toBe(
      'https://github.com/octo-org/widget',
    );
    expect(parseArtifactReference('dist/widget.tgz')).toEqual({ kind: 'file', path: 'dist/widget.tgz' });
    expect(parseArtifactReference(`pkg:npm/x@1?checksum=sha256:${hex}`)).toMatchObject({
      kind: 'purl',
      digests: { sha256: hex },
    });
  });

  it('tell what a trusted root trusts, and how much it demands', () => {
    const github = readFileSync(new URL('../../../testdata/trust/github/trusted_root.json', import.meta.url));
    expect(parseTrustedRoot(github, 'github').thresholds).toEqual({ log: 0, sct: 0, tsa: 1, time: 1 });
    const ours = parseTrustedRoot(ROOT.bytes, 'ours');
    expect(ours.thresholds).toEqual({ log: 1, sct: 1, tsa: 0, time: 1 });
    expect(ours.entries.map(({ kind }) => kind).sort()).toEqual([
      'certificate-authority',
      'certificate-log',
      'timestamp-authority',
      'transparency-log',
      'transparency-log',
    ]);
  });
});
