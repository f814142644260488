import type { PlanStep } from '../../api/types'
import { useFormat, useText } from '../../i18n'
import { plansText } from '../../i18n/plans'
import { useWorld } from './world'

/** A step in a line: who is asked, for how long, under which conditions. */
export function useSentence(): (step: PlanStep) => string {
  const { sentence: t, step: words } = useText(plansText)
  const format = useFormat()
  const { queues } = useWorld()
  return (step) => {
    const queue = step.queue ? (queues.find(({ value }) => value === step.queue)?.label ?? step.queue) : words.ownQueue
    const who = step.known ? t.known(step.known === 'last' ? words.knowns.last : step.known) : step.anyone ? t.anyone : queue
    const relaxed = step.drop !== undefined || step.lower !== undefined
    return [
      who,
      step.timeout_s ? t.seconds(format.duration(step.timeout_s * 1000)) : step.known ? t.seconds(words.knownFor) : t.forEver,
      step.agents && t.condition,
      step.skip_if && t.skip,
      relaxed && t.relaxed,
      step.priority !== undefined && t.priority(format.number(step.priority)),
      step.width !== undefined && t.width(format.number(step.width)),
    ]
      .filter(Boolean)
      .join(' · ')
  }
}
