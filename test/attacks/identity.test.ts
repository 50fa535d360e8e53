import { describe, expect, it } from 'vitest';
import { toSignerExpectation } from '../../src/app/expectations.ts';
import type { ExpectationInput, SignerInput } from '../../src/app/requests.ts';
import { anchoredPattern } from '../../src/core/model/pattern.ts';
import { onlyClaims } from '../kit/identity.ts';
import { changed } from '../kit/json.ts';
import { ARTIFACT } from '../kit/sigstore.ts';
import { statement, subjectOf } from '../kit/statement.ts';
import { type Decided, decideWith, expectationsOf, github } from './decide.ts';
import { refusal, sigstore } from './verify.ts';

/** Section 5 of the catalogue: who signed, in certificates that are right but for the name that they bear. */

const ISSUER = 'https://token.actions.githubusercontent.com';
const REPORT = 'https://example.com/report/v1';
const WIDGET = 'https://github.com/octo-org/widget';
const WORKFLOW = `${WIDGET}/.github/workflows/release.yml`;
const SIGNER = `${WORKFLOW}@refs/tags/v1.2.3`;
const GENERATOR =
  'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml';

/** A statement that is no provenance, so that nothing but the signer's name is in question. */
const namedBy = (subjectAltName: string, issuer: string = ISSUER) =>
  sigstore.signStatement({
    certificate: {
      subjectAltName: [{ uri: subjectAltName }],
      claims: { buildSignerUri: subjectAltName, deprecatedIssuer: issuer, issuer },
    },
    statement: statement(REPORT, {}, [subjectOf('widget', ARTIFACT)]),
  });

const IDENTITY = { certificateIdentity: SIGNER, certificateOidcIssuer: ISSUER };

const decideName = (subjectAltName: string, flags: Partial<ExpectationInput> = IDENTITY): Decided =>
  decideWith({ signed: namedBy(subjectAltName), flags: { predicateType: REPORT, ...flags } });

const denied = (decided: Decided, code: string, expected: string, actual: string): void => {
  expect(decided.verdict).toBe('deny');
  expect(decided.faults).toEqual([{ rule: 'signer-identity', code, expected, actual }]);
};

const named = (subject: string, issuer = ISSUER): string => `${subject}, issuer ${issuer}`;

describe('control: the kit signs as whom it is asked to', () => {
  it('allows the very name', () => {
    const decided = decideName(SIGNER);
    expect(decided.verdict).toBe('allow');
    expect(decided.finding('signer-identity')).toMatchObject({
      code: 'ok',
      outcome: 'pass',
      expected: named(SIGNER),
      actual: named(SIGNER),
    });
  });
});

