import { useMutation } from '@tanstack/react-query'
import { useCallback, useEffect, useRef } from 'react'
import { api, call } from '../api/client'
import type { SimulationRequest } from './types'

/** Runs a simulation; it lasts seconds and ends when it is canceled, or when nobody looks any more. */
export function useSimulation() {
  const running = useRef<AbortController>(undefined)
  const cancel = useCallback(() => running.current?.abort(), [])
  useEffect(() => cancel, [cancel])
  const simulation = useMutation({
    mutationFn: (body: SimulationRequest) => {
      running.current = new AbortController()
      return call(api.POST('/simulations', { body, signal: running.current.signal }))
    },
  })
  const canceled = simulation.error instanceof DOMException && simulation.error.name === 'AbortError'
  return { ...simulation, canceled, cancel }
}
