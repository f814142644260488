/** An axis from 0 to `most`, with ticks. On a bent one, what is small has more room, as waits need it. */
export type Axis = { most: number; bent: boolean; ticks: readonly number[] }

const maxTicks = 6

/** An axis that reaches over a value, with ticks 1, 2 or 5 apart, times a power of ten. */
export function numbers(value: number): Axis {
  const reach = value > 0 ? value : 1
  const power = 10 ** Math.floor(Math.log10(reach / maxTicks))
  const step = [1, 2, 5].map((s) => s * power).find((s) => reach / s <= maxTicks) ?? 10 * power
  const count = Math.ceil(reach / step - 1e-9)
  return { most: count * step, bent: false, ticks: Array.from({ length: count + 1 }, (_, i) => i * step) }
}

/** An axis of shares: the whole, or only what there is when it is little. */
export function shares(value: number): Axis {
  const little = numbers(Math.max(value, 0.01))
  return little.most > 0.6 ? { most: 1, bent: false, ticks: [0, 0.25, 0.5, 0.75, 1] } : little
}

const timeTicks = [0, 1, 3, 10, 30, 60, 180, 600, 1800, 3600, 3 * 3600, 10 * 3600, 24 * 3600, 7 * 24 * 3600]

/** A bent axis of seconds. */
export function seconds(value: number): Axis {
  const most = Math.max(value, 1)
  return { most, bent: true, ticks: timeTicks.filter((at) => at <= most) }
}

/** The hours of a day. */
export const day: Axis = { most: 24, bent: false, ticks: [0, 3, 6, 9, 12, 15, 18, 21, 24] }

/** Where on the axis a value is, from 0 to 1. */
export function place(axis: Axis, value: number): number {
  return axis.bent ? Math.log1p(value) / Math.log1p(axis.most) : value / axis.most
}