describe('IDN-01 nobody says whom to trust', () => {
  const nothing = JSON.parse(
    '[{}, {"certificateIdentity": ""}, {"certificateOidcIssuer": ""}]',
  ) as SignerInput[];

  it.each(nothing)('IDN-01 refuses as usage: %j', (input) => {
    expect(refusal(() => expectationsOf(input))).toMatchObject({
      finding: 'policy.identity-missing',
      exitCode: 64,
    });
  });

  it.each([
    'sourceBranch',
    'sourceTag',
    'sourceVersionedTag',
    'predicateType',
    'buildTrigger',
    'runnerEnvironment',
    'certificateOidcIssuer',
    'certificateIdentity',
  ] as const)('IDN-01 refuses %s alone, which names nobody', (name) => {
    expect(refusal(() => expectationsOf({ [name]: 'v1' }))).toMatchObject({
      finding: 'policy.identity-missing',
      exitCode: 64,
    });
  });

  it('IDN-01 refuses null, which would else be compared as a name', () => {
    const input = JSON.parse('{"certificateIdentity": null, "certificateOidcIssuer": null}') as SignerInput;
    expect(refusal(() => expectationsOf(input))).toMatchObject({
      finding: 'policy.identity-missing',
      exitCode: 64,
    });
  });

  it.each([
    ['source-uri', { sourceUri: '' }],
    ['builder-id', { builderId: '' }],
    ['predicate-type', { sourceUri: 'github.com/octo-org/widget', predicateType: '' }],
    ['source-tag', { sourceUri: 'github.com/octo-org/widget', sourceTag: '' }],
    ['source-branch', { sourceUri: 'github.com/octo-org/widget', sourceBranch: '' }],
  ])('IDN-01 refuses an empty --%s as usage, never as "any"', (flag, input) => {
    const error = refusal(() => expectationsOf(input));
    expect(error).toMatchObject({ finding: 'usage.flag', exitCode: 64 });
    expect(error.message).toContain(`--${flag}`);
  });

  it('IDN-01 refuses an issuer beside a source, which would be taken and never compared', () => {
    const input = { sourceUri: 'github.com/octo-org/widget', certificateOidcIssuer: 'https://issuer.local' };
    expect(refusal(() => expectationsOf(input))).toMatchObject({
      finding: 'policy.identity-missing',
      message: 'an issuer without an identity',
      actual: 'https://issuer.local',
      exitCode: 64,
    });
    const pattern = {
      sourceUri: 'github.com/octo-org/widget',
      certificateOidcIssuerRegexp: '^https://issuer\\.local$',
    };
    expect(refusal(() => expectationsOf(pattern)).finding).toBe('policy.identity-missing');
  });

  it('IDN-01 refuses text and pattern for the same name, of which one would be ignored', () => {
    for (const twice of [
      { certificateIdentityRegexp: '^https://github\\.com/.*$' },
      { certificateOidcIssuerRegexp: '^https://token\\..*$' },
    ]) {
      expect(refusal(() => toSignerExpectation({ ...IDENTITY, ...twice }, anchoredPattern))).toMatchObject({
        finding: 'usage.flag',
        message: 'exact text and pattern for one identity',
        exitCode: 64,
      });
    }
  });
});

describe('IDN-02 names that hold the wanted one', () => {
  const pattern = {
    certificateIdentityRegexp: '^https://github\\.com/octo-org/[^@]*@refs/tags/.*$',
    certificateOidcIssuer: ISSUER,
  };

  it.each([
    'https://github.com/octo-org-evil/widget/.github/workflows/release.yml@refs/tags/v1.2.3',
    'https://github.com/evil/octo-org/.github/workflows/release.yml@refs/tags/v1.2.3',
    'https://githubxcom/octo-org/widget/.github/workflows/release.yml@refs/tags/v1.2.3',
    'https://evil.local/https://github.com/octo-org/w/.github/workflows/r.yml@refs/tags/v1.2.3',
  ])('IDN-02 denies %s by pattern and by name', (san) => {
    denied(
      decideName(san, pattern),
      'identity.mismatch',
      named(pattern.certificateIdentityRegexp),
      named(san),
    );
    denied(decideName(san), 'identity.mismatch', named(SIGNER), named(san));
  });

  it('IDN-02 allows what the pattern means', () => {
    expect(decideName(SIGNER, pattern).verdict).toBe('allow');
  });

  it.each([`${SIGNER}4`, `${SIGNER}-rc.1`, `x${SIGNER}`, SIGNER.slice(0, -1), SIGNER.slice(1), `${SIGNER}/`])(
    'IDN-02 denies %j, where the name is a part of it or it of the name',
    (san) => {
      const decided = decideName(san);
      expect(decided.verdict).toBe('deny');
      expect(decided.faults).toHaveLength(1);
      expect(decided.faults[0]).toMatchObject({ rule: 'signer-identity', actual: named(san) });
    },
  );

  it.each(['https://github.com/octo-org', 'https://github.com/octo-org/.*', '^https://github.com/octo-org/'])(
    'IDN-02 refuses a bare prefix and tells the anchored form: %s',
    (open) => {
      const error = refusal(() => expectationsOf({ ...pattern, certificateIdentityRegexp: open }));
      expect(error).toMatchObject({ finding: 'policy.unanchored', exitCode: 64, actual: open });
      expect(error.expected).toMatch(/^\^\(\?:.*\)\$$/);
    },
  );
});

