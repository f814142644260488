export function move<T>(list: readonly T[], from: number, to: number): T[] {
  if (to < 0 || to >= list.length) return [...list]
  const moved = [...list]
  moved.splice(to, 0, ...moved.splice(from, 1))
  return moved
}

export function replaced<T>(list: readonly T[], index: number, value: T): T[] {
  return list.map((one, i) => (i === index ? value : one))
}
