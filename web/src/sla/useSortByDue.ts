import { useState } from 'react'
import { useQueues } from '../api/queries'
import { readStored, writeStored } from '../lib/storage'

const key = 'seax.sort'

/** Whether lists show first what is due first. It is offered where any queue promises something, and remembered. */
export function useSortByDue() {
  const { data: queues } = useQueues()
  const [chosen, setChosen] = useState(() => readStored(key) === 'due')
  const offered = queues?.some(({ sla }) => sla?.first_reply_s ?? sla?.next_reply_s ?? sla?.resolution_s) ?? false
  const toggle = () => {
    writeStored(key, chosen ? null : 'due')
    setChosen(!chosen)
  }
  return { offered, on: offered && chosen, toggle }
}
