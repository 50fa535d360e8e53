import { describe, expect, it } from 'vitest';
import { parseSourceUri } from '../../src/core/model/source-uri.ts';
import { refusal } from '../attacks/verify.ts';

describe('SRC hosts that become another one in lower case', () => {
  it.each([
    'https://bitbuc\u212aet.org/octo-org/widget',
    'bitbuc\u212aet.org/octo-org/widget',
    'git+https://\u212a.example/octo-org/widget',
    'https://g\u0130thub.com/octo-org/widget',
    'https://\uff47ithub.com/octo-org/widget',
  ])('refuses %j', (uri) => {
    expect(refusal(() => parseSourceUri(uri))).toMatchObject({ finding: 'source.malformed', actual: uri });
  });

  it('folds letters of ASCII', () => {
    expect(parseSourceUri('https://BitBucKet.Org/octo-org/widget').uri).toBe(
      'https://bitbucket.org/octo-org/widget',
    );
  });
});
