/** A policy that has every key that there is; a test holds that. */
export const FULL_POLICY = `
schemaVersion: 1
name: acme-releases
description: Everything that acme releases.
draft: true
trust:
  roots:
    acme: { file: acme-root.json, sha256: 8d1c0f6d8b3c4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7 }
packages:
  - package: pkg:npm/%40acme/widget
    source:
      repository: https://github.com/acme/widget
      repositoryId: "495574555"
      ownerId: "71096353"
      refs: [refs/heads/main, { glob: "refs/tags/v*" }, { re2: "^refs/tags/r[0-9]+$" }]
    builders:
      - id: https://github.com/slsa-framework/slsa-github-generator/.github/workflows/builder_nodejs_slsa3.yml
        ref: version-tag
        workflowDigest: 0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d
        signer:
          identity: { glob: "https://github.com/slsa-framework/**" }
          issuer: https://token.actions.githubusercontent.com
        maxLevel: 2
        grantedLevel: 1
        runners: [self-hosted]
      - id: https://ci.acme.example/builder
        ref: any
        signer:
          key:
            pem: |
              -----BEGIN PUBLIC KEY-----
              MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDFVfFJHUf3nxOTF8ttC58mFqvWZ+
              Qx7axHVuv0cRD+Tzg+6NQGDmK7sBQAM5/aeHPS+tVrjPHwvxieQSv1fsKg==
              -----END PUBLIC KEY-----
            id: acme-ci
            notBefore: 2026-01-01T00:00:00Z
            notAfter: 2027-01-01T00:00:00Z
    predicateTypes: [https://slsa.dev/provenance/v1]
    parameters:
      expected: { release: "true", channel: [stable, candidate] }
      free: [debug]
      refused: [skip-tests]
    triggers: [push]
    runners: [github-hosted]
    minBundleVersion: "0.3"
    viaIndex: true
    noDowngrade: true
    summaries:
      - verifierId: https://verifier.example/v1
        signer: { identity: verifier@acme.example, issuer: https://accounts.acme.example }
        resourceUri: { glob: "pkg:npm/%40acme/widget@*" }
        levels: [SLSA_BUILD_LEVEL_3]
        policyDigest: sha256:8d1c0f6d8b3c4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7
        maxAge: 30d
        log: verifier.local/log+c240fe04+AURGLvlxzz1Y+DRg5bwpE2eg3/0p5n7PY0E3THf/7RI9
environments:
  base:
    level: 2
    trustedRoots: [public-good, acme]
  production:
    aliases: [prod, "Production (EU)"]
    tier: production
    extends: base
    mode: pipeline
    level: 3
    trustedRoots: [public-good]
    maxTrustAge: 30d
    minBundleVersion: "0.3"
    thresholds: { log: 1, sct: 1, tsa: 1, time: 2 }
    clock: corroborated
    verifier: both
    rules:
      required: [source-ref, source-repository-id]
      reported: [runner-environment]
    provenance: { quantifier: all }
    sources: { required: [oci] }
    vetoes:
      - verifierId: https://scanner.example/v1
        signer: { identity: scanner@acme.example, issuer: https://accounts.acme.example }
    freshness:
      branch: refs/heads/main
      rules: [source-on-branch, no-newer-change]
      mode: head
      maxAge: 7d
      paths: [{ glob: "packages/widget/**" }]
      sharedPaths: [package-lock.json]
      maxEntries: 5
      maxBehind: 2d
    approvals:
      change: { minimum: 2, since: 0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d }
      release: { minimum: 1, maxAge: 24h }
    evidence:
      store: [postgres]
      signer: [pkcs11, key]
      sinks: [archive]
      durable: strict
exceptions:
  - id: EX-1
    rule: source-ref
    environment: production
    digest: sha256:8d1c0f6d8b3c4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7
    reason: Hotfix of an outage.
    owner: ann@acme.example
    approver: bob@acme.example
    expires: 2026-12-31T00:00:00Z
    reviewBy: 2026-12-01T00:00:00Z
  - id: EX-2
    rule: build-trigger
    environment: production
    change: 0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d
    reason: The scheduler was down.
    owner: ann@acme.example
    approver: bob@acme.example
    expires: 2026-12-31T00:00:00Z
overrides:
  keys:
    - pem: |
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEA8LeFoCExkeMvmuwUuS+ZvrhwmvA43uxkCdBs3f8DFLo=
        -----END PUBLIC KEY-----
      id: on-call
`;

/** The least that a policy can say. */
export const SMALL_POLICY = `
schemaVersion: 1
name: small
packages:
  - package: pkg:npm/widget
    source: { repository: https://github.com/acme/widget }
    builders: [{ id: https://ci.acme.example/builder }]
environments:
  production: { level: 3, trustedRoots: [public-good] }
`;
