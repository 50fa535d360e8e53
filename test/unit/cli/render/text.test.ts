import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderText } from '../../../../src/cli/render/text.ts';
import { documentOf, finding, resultOf } from '../documents.ts';
import { ALL_HOSTILE, HOSTILE, RAW, withoutLineFeeds } from '../hostile.ts';
import { documentFull, documents } from './arbitrary-documents.ts';

const PLAIN = { colour: false, quiet: false };
const DIGEST = `sha256:${'a'.repeat(64)}`;

const DENIED = resultOf('deny', [
  finding('signature', 'pass'),
  finding('source-uri', 'fail', {
    expected: 'github.com/o/r',
    actual: 'github.com/evil/r',
    message: 'The source is another repository.',
    hint: 'Compare the two.',
  }),
  finding('min-level', 'not-evaluated', { message: 'not reached' }),
  finding('source-tag', 'not-evaluated', { message: 'not reached' }),
]);

describe('the text form', () => {
  it('gives the verdict first, then the failed rule with expected, found and one hint', () => {
    expect(renderText(documentOf('deny', [DENIED]), PLAIN)).toBe(
      `${[
        `deny  app.tgz  ${DIGEST}`,
        '  source-uri: source.mismatch',
        '    The source is another repository.',
        '    expected: github.com/o/r',
        '    found:    github.com/evil/r',
        '    hint: Compare the two.',
        '  not evaluated: min-level, source-tag',
      ].join('\n')}\n`,
    );
  });

  it('gives an allow in a few lines, with what it rests on', () => {
    const allowed = resultOf('allow', [finding('signature', 'pass'), finding('source-uri', 'pass')], {
      attestations: [
        {
          digest: DIGEST,
          source: 'file:a',
          verified: true,
          concernsArtifact: true,
          signer: { issuer: 'https://issuer', subject: 'https://signer' },
          findings: [],
        },
      ],
    });
    expect(renderText(documentOf('allow', [allowed]), PLAIN)).toBe(
      `${[
        `allow  app.tgz  ${DIGEST}`,
        '  SLSA build level 3, 2 rules passed',
        '  signed by: https://signer (https://issuer)',
      ].join('\n')}\n`,
    );
  });

  it('explains rules that were not reached when nothing else explains the verdict', () => {
    const result = resultOf('indeterminate', [
      finding('signature', 'not-evaluated', { message: 'no time left' }),
    ]);
    expect(renderText(documentOf('indeterminate', [result]), PLAIN)).toContain('    no time left\n');
  });

  it('says what was weakened, and how many attestations were about something else', () => {
    const result = resultOf('allow', [finding('signature', 'pass', { weakened: '--unsafe-no-sct' })], {
      attestations: [
        { digest: DIGEST, source: 'a', verified: true, concernsArtifact: false, findings: [] },
        { digest: DIGEST, source: 'b', verified: false, concernsArtifact: false, findings: [] },
      ],
    });
    const text = renderText(documentOf('allow', [result]), PLAIN);
    expect(text).toContain('  weakened: signature by --unsafe-no-sct\n');
    expect(text).toContain('  attestations that do not verify, not counted: 1\n');
    expect(text).toContain('  attestations of other artifacts, not counted: 1\n');
  });

  it('counts nothing beside the only attestation there is', () => {
    const attestations = [
      { digest: DIGEST, source: 'a', verified: false, concernsArtifact: false, findings: [] },
    ];
    const result = resultOf('deny', [finding('signature', 'fail')], { attestations });
    expect(renderText(documentOf('deny', [result]), PLAIN)).not.toContain('not counted');
  });

  it('names no SLSA level for a plain bundle', () => {
    const result = resultOf('allow', [finding('signature', 'pass')], { mode: 'bundle-verify' });
    expect(renderText(documentOf('allow', [result]), PLAIN)).toContain('\n  1 rules passed\n');
  });

  it('RAC-06 counts several artifacts before it tells of each, and the counts add up', () => {
    const allowed = resultOf('allow', [finding('signature', 'pass')]);
    const lines = renderText(documentOf('deny', [allowed, DENIED, allowed]), { colour: false, quiet: true });
    expect(lines).toBe(
      `${[
        'deny  3 artifacts: 2 allow, 1 deny, 0 indeterminate',
        `allow  app.tgz  ${DIGEST}`,
        `deny  app.tgz  ${DIGEST}`,
        `allow  app.tgz  ${DIGEST}`,
      ].join('\n')}\n`,
    );
  });

  it('names no issuer of a key, which has none', () => {
    const signer = { issuer: 'none', subject: 'key release' };
    const attestations = [
      { digest: DIGEST, source: 'a', verified: true, concernsArtifact: true, signer, findings: [] },
    ];
    const result = resultOf('allow', [finding('signature', 'pass')], { attestations });
    expect(renderText(documentOf('allow', [result]), PLAIN)).toContain('\n  signed by: key release\n');
  });

  it('does not repeat a digest that was the reference', () => {
    const result = resultOf('deny', [finding('signature', 'fail')], {
      artifact: { reference: DIGEST, digest: DIGEST },
    });
    expect(renderText(documentOf('deny', [result]), { colour: false, quiet: true })).toBe(
      `deny  ${DIGEST}\n`,
    );
  });

  it('colours the verdict alone, and only when told to', () => {
    const coloured = renderText(documentOf('deny', [DENIED]), { colour: true, quiet: false });
    expect(coloured).toMatch(/^\u001b\[1;31mdeny\u001b\[0m {2}app\.tgz/);
    expect(coloured.split('\u001b')).toHaveLength(3);
    expect(renderText(documentOf('deny', [DENIED]), PLAIN)).not.toContain('\u001b');
  });
});

describe('hostile text on a terminal', () => {
  it.each(HOSTILE.terminal)('INJ-01 shows %j on its own line without a raw control', (text) => {
    const lines = renderText(documentFull(text), PLAIN).split('\n');
    expect(lines.join('')).not.toMatch(RAW);
    expect(lines.filter((line) => /^(?:allow|deny|indeterminate)\b/.test(line))).toHaveLength(1);
    expect(lines[0]).toMatch(/^deny {2}/);
  });

  it.each(HOSTILE.commands)('INJ-02 leaves no workflow command of %j', (text) => {
    for (const line of renderText(documentFull(text), PLAIN).split('\n')) {
      expect(line.trimStart()).not.toMatch(/^::/);
      expect(line).not.toContain('##');
    }
  });

  it('cuts what is too long to read, and says how much is missing', () => {
    const text = renderText(documentFull('x'.repeat(1000)), PLAIN);
    expect(text).toContain(`${'x'.repeat(400)}... (600 more)`);
    expect(text).not.toContain('x'.repeat(401));
  });

  it('I16 has no raw control byte and no second verdict line for any document', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const text = renderText(document, PLAIN);
        expect(withoutLineFeeds(text)).not.toMatch(RAW);
        const verdicts = text.split('\n').filter((line) => /^(?:allow|deny|indeterminate) /.test(line));
        expect(verdicts).toHaveLength(document.results.length + (document.results.length > 1 ? 1 : 0));
        expect(text).not.toMatch(/^\s*::|##/m);
      }),
    );
  });

  it('has the same number of lines whatever the texts say', () => {
    const lines = (text: string): number => renderText(documentFull(text), PLAIN).split('\n').length;
    for (const text of ALL_HOSTILE) expect(lines(text)).toBe(lines('harmless'));
  });
});