describe('IDN-03 hosts that read like the wanted one', () => {
  it.each([
    'https://github.com.evil.io/octo-org/widget/.github/workflows/release.yml@refs/tags/v1.2.3',
    'https://github.com@evil.io/octo-org/widget/.github/workflows/release.yml@refs/tags/v1.2.3',
    'https://evil.io/?https://github.com/octo-org/widget/.github/workflows/release.yml@refs/tags/v1.2.3',
    'https://evil.io/#https://github.com/octo-org/widget/.github/workflows/release.yml@refs/tags/v1.2.3',
    'https://github.com:443/octo-org/widget/.github/workflows/release.yml@refs/tags/v1.2.3',
    'https://github.com./octo-org/widget/.github/workflows/release.yml@refs/tags/v1.2.3',
    'http://github.com/octo-org/widget/.github/workflows/release.yml@refs/tags/v1.2.3',
    'HTTPS://github.com/octo-org/widget/.github/workflows/release.yml@refs/tags/v1.2.3',
    'https://GITHUB.com/octo-org/widget/.github/workflows/release.yml@refs/tags/v1.2.3',
    'https://www.github.com/octo-org/widget/.github/workflows/release.yml@refs/tags/v1.2.3',
    'git+https://github.com/octo-org/widget/.github/workflows/release.yml@refs/tags/v1.2.3',
  ])('IDN-03 denies %s', (san) => {
    denied(decideName(san), 'identity.mismatch', named(SIGNER), named(san));
  });

  it('IDN-03 denies a builder on such a host, whatever its path', () => {
    const signerWorkflow = `${GENERATOR.replace('https://github.com/', '')}@refs/tags/v2.0.0`;
    const signed = sigstore.signStatement({ run: { server: 'https://github.com.evil.io', signerWorkflow } });
    const decided = decideWith({ signed, flags: { builderId: GENERATOR } });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toEqual([
      {
        rule: 'builder-id',
        code: 'identity.workflow',
        expected: GENERATOR,
        actual: `https://github.com.evil.io/${signerWorkflow}`,
      },
    ]);
  });
});

describe('IDN-04 branches that are called like tags', () => {
  it.each([
    `${WORKFLOW}@refs/heads/x@refs/tags/v1.2.3`,
    `${WORKFLOW}@refs/heads/refs/tags/v1.2.3`,
    `${WORKFLOW}@refs/tags/v1.2.3@refs/tags/v1.2.3`,
    `${WORKFLOW}@@refs/tags/v1.2.3`,
  ])('IDN-04 denies %s by name', (san) => {
    denied(decideName(san), 'identity.ref', named(SIGNER), named(san));
  });

  it.each([
    'refs/heads/x@refs/tags/v2.0.0',
    'refs/tags/v2.0.0@refs/heads/main',
    'refs/heads/main@refs/tags/v2.0.0@refs/tags/v2.0.0',
  ])('IDN-04 denies a builder at %s: where its ref starts cannot be told', (ref) => {
    const signerWorkflow = `${GENERATOR.replace('https://github.com/', '')}@${ref}`;
    const signed = sigstore.signStatement({ run: { signerWorkflow } });
    for (const flags of [{ builderId: GENERATOR }, { sourceUri: WIDGET }]) {
      const decided = decideWith({ signed, flags });
      expect(decided.verdict).toBe('deny');
      expect(decided.faults).toEqual([
        {
          rule: 'provenance',
          code: 'builder.ref',
          expected: 'what is stated agrees with what the certificate proves',
          actual: `https://github.com/${signerWorkflow}`,
        },
      ]);
    }
  });

  it('IDN-04 denies a branch called refs/tags/v2.0.0: its full name is compared', () => {
    const signerWorkflow = `${GENERATOR.replace('https://github.com/', '')}@refs/heads/refs/tags/v2.0.0`;
    const decided = decideWith({
      signed: sigstore.signStatement({ run: { signerWorkflow } }),
      flags: { builderId: GENERATOR },
    });
    expect(decided.faults).toEqual([
      {
        rule: 'builder-id',
        code: 'builder.ref',
        expected: GENERATOR,
        actual: `https://github.com/${signerWorkflow}`,
      },
    ]);
  });

  it('IDN-04 denies a certificate whose two names of the workflow differ, whichever is wanted', () => {
    const evil =
      'https://github.com/evil/builder/.github/workflows/generator_generic_slsa3.yml@refs/tags/v2.0.0';
    const right = `${GENERATOR}@refs/tags/v2.0.0`;
    for (const [san, claim] of [
      [right, evil],
      [evil, right],
    ] as const) {
      const signed = sigstore.signStatement({
        certificate: { subjectAltName: [{ uri: san }], claims: { buildSignerUri: claim } },
      });
      const decided = decideWith({ signed, flags: { builderId: GENERATOR } });
      expect(decided.verdict).toBe('deny');
      expect(decided.faults).toEqual([
        { rule: 'provenance', code: 'builder.mismatch', expected: claim, actual: san },
      ]);
    }
  });
});

