/** What every object inherits; no input may change it. */
const SHARED: readonly object[] = [
  Object.prototype,
  Array.prototype,
  String.prototype,
  Function.prototype,
  Map.prototype,
  Buffer.prototype,
];

type Snapshot = readonly (readonly [PropertyKey, unknown, unknown, unknown])[];

const describe = (object: object): Snapshot =>
  Reflect.ownKeys(object).map((key) => {
    const { value, get, set } = Object.getOwnPropertyDescriptor(object, key) ?? {};
    return [key, value, get, set] as const;
  });

/** Remembers what all objects inherit; the returned function says whether it is still so. */
export function watchPrototypes(): () => boolean {
  const before = SHARED.map(describe);
  const isSame = (now: Snapshot, then: Snapshot | undefined): boolean =>
    now.length === then?.length &&
    now.every((field, index) => field.every((part, at) => Object.is(part, then[index]?.[at])));
  return () => SHARED.every((object, index) => isSame(describe(object), before[index]));
}
