/** Makes a thing for each key once: a counter whose labels are looked up for every event costs more than the counting. */
export const remember = <Key, Thing>(make: (key: Key) => Thing): ((key: Key) => Thing) => {
  const made = new Map<Key, Thing>()
  return (key) => {
    const known = made.get(key) ?? make(key)
    made.set(key, known)
    return known
  }
}
