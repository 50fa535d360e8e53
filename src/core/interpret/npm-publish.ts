import * as z from 'zod/mini';
import type { JsonObject } from '../model/json.ts';
import { lazy } from '../model/lazy.ts';
import { parsePredicate } from './predicate-schemas.ts';

const text = lazy(() => z.string().check(z.minLength(1)));

/** Predicate of npm's publish attestation v0.1. */
const Publish = lazy(() => z.strictObject({ name: text(), version: text(), registry: text() }));

export type NpmPublish = z.infer<ReturnType<typeof Publish>>;

/** @throws SlsaGateError `predicate.schema` */
export const checkNpmPublish = (predicate: JsonObject): NpmPublish =>
  parsePredicate(Publish, predicate, "npm's publish attestation v0.1");