describe('IDN-05 the same workflow at another ref', () => {
  it.each([
    'refs/heads/dev',
    'refs/heads/main',
    'refs/tags/v1.2.4',
    'refs/tags/V1.2.3',
    'refs/pull/1/merge',
    'HEAD',
  ])('IDN-05 denies %s', (ref) => {
    const san = `${WORKFLOW}@${ref}`;
    denied(decideName(san), 'identity.ref', named(SIGNER), named(san));
  });

  it('IDN-05 denies provenance of a run at another ref that is right in itself', () => {
    const signed = github.signStatement({ run: { ref: 'refs/heads/dev' } });
    const decided = decideWith({ signed, flags: { ...IDENTITY, sourceUri: WIDGET } });
    denied(decided, 'identity.ref', named(SIGNER), named(`${WORKFLOW}@refs/heads/dev`));
  });

  it('IDN-05 denies a builder at another ref than the expected one', () => {
    const decided = decideWith({
      signed: sigstore.signStatement(),
      flags: { builderId: `${GENERATOR}@v2.1.0` },
    });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toEqual([
      {
        rule: 'builder-id',
        code: 'builder.ref',
        expected: `${GENERATOR}@refs/tags/v2.1.0`,
        actual: `${GENERATOR}@refs/tags/v2.0.0`,
      },
    ]);
  });
});

describe('IDN-06 another workflow of the right repository', () => {
  const OTHER = `${WIDGET}/.github/workflows/test.yml@refs/tags/v1.2.3`;

  it('IDN-06 denies by name', () => {
    denied(decideName(OTHER), 'identity.workflow', named(SIGNER), named(OTHER));
  });

  it('IDN-06 denies by builder, although the source is right', () => {
    const decided = decideWith({
      signed: github.signStatement({ run: { workflow: '.github/workflows/test.yml' } }),
      flags: { builderId: WORKFLOW, sourceUri: WIDGET },
    });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toEqual([
      { rule: 'builder-id', code: 'identity.workflow', expected: WORKFLOW, actual: OTHER },
    ]);
  });
});

