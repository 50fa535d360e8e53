import type { Finding } from '../../core/model/finding.ts';
import type { ResultDocument } from '../../core/model/result.ts';
import type { SlsaGateError } from '../../errors.ts';
import { toJson } from '../escape/json.ts';

/** An error as a document: our own fields only, never a stack or what a parser said. */
export const errorFields = (error: SlsaGateError) => ({
  code: error.code,
  finding: error.finding,
  message: error.message,
  hint: error.hint,
  details: {
    ...error.details,
    ...(error.expected === undefined ? {} : { expected: error.expected }),
    ...(error.actual === undefined ? {} : { actual: error.actual }),
    ...(error.path === undefined ? {} : { path: error.path }),
  },
});

const finding = (value: Finding) => ({
  ...value,
  ...(value.error === undefined ? {} : { error: errorFields(value.error) }),
});

/** The result document, version 1; its schema is docs/schemas/result.v1.json. */
export const renderJson = (document: ResultDocument): string =>
  toJson({
    ...document,
    results: document.results.map((result) => ({
      ...result,
      findings: result.findings.map(finding),
      attestations: result.attestations.map((attestation) => ({
        ...attestation,
        findings: attestation.findings.map(finding),
      })),
    })),
  });
