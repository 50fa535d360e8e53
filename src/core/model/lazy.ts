/** Makes a value when it is first asked for, and keeps it: schemas are slow to build and most runs need few of them. */
export function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
