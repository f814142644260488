import { afterEach, describe, expect, it, vi } from 'vitest'
import { armSound, playOffer, setSound } from './sound'

const notes: number[] = []

const param = () => ({ value: 0, setValueAtTime: vi.fn(), linearRampToValueAtTime: vi.fn(), exponentialRampToValueAtTime: vi.fn() })

class FakeContext {
  state = 'running'
  currentTime = 5
  destination = {}
  createGain = () => ({ gain: param(), connect: (to: unknown) => to })
  createOscillator = () => ({ type: '', frequency: param(), connect: (to: unknown) => to, start: (at: number) => notes.push(at), stop: () => undefined })
}

afterEach(() => {
  notes.length = 0
  setSound(true)
})

describe('the sound of an offer', () => {
  it('is heard once somebody has touched the page, and not when it is switched off', () => {
    vi.stubGlobal('AudioContext', FakeContext)
    armSound()
    playOffer()
    expect(notes).toEqual([])
    window.dispatchEvent(new Event('keydown'))
    playOffer()
    expect(notes).toEqual([5, 5.16])
    setSound(false)
    playOffer()
    expect(notes).toHaveLength(2)
  })
})