describe('IDN-07 refs at which a builder may be called', () => {
  const at = (ref: string) =>
    sigstore.signStatement({
      run: { signerWorkflow: `${GENERATOR.replace('https://github.com/', '')}@${ref}` },
    });

  const REFUSED: readonly (readonly [string, string])[] = [
    ['a branch', 'refs/heads/main'],
    ['a branch called like a version', 'refs/heads/v1.2.3'],
    ['a moving tag', 'refs/tags/v1'],
    ['a version without patch', 'refs/tags/v1.2'],
    ['a pre-release', 'refs/tags/v1.2.3-alpha'],
    ['a release candidate', 'refs/tags/v1.2.3-rc.1'],
    ['build metadata', 'refs/tags/v1.2.3+build'],
    ['a pre-release with build metadata', 'refs/tags/v1.2.3-alpha+build'],
    ['four numbers', 'refs/tags/v1.2.3.4'],
    ['no v', 'refs/tags/1.2.3'],
    ['an upper-case V', 'refs/tags/V1.2.3'],
    ['a leading zero', 'refs/tags/v01.2.3'],
    ['a tag in a folder', 'refs/tags/x/v1.2.3'],
    ['a suffix', 'refs/tags/v1.2.3-java'],
    ['a short ref', 'v1.2.3'],
    ['a commit', '5a775b367a56d5bd118a224a811bba288150a563'],
    ['a pull request', 'refs/pull/1/merge'],
    ['another tag', 'refs/tags/latest'],
  ];

  it.each(REFUSED)('IDN-07 denies %s: %s', (_, ref) => {
    const decided = decideWith({ signed: at(ref), flags: { builderId: GENERATOR, sourceUri: WIDGET } });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toEqual([
      { rule: 'builder-id', code: 'builder.ref', expected: GENERATOR, actual: `${GENERATOR}@${ref}` },
    ]);
  });

  it.each(REFUSED)('IDN-07 denies %s also where the catalogue chooses: %s', (_, ref) => {
    const decided = decideWith({ signed: at(ref), flags: { sourceUri: WIDGET } });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toEqual([
      {
        rule: 'builder-id',
        code: 'builder.unknown',
        expected: 'a builder of the catalogue',
        actual: `${GENERATOR}@${ref}`,
      },
    ]);
    expect(decided.finding('builder-id').message).toContain('or not at a version tag');
  });

  it.each(REFUSED.filter(([, ref]) => ref !== 'v1.2.3'))(
    'IDN-07 allows %s that is named in full, at level 1: %s',
    (_, ref) => {
      const decided = decideWith({ signed: at(ref), flags: { builderId: `${GENERATOR}@${ref}` } });
      expect(decided.verdict).toBe('allow');
      expect(decided.finding('builder-id')).toMatchObject({ actual: `${GENERATOR}@${ref}` });
      expect(decided.candidate?.level).toMatchObject({ level: 1, row: undefined });
    },
  );

  it.each(REFUSED)('IDN-07 lets %s through by the unsafe flag, which stands on the finding: %s', (_, ref) => {
    const decided = decideWith({
      signed: at(ref),
      flags: { builderId: GENERATOR },
      weakening: { allowBuilderRefUnsafe: true },
    });
    expect(decided.verdict).toBe('allow');
    expect(decided.finding('builder-id')).toMatchObject({
      outcome: 'pass',
      weakened: '--unsafe-allow-builder-ref',
      actual: `${GENERATOR}@${ref}`,
    });
    expect(decided.candidate?.level.level).toBe(1);
  });

  it('IDN-07 never lets the unsafe flag change which builder it is, or which ref was named', () => {
    const weakening = { allowBuilderRefUnsafe: true };
    const other = decideWith({
      signed: at('refs/heads/main'),
      flags: { builderId: `${GENERATOR}@v2.0.0` },
      weakening,
    });
    expect(other.faults).toMatchObject([{ rule: 'builder-id', code: 'builder.ref' }]);
    const unnamed = decideWith({ signed: at('refs/heads/main'), flags: { sourceUri: WIDGET }, weakening });
    expect(unnamed.faults).toMatchObject([{ rule: 'builder-id', code: 'builder.unknown' }]);
  });

  it.each(['refs/tags/v1.2.3', 'refs/tags/v0.0.1', 'refs/tags/v10.20.30'])(
    'IDN-07 allows a full version: %s',
    (ref) => {
      const decided = decideWith({ signed: at(ref), flags: { builderId: GENERATOR, minLevel: 3 } });
      expect(decided.verdict).toBe('allow');
      expect(decided.finding('builder-id')).not.toHaveProperty('weakened');
    },
  );

  it('IDN-07 takes a short ref of the caller for a tag, never for a branch', () => {
    const flags = { builderId: `${GENERATOR}@main` };
    expect(decideWith({ signed: at('refs/heads/main'), flags }).faults).toEqual([
      {
        rule: 'builder-id',
        code: 'builder.ref',
        expected: `${GENERATOR}@refs/tags/main`,
        actual: `${GENERATOR}@refs/heads/main`,
      },
    ]);
  });
});

