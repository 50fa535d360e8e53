import { isJsonObject, type Json } from './json.ts';

/**
 * What is wrong with a value: where, and which fields nobody knows; without those something is missing or malformed.
 */
export interface FormFault {
  /** `.field` and `[index]`, from the outside in; empty for the value itself. */
  readonly path: string;
  readonly unknownFields?: readonly string[];
}

/**
 * The form of a JSON value, checked in place: strict as a strict schema, but nothing is copied and a good value costs
 * no allocation, because every bundle passes here. Absent and undefined are the same.
 */
export interface Form<T> {
  /** The first fault, in the order in which the form names its fields; undefined when the value is a `T`. */
  readonly faultOf: (value: Json | undefined) => FormFault | undefined;
  /** Exists for the type checker alone. */
  readonly type?: T;
}

export type FormOf<F> = F extends Form<infer T> ? T : never;

/** The value as what its form says it is; `refuseFault` hears why it is not. */
export function readForm<T>(form: Form<T>, value: Json, refuseFault: (fault: FormFault) => never): T {
  const fault = form.faultOf(value);
  if (fault !== undefined) refuseFault(fault);
  return value as T;
}

const MALFORMED: FormFault = { path: '' };
const within = (step: string, fault: FormFault): FormFault => ({ ...fault, path: `${step}${fault.path}` });

/** A value that the test accepts. */
export const accepting = <T extends Json>(accepts: (value: Json | undefined) => boolean): Form<T> => ({
  faultOf: (value) => (accepts(value) ? undefined : MALFORMED),
});

export const text = accepting<string>((value) => typeof value === 'string');
export const literal = <T extends string>(wanted: T): Form<T> => accepting((value) => value === wanted);
export const anything: Form<Json> = { faultOf: () => undefined };

export const optional = <T>({ faultOf }: Form<T>): Form<T | undefined> => ({
  faultOf: (value) => (value === undefined ? undefined : faultOf(value)),
});

export const listOf = <T>({ faultOf }: Form<T>): Form<readonly T[]> => ({
  faultOf: (value) => {
    if (!Array.isArray(value)) return MALFORMED;
    for (let index = 0; index < value.length; index++) {
      const fault = faultOf(value[index]);
      if (fault !== undefined) return within(`[${index}]`, fault);
    }
    return undefined;
  },
});

/** An object with these fields and no others. */
export function strictObject<F extends Readonly<Record<string, Form<unknown>>>>(
  fields: F,
): Form<{ readonly [K in keyof F]: FormOf<F[K]> }> {
  const entries = Object.entries(fields);
  return {
    faultOf: (value) => {
      if (!isJsonObject(value)) return MALFORMED;
      for (const [field, { faultOf }] of entries) {
        const fault = faultOf(value[field]);
        if (fault !== undefined) return within(`.${field}`, fault);
      }
      for (const field in value) if (!Object.hasOwn(fields, field)) return unknownFields(value, fields);
      return undefined;
    },
  };
}

const unknownFields = (value: object, known: object): FormFault => ({
  path: '',
  unknownFields: Object.keys(value).filter((field) => !Object.hasOwn(known, field)),
});
