import { describe, expect, it } from 'vitest';
import { parseArtifactReference } from '../../../../src/core/model/artifact-reference.ts';
import { parsePurl } from '../../../../src/core/model/purl.ts';
import { refusal } from '../../../attacks/verify.ts';

const HEX = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);

describe('a package URL that two readers read differently', () => {
  it.each([
    ['a line feed in its digest', `pkg:oci/widget@sha256:aba\n${HEX.slice(3)}`],
    ['a tab in its name', `pkg:oci/wid\tget@sha256:${HEX}`],
    ['a space in a qualifier', `pkg:oci/widget@sha256:${HEX}?tag=1. 3`],
    ['a space before it', ` pkg:oci/widget@sha256:${HEX}`],
    ['a letter outside ASCII', `pkg:oci/widg\u0435t@sha256:${HEX}`],
    ['NUL', `pkg:oci/widget@sha256:${HEX}\u0000`],
    ['a percent sign that encodes nothing', `pkg:oci/widget@sha256:${HEX}?repository_%r.io/b&tag=1.2.3`],
    ['an escape that is no UTF-8', `pkg:oci/widg%ffet@sha256:${HEX}`],
    ['two checksums', `pkg:npm/widget@1.2.3?checksum=sha256:${HEX}&checksum=sha256:${OTHER}`],
    ['two checksums in other case', `pkg:npm/widget@1.2.3?Checksum=sha256:${HEX}&checksum=sha256:${OTHER}`],
    ['two repositories', `pkg:oci/widget@sha256:${HEX}?repository_url=a.io/b&repository_url=c.io/d`],
  ])('is none: %s', (_, text) => {
    expect(parsePurl(text)).toBeUndefined();
    if (!text.startsWith('pkg:')) return;
    const error = refusal(() => parseArtifactReference(text));
    expect(error.finding).toBe('usage.artifact');
    expect(error.message).toMatch(/^not a purl: /);
    expect(error.exitCode).toBe(64);
  });

  it.each([
    [`pkg:oci/widget@sha256:${HEX}?repository_url=ghcr.io/octo-org/widget&tag=1.2.3`, 'widget'],
    [`pkg:npm/%40octo/widget@1.2.3?checksum=sha256:${HEX}`, '@octo/widget'],
    [`pkg:npm/@octo/widget@1.2.3?checksum=sha256:${HEX}#src/a&a=b&a=c`, '@octo/widget'],
  ])('is not one in its usual form: %s', (text, name) => {
    expect(parsePurl(text)?.name).toBe(name);
    expect(parseArtifactReference(text)).toMatchObject({ kind: 'purl', digests: { sha256: HEX } });
  });
});