describe('IDN-08 a builder that the predicate only claims', () => {
  const EVIL = 'evil/builder/.github/workflows/build.yml@refs/tags/v1.0.0';

  it.each([{ sourceUri: WIDGET }, { builderId: GENERATOR }, { builderId: `${GENERATOR}@v2.0.0` }])(
    'IDN-08 denies a trusted name over the certificate of another: %j',
    (flags) => {
      const signed = sigstore.signStatement({
        run: { signerWorkflow: EVIL },
        statement: (right) => changed(right, 'predicate.builder.id', `${GENERATOR}@refs/tags/v2.0.0`),
      });
      const decided = decideWith({ signed, flags });
      expect(decided.verdict).toBe('deny');
      expect(decided.faults).toEqual([
        {
          rule: 'provenance',
          code: 'builder.mismatch',
          expected: `https://github.com/${EVIL}`,
          actual: `${GENERATOR}@refs/tags/v2.0.0`,
        },
      ]);
      expect(decided.finding('builder-id').outcome).toBe('not-evaluated');
    },
  );

  it.each([
    `https://github.com/${EVIL}`,
    GENERATOR,
    `${GENERATOR}@refs/tags/v2.0.1`,
    `${GENERATOR}@v2.0.0`,
    `${GENERATOR}@refs/tags/v2.0.0 `,
    'https://github.com/actions/runner/github-hosted',
    'https://github.com/actions/runner',
  ])('IDN-08 denies another name under the certificate of the right builder: %s', (id) => {
    const signed = sigstore.signStatement({
      statement: (right) => changed(right, 'predicate.builder.id', id),
    });
    const decided = decideWith({ signed, flags: { builderId: GENERATOR, sourceUri: WIDGET } });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toEqual([
      {
        rule: 'provenance',
        code: 'builder.mismatch',
        expected: `${GENERATOR}@refs/tags/v2.0.0`,
        actual: id,
      },
    ]);
  });
});

describe('IDN-09 issuers that read like the wanted one', () => {
  const NEAR = [
    `${ISSUER}/`,
    `${ISSUER}/enterprise`,
    'https://token.actions.githubusercontent.com.evil.io',
    'https://TOKEN.actions.githubusercontent.com',
    'http://token.actions.githubusercontent.com',
    'token.actions.githubusercontent.com',
    ` ${ISSUER}`,
    'https://token.actions.octo.ghe.com',
    'https://accounts.google.com',
  ];

  it.each(NEAR)('IDN-09 denies the right name on the word of %j', (issuer) => {
    const decided = decideWith({
      signed: namedBy(SIGNER, issuer),
      flags: { predicateType: REPORT, ...IDENTITY },
    });
    denied(decided, 'identity.issuer', named(SIGNER), named(SIGNER, issuer));
  });

  it.each(NEAR)('IDN-09 denies the right builder on the word of %j', (issuer) => {
    const decided = decideWith({
      signed: sigstore.signStatement({ run: { issuer } }),
      flags: { builderId: GENERATOR, sourceUri: WIDGET },
    });
    expect(decided.verdict).toBe('deny');
    expect(decided.finding('signer-identity')).toMatchObject({
      code: 'identity.issuer',
      outcome: 'fail',
      expected: `the platform of ${GENERATOR}`,
      actual: named(`${GENERATOR}@refs/tags/v2.0.0`, issuer),
    });
  });

  it.each(NEAR)('IDN-09 finds no builder of the catalogue on the word of %j', (issuer) => {
    const decided = decideWith({
      signed: sigstore.signStatement({ run: { issuer } }),
      flags: { sourceUri: WIDGET },
    });
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toMatchObject([{ rule: 'builder-id', code: 'builder.unknown' }]);
    expect(decided.candidate?.level.level).toBe(1);
  });

  it('IDN-09 denies a certificate without issuer', () => {
    const signed = sigstore.signStatement({
      certificate: {
        subjectAltName: [{ uri: SIGNER }],
        claims: onlyClaims({ buildSignerUri: SIGNER }),
      },
      statement: statement(REPORT, {}, [subjectOf('widget', ARTIFACT)]),
    });
    const decided = decideWith({ signed, flags: { predicateType: REPORT, ...IDENTITY } });
    denied(decided, 'cert.claim-missing', named(SIGNER), named(SIGNER, 'none'));
  });

  it('IDN-09 denies a builder of a host that nobody is known to vouch for', () => {
    const builderId = 'https://ci.example.com/builder@refs/tags/v1.0.0';
    const decided = decideWith({ signed: sigstore.signStatement(), flags: { builderId } });
    expect(decided.verdict).toBe('deny');
    expect(decided.finding('signer-identity')).toMatchObject({
      code: 'identity.issuer',
      hint: 'Name the signer too: --certificate-identity and --certificate-oidc-issuer, or --key.',
    });
  });
});

describe('IDN-11 spellings of the right workflow', () => {
  it.each([
    ['upper case', `${WIDGET}/.github/workflows/Release.yml@refs/tags/v1.2.3`, 'identity.workflow'],
    ['another ending', `${WIDGET}/.github/workflows/release.yaml@refs/tags/v1.2.3`, 'identity.workflow'],
    ['an encoded letter', `${WIDGET}/.github/workflows/%72elease.yml@refs/tags/v1.2.3`, 'identity.workflow'],
    ['an encoded @', `${WORKFLOW}%40refs/tags/v1.2.3`, 'identity.mismatch'],
    ['dots', `${WIDGET}/.github/workflows/../workflows/release.yml@refs/tags/v1.2.3`, 'identity.workflow'],
    ['two slashes', `${WIDGET}/.github/workflows//release.yml@refs/tags/v1.2.3`, 'identity.workflow'],
    ['another folder', `${WIDGET}/x/.github/workflows/release.yml@refs/tags/v1.2.3`, 'identity.mismatch'],
    ['an owner in upper case', SIGNER.replace('octo-org', 'Octo-Org'), 'identity.mismatch'],
    ['a query', SIGNER.replace('@', '?@'), 'identity.workflow'],
  ])('IDN-11 denies %s', (_, san, code) => {
    denied(decideName(san), code, named(SIGNER), named(san));
  });

  it.each([
    ['a homoglyph', SIGNER.replace('release', 'r\u0435lease'), 'cert.string-encoding'],
    ['NUL', SIGNER.replace('.yml', '.yml\u0000.yml'), 'cert.string-encoding'],
    ['a zero-width space', `${SIGNER}\u200b`, 'cert.string-encoding'],
    ['a line feed', `${SIGNER}\n`, 'cert.string-encoding'],
  ])('IDN-11 denies %s already in the certificate', (_, san, code) => {
    const decided = decideName(san);
    expect(decided.verdict).toBe('deny');
    expect(decided.faults).toMatchObject([{ rule: 'signature', code }]);
    expect(decided.finding('signer-identity').outcome).toBe('not-evaluated');
  });
});
